package aave

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib"
)

// Published is one Aave v3 market at the addresses that its DAO publishes.
type Published struct {
	ChainID        uint64
	Market         string // the address book's name
	Pool, Provider common.Address
}

// published is taken from the DAO's address book, npm @aave-dao/aave-address-book 4.68.1.
var published = []Published{
	{1, "AaveV3Ethereum", common.HexToAddress("0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2"), common.HexToAddress("0x2f39d218133AFaB8F2B819B1066c7E434Ad94E9e")},
	{1, "AaveV3EthereumHorizon", common.HexToAddress("0xAe05Cd22df81871bc7cC2a04BeCfb516bFe332C8"), common.HexToAddress("0x5D39E06b825C1F2B80bf2756a73e28eFAA128ba0")},
	{1, "AaveV3EthereumLido", common.HexToAddress("0x4e033931ad43597d96D6bcc25c280717730B58B1"), common.HexToAddress("0xcfBf336fe147D643B9Cb705648500e101504B16d")},
	{10, "AaveV3Optimism", common.HexToAddress("0x794a61358D6845594F94dc1DB02A252b5b4814aD"), common.HexToAddress("0xa97684ead0e402dC232d5A977953DF7ECBaB3CDb")},
	{56, "AaveV3BNB", common.HexToAddress("0x6807dc923806fE8Fd134338EABCA509979a7e0cB"), common.HexToAddress("0xff75B6da14FfbbfD355Daf7a2731456b3562Ba6D")},
	{100, "AaveV3Gnosis", common.HexToAddress("0xb50201558B00496A145fE76f7424749556E326D8"), common.HexToAddress("0x36616cf17557639614c1cdDb356b1B83fc0B2132")},
	{137, "AaveV3Polygon", common.HexToAddress("0x794a61358D6845594F94dc1DB02A252b5b4814aD"), common.HexToAddress("0xa97684ead0e402dC232d5A977953DF7ECBaB3CDb")},
	{146, "AaveV3Sonic", common.HexToAddress("0x5362dBb1e601abF3a4c14c22ffEdA64042E5eAA3"), common.HexToAddress("0x5C2e738F6E27bCE0F7558051Bf90605dD6176900")},
	{8453, "AaveV3Base", common.HexToAddress("0xA238Dd80C259a72e81d7e4664a9801593F98d1c5"), common.HexToAddress("0xe20fCBdBfFC4Dd138cE8b2E6FBb6CB49777ad64D")},
	{9745, "AaveV3Plasma", common.HexToAddress("0x925a2A7214Ed92428B5b1B090F80b25700095e12"), common.HexToAddress("0x061D8e131F26512348ee5FA42e2DF1bA9d6505E9")},
	{42161, "AaveV3Arbitrum", common.HexToAddress("0x794a61358D6845594F94dc1DB02A252b5b4814aD"), common.HexToAddress("0xa97684ead0e402dC232d5A977953DF7ECBaB3CDb")},
	{43114, "AaveV3Avalanche", common.HexToAddress("0x794a61358D6845594F94dc1DB02A252b5b4814aD"), common.HexToAddress("0xa97684ead0e402dC232d5A977953DF7ECBaB3CDb")},
	{59144, "AaveV3Linea", common.HexToAddress("0xc47b8C00b0f69a36fa203Ffeac0334874574a8Ac"), common.HexToAddress("0x89502c3731F69DDC95B65753708A07F8Cd0373F4")},
	{534352, "AaveV3Scroll", common.HexToAddress("0x11fCfe756c05AD438e312a7fd934381537D3cFfe"), common.HexToAddress("0x69850D0B276776781C063771b161bd8894BCdD04")},
}

// Markets returns the published markets of a chain; none lists AID or sAID. Which revision a pool runs is read from it,
// see [Pool.Revision].
func Markets(chainID uint64) []Published {
	return slices.DeleteFunc(slices.Clone(published), func(p Published) bool { return p.ChainID != chainID })
}

// Entry returns what a deployment needs to know of the pool.
func (p Published) Entry() gaib.Entry {
	return gaib.Entry{Address: p.Pool, Proxy: gaib.ERC1967Proxy, Evidence: gaib.Confirmed}
}
