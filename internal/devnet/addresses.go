package devnet

import "github.com/ethereum/go-ethereum/common"

// AddressBook names the contracts of the devnet by their addresses on Ethereum mainnet.
type AddressBook struct {
	AID, AIDImplementation                           common.Address // UUPS behind an ERC1967Proxy
	SAID                                             common.Address
	Minter                                           common.Address
	Redeemer, RedeemerBeacon, RedeemerImplementation common.Address // BeaconProxy, UpgradeableBeacon and what is behind it
	Migration                                        common.Address // AIDAlphaMigration
	AIDaUSDC, AIDaUSDT                               common.Address // pre-deposit vaults, six decimals
	GAIB                                             common.Address
	Vesting, VestingImplementation                   common.Address // the proxy's address is inferred, not confirmed
	USDC, USDT                                       common.Address
	Multicall3                                       common.Address
	AdminSafe, AdminEOA                              common.Address // hold AID's DEFAULT_ADMIN_ROLE; nobody has their keys here
}

// Addresses returns where each contract of the devnet stands.
func Addresses() AddressBook {
	return AddressBook{
		AID:                    common.HexToAddress("0x18F52B3fb465118731d9e0d276d4Eb3599D57596"),
		AIDImplementation:      common.HexToAddress("0x2dB74834f556E1F19Ed397e5f935A983E4c2f38b"),
		SAID:                   common.HexToAddress("0xB3B3c527BA57cd61648e2EC2F5e006A0B390A9F8"),
		Minter:                 common.HexToAddress("0xE2E1424687EB676b3807693CBb439362b8eA908E"),
		Redeemer:               common.HexToAddress("0x52323f33551188F170D8de14fE8d8423a839629d"),
		RedeemerBeacon:         common.HexToAddress("0xc787E7f060AcAB38d30ACEB539355b328024e8b8"),
		RedeemerImplementation: common.HexToAddress("0xB835004007296F5278fBf85F090Af7195361e946"),
		Migration:              common.HexToAddress("0x410C19F3f80B64C7486Ae34890Ee9251D0696433"),
		AIDaUSDC:               common.HexToAddress("0xd5255Cc08EBAf6D54ac9448822a18d8A3da29A42"),
		AIDaUSDT:               common.HexToAddress("0xDc45e7027A0489FE6C2E4A0735097d8E6952A340"),
		GAIB:                   common.HexToAddress("0xC19D38925F9F645337B1D1f37bAF3C0647A48E50"),
		Vesting:                common.HexToAddress("0x8238884Ec9668Ef77B90C6dfF4D1a9F4F4823BFe"),
		VestingImplementation:  common.HexToAddress("0x2511DCaa7073c4057a5eeA4286c3883198CDE60F"),
		USDC:                   common.HexToAddress("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"),
		USDT:                   common.HexToAddress("0xdAC17F958D2ee523a2206206994597C13D831ec7"),
		Multicall3:             common.HexToAddress("0xcA11bde05977b3631167028862bE2a173976CA11"),
		AdminSafe:              common.HexToAddress("0x32793F6B11820Fa9C7039dFa640B751f491A027d"),
		AdminEOA:               common.HexToAddress("0x3885be006eBA7A7F5D555B4F78F237536700D1b1"),
	}
}
