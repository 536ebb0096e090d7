package peers

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
)

// PendleConfig says how DeployPendle sets Pendle up. Values left out take the default.
type PendleConfig struct {
	Expiry            uint32         // of PT and YT, a multiple of a day, by default 1,800,057,600 (2027-01-16)
	CacheIndex        bool           // the PY index changes at most once a block
	ReserveFeePercent uint8          // base 100, by default 80
	InterestFee       *big.Int       // of YT, 18 decimals, by default 0.03e18
	Vault             common.Address // the ERC-4626 vault under the SY, by default a MockVault over a MockERC20
}

// Pendle is Pendle V2 with one SY over an ERC-4626 vault and PT and YT of one maturity. Markets are made by NewMarket.
type Pendle struct {
	Backend Backend
	Owner   common.Address // owns the factories and may change fees
	Expiry  uint32

	Treasury                          common.Address
	Asset, Vault, SY, PT, YT          common.Address
	YieldFactory, MarketFactory       common.Address
	Oracle, Router                    common.Address
	Market, Yield, Factory, Principal abi.ABI // the contracts' interfaces
	RouterABI, OracleABI, SYABI       abi.ABI
	TokenABI, VaultABI, YieldFactABI  abi.ABI
}

// pendleFacets are the contracts that the router delegates to, in order: of functions with one selector the first counts.
var pendleFacets = []string{"ActionSwapPTV3", "ActionSwapYTV3", "ActionAddRemoveLiqV3", "ActionMiscV3", "ActionSimple", "ActionCallbackV3"}

// PendleContracts returns the names of what DeployPendle needs built, for Require.
func PendleContracts() []string {
	return append([]string{
		"MockERC20", "MockVault", "MockGaugeController", "ERC1967Proxy", "OracleLib", "PendleERC4626SY", "PendlePrincipalToken", "PendleYieldToken",
		"PendleYieldContractFactoryUpg", "PendleMarketV7", "PendleMarketFactoryV7Upg", "PendlePYLpOracle", "PendleRouterV4", "ActionStorageV4",
	}, pendleFacets...)
}

// deployer deploys and sends as one account and keeps the first failure.
type deployer struct {
	backend Backend
	from    common.Address
	err     error
}

func (d *deployer) load(name string) Artifact {
	if d.err != nil {
		return Artifact{}
	}
	artifact, err := Load(name)
	d.err = err
	return artifact
}

func (d *deployer) deploy(artifact Artifact, args ...any) common.Address {
	if d.err != nil {
		return common.Address{}
	}
	code, err := artifact.Code(args...)
	if err != nil {
		d.err = err
		return common.Address{}
	}
	return d.deployCode(artifact.Name, code)
}

func (d *deployer) deployCode(name string, code []byte) common.Address {
	if d.err != nil {
		return common.Address{}
	}
	address, err := d.backend.Deploy(d.from, code)
	if err != nil {
		d.err = fmt.Errorf("peers: deploying %s: %w", name, err)
	}
	return address
}

// deployFacet deploys a facet of the router. The one for liquidity is shipped 169 bytes too long to be deployed (the live
// one was compiled with other settings): an EVM, whose state can be set, takes it all the same, a chain goes without.
func (d *deployer) deployFacet(facet Artifact) common.Address {
	evm, ok := d.backend.(*EVM)
	if !ok && facet.DeployedSize > params.MaxCodeSize {
		return common.Address{}
	}
	address := d.deploy(facet)
	var revert *RevertError
	if ok && errors.As(d.err, &revert) && errors.Is(revert.Err, vm.ErrMaxCodeSizeExceeded) {
		d.err = nil
		address = common.BytesToAddress([]byte(facet.Name))
		evm.SetCode(address, revert.Data) // what the constructor returned
	}
	return address
}

// proxied deploys an implementation and a proxy that is initialised by the call.
func (d *deployer) proxied(artifact Artifact, constructor []any, args ...any) common.Address {
	implementation := d.deploy(artifact, constructor...)
	return d.deploy(d.load("ERC1967Proxy"), implementation, d.pack(artifact.ABI(), "initialize", args...))
}

func (d *deployer) pack(contract abi.ABI, method string, args ...any) []byte {
	if d.err != nil {
		return nil
	}
	input, err := contract.Pack(method, args...)
	if err != nil {
		d.err = fmt.Errorf("peers: %s: %w", method, err)
	}
	return input
}

// send makes a call and returns what it would have answered just before.
func (d *deployer) send(to common.Address, contract abi.ABI, method string, args ...any) []any {
	input := d.pack(contract, method, args...)
	if d.err != nil {
		return nil
	}
	output, err := d.backend.Call(d.from, to, input)
	if err == nil {
		_, err = d.backend.Send(d.from, to, input)
	}
	if err != nil {
		d.err = fmt.Errorf("peers: %s: %w", method, err)
		return nil
	}
	values, err := contract.Unpack(method, output)
	if err != nil {
		d.err = fmt.Errorf("peers: answer of %s: %w", method, err)
	}
	return values
}

// split stores creation code in two contracts, as the factories want it, and returns each with its length.
func (d *deployer) split(artifact Artifact) []any {
	if d.err != nil {
		return nil
	}
	code, err := hex.DecodeString(artifact.code)
	if err != nil {
		d.err = fmt.Errorf("peers: code of %s: link it first: %w", artifact.Name, err)
		return nil
	}
	// Returns what follows it, from byte 32 on, as the code of the new contract.
	prefix := slices.Concat(common.FromHex("602038038060206000396000f3"), make([]byte, 19))
	var halves []any
	for _, half := range [][]byte{code[:len(code)/2], code[len(code)/2:]} {
		halves = append(halves, d.deployCode(artifact.Name, slices.Concat(prefix, half)), big.NewInt(int64(len(half))))
	}
	return halves
}

// DeployPendle deploys Pendle V2: an SY, the factories with PT and YT of one maturity, the market factory, the oracle and
// the router. owner deploys and owns everything. On a chain the router lacks the functions that add and remove liquidity,
// whose code is longer than a chain takes. It fails with ErrNotBuilt if the contracts were not built.
func DeployPendle(backend Backend, owner common.Address, config PendleConfig) (*Pendle, error) {
	if config.Expiry == 0 {
		config.Expiry = 20834 * 86400
	}
	if config.ReserveFeePercent == 0 {
		config.ReserveFeePercent = 80
	}
	if config.InterestFee == nil {
		config.InterestFee = big.NewInt(3e16)
	}
	d := &deployer{backend: backend, from: owner}
	p := &Pendle{Backend: backend, Owner: owner, Expiry: config.Expiry, Vault: config.Vault}
	p.Treasury = common.HexToAddress("0x7ea5000000000000000000000000000000000001")
	token, vault, sy, router := d.load("MockERC20"), d.load("MockVault"), d.load("PendleERC4626SY"), d.load("PendleRouterV4")
	if p.Vault == (common.Address{}) {
		p.Asset = d.deploy(token, "AI dollar", "AID", uint8(18))
		p.Vault = d.deploy(vault, p.Asset, "Staked AI dollar", "sAID")
	}
	p.SY = d.deploy(sy, "SY sAID", "SY-sAID", p.Vault)

	yield, yields := d.load("PendleYieldToken"), d.load("PendleYieldContractFactoryUpg")
	p.YieldFactory = d.proxied(yields, d.split(yield), big.NewInt(86400), config.InterestFee, config.InterestFee, p.Treasury, owner)
	if created := d.send(p.YieldFactory, yields.ABI(), "createYieldContract", p.SY, config.Expiry, config.CacheIndex); d.err == nil {
		p.PT, p.YT = created[0].(common.Address), created[1].(common.Address)
	}

	library := d.deploy(d.load("OracleLib"))
	market := d.load("PendleMarketV7")
	if d.err == nil {
		market, d.err = market.Link(map[string]common.Address{"OracleLib": library})
	}
	markets := d.load("PendleMarketFactoryV7Upg")
	gauge := d.deploy(d.load("MockGaugeController"), d.deploy(token, "Pendle", "PENDLE", uint8(18)))
	parts := append([]any{p.YieldFactory}, d.split(market)...)
	p.MarketFactory = d.proxied(markets, append(parts, gauge), owner, p.Treasury, config.ReserveFeePercent)

	oracle := d.load("PendlePYLpOracle")
	p.Oracle = d.proxied(oracle, nil, uint16(1000), owner)

	storage := d.load("ActionStorageV4")
	p.Router = d.deploy(router, owner, d.deploy(storage))
	p.RouterABI = abi.ABI{Methods: make(map[string]abi.Method)}
	type selectors struct {
		Facet     common.Address
		Selectors [][4]byte
	}
	var facets []selectors
	for _, name := range pendleFacets {
		facet := d.load(name)
		set := selectors{Facet: d.deployFacet(facet)}
		for method, description := range facet.ABI().Methods {
			if _, have := p.RouterABI.Methods[method]; !have {
				p.RouterABI.Methods[method] = description
				set.Selectors = append(set.Selectors, [4]byte(description.ID))
			}
		}
		if set.Facet != (common.Address{}) {
			facets = append(facets, set)
		}
	}
	d.send(p.Router, storage.ABI(), "setSelectorToFacets", facets)
	if d.err != nil {
		return nil, d.err
	}
	p.Market, p.Yield, p.Factory, p.Principal = market.ABI(), yield.ABI(), markets.ABI(), d.load("PendlePrincipalToken").ABI()
	p.OracleABI, p.SYABI, p.TokenABI, p.VaultABI, p.YieldFactABI = oracle.ABI(), sy.ABI(), token.ABI(), vault.ABI(), yields.ABI()
	return p, d.err
}

// NewMarket creates a market of the PT: scalarRoot and initialAnchor with 18 decimals, lnFeeRateRoot the logarithm of the
// yearly fee rate with 18 decimals.
func (p *Pendle) NewMarket(scalarRoot, initialAnchor, lnFeeRateRoot *big.Int) (common.Address, error) {
	d := &deployer{backend: p.Backend, from: p.Owner}
	created := d.send(p.MarketFactory, p.Factory, "createNewMarket", p.PT, scalarRoot, initialAnchor, lnFeeRateRoot)
	if d.err != nil {
		return common.Address{}, d.err
	}
	return created[0].(common.Address), nil
}

// Fund mints SY, PT and YT to an account: it deposits twice the amount of the asset and mints PT and YT of one half. Only
// with the default vault.
func (p *Pendle) Fund(account common.Address, amount *big.Int) error {
	d := &deployer{backend: p.Backend, from: account}
	both := new(big.Int).Lsh(amount, 1)
	d.send(p.Asset, p.TokenABI, "mint", account, both)
	d.send(p.Asset, p.TokenABI, "approve", p.SY, both)
	d.send(p.SY, p.SYABI, "deposit", account, p.Asset, both, new(big.Int))
	d.send(p.SY, p.TokenABI, "transfer", p.YT, amount)
	d.send(p.YT, p.Yield, "mintPY", account, account)
	return d.err
}
