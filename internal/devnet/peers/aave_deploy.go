package peers

import (
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
)

// AaveListing is an asset that DeployAave lists. Percentages are in basis points.
type AaveListing struct {
	Asset                  common.Address
	Symbol                 string
	Decimals               uint8
	Price                  *big.Int // USD with 8 decimals, to begin with
	LTV, Threshold, Bonus  int64    // Bonus is 10,500 for 5 %; all zero for an asset that is no collateral
	ReserveFactor, Fee     int64    // of the interest, and of the liquidation bonus
	Borrowable, FlashLoans bool
}

// AaveMarket is a deployed Aave v3.0 market.
type AaveMarket struct {
	Backend  Backend
	Owner    common.Address
	Pool     common.Address
	Provider common.Address
	Treasury common.Address
	Feeds    map[common.Address]common.Address // by asset; a MockAggregator, whose answer anybody may set

	pool, configurator, feed Artifact
}

// AaveContracts returns the names of what DeployAave needs built, for Require.
func AaveContracts() []string {
	return []string{"PoolAddressesProvider", "ACLManager", "Pool", "PoolConfigurator", "AaveOracle", "AToken", "VariableDebtToken",
		"StableDebtToken", "DefaultReserveInterestRateStrategy", "MockAggregator", "SupplyLogic", "BorrowLogic", "LiquidationLogic",
		"EModeLogic", "BridgeLogic", "PoolLogic", "FlashLoanLogic", "ConfiguratorLogic"}
}

// aaveDeployment keeps the first error, so that the steps can be written down one after the other.
type aaveDeployment struct {
	backend Backend
	owner   common.Address
	err     error
}

func (d *aaveDeployment) load(name string) (artifact Artifact) {
	if d.err == nil {
		artifact, d.err = Load(name)
	}
	return artifact
}

func (d *aaveDeployment) link(artifact Artifact, libraries map[string]common.Address) Artifact {
	if d.err == nil {
		artifact, d.err = artifact.Link(libraries)
	}
	return artifact
}

func (d *aaveDeployment) deploy(artifact Artifact, args ...any) (address common.Address) {
	var code []byte
	if d.err == nil {
		code, d.err = artifact.Code(args...)
	}
	if d.err == nil {
		if address, d.err = d.backend.Deploy(d.owner, code); d.err != nil {
			d.err = fmt.Errorf("peers: deploying %s: %w", artifact.Name, d.err)
		}
	}
	return address
}

func (d *aaveDeployment) send(contract abi.ABI, to common.Address, method string, args ...any) {
	var input []byte
	if d.err == nil {
		input, d.err = contract.Pack(method, args...)
	}
	if d.err == nil {
		if _, d.err = d.backend.Send(d.owner, to, input); d.err != nil {
			d.err = fmt.Errorf("peers: %s: %w", method, d.err)
		}
	}
}

func (d *aaveDeployment) address(contract abi.ABI, at common.Address, method string) common.Address {
	var input, output []byte
	if d.err == nil {
		input, d.err = contract.Pack(method)
	}
	if d.err == nil {
		output, d.err = d.backend.Call(d.owner, at, input)
	}
	if d.err == nil && len(output) != 32 {
		d.err = fmt.Errorf("peers: %s answered %d bytes", method, len(output))
	}
	return common.BytesToAddress(output)
}

// DeployAave deploys the whole of an Aave v3.0 market as its own configurator sets one up: owner deploys and administers it.
// Every reserve has one rate curve: 80 % optimal, 4 % and then 75 % on top. It fails with ErrNotBuilt if the contracts
// were not built.
func DeployAave(backend Backend, owner common.Address, listings ...AaveListing) (*AaveMarket, error) {
	d := &aaveDeployment{backend: backend, owner: owner}
	m := &AaveMarket{Backend: backend, Owner: owner, Treasury: common.HexToAddress("0x00000000000000000000000000000000000A55E7"), Feeds: map[common.Address]common.Address{}}
	m.pool, m.configurator, m.feed = d.load("Pool"), d.load("PoolConfigurator"), d.load("MockAggregator")
	book, acl := d.load("PoolAddressesProvider"), d.load("ACLManager")
	m.Provider = d.deploy(book, "devnet", owner)
	d.send(book.ABI(), m.Provider, "setACLAdmin", owner)
	access := d.deploy(acl, m.Provider)
	d.send(book.ABI(), m.Provider, "setACLManager", access)
	d.send(acl.ABI(), access, "addPoolAdmin", owner)

	libraries := map[string]common.Address{}
	for _, name := range []string{"SupplyLogic", "BorrowLogic", "LiquidationLogic", "EModeLogic", "BridgeLogic", "PoolLogic", "FlashLoanLogic", "ConfiguratorLogic"} {
		libraries[name] = d.deploy(d.link(d.load(name), libraries))
	}
	d.send(book.ABI(), m.Provider, "setPoolImpl", d.deploy(d.link(m.pool, libraries), m.Provider))
	d.send(book.ABI(), m.Provider, "setPoolConfiguratorImpl", d.deploy(d.link(m.configurator, libraries)))
	m.Pool = d.address(book.ABI(), m.Provider, "getPool")
	configurator := d.address(book.ABI(), m.Provider, "getPoolConfigurator")

	var assets, feeds []common.Address
	for _, l := range listings {
		feed := d.deploy(m.feed, uint8(8), l.Price)
		assets, feeds, m.Feeds[l.Asset] = append(assets, l.Asset), append(feeds, feed), feed
	}
	oracle := d.deploy(d.load("AaveOracle"), m.Provider, assets, feeds, common.Address{}, common.Address{}, big.NewInt(1e8))
	d.send(book.ABI(), m.Provider, "setPriceOracle", oracle)

	percent := func(n int64) *big.Int {
		return new(big.Int).Mul(big.NewInt(n), new(big.Int).Exp(big.NewInt(10), big.NewInt(25), nil))
	}
	strategy := d.deploy(d.load("DefaultReserveInterestRateStrategy"), m.Provider, percent(80), percent(0), percent(4), percent(75),
		percent(1), percent(75), percent(1), percent(8), percent(20))
	aToken, stable, variable := d.deploy(d.load("AToken"), m.Pool), d.deploy(d.load("StableDebtToken"), m.Pool), d.deploy(d.load("VariableDebtToken"), m.Pool)
	for _, l := range listings {
		type reserve struct { // the names are those that go-ethereum's codec asks for
			ATokenImpl, StableDebtTokenImpl, VariableDebtTokenImpl common.Address
			UnderlyingAssetDecimals                                uint8
			InterestRateStrategyAddress, UnderlyingAsset           common.Address
			Treasury, IncentivesController                         common.Address
			ATokenName, ATokenSymbol                               string
			VariableDebtTokenName, VariableDebtTokenSymbol         string
			StableDebtTokenName, StableDebtTokenSymbol             string
			Params                                                 []byte
		}
		d.send(m.configurator.ABI(), configurator, "initReserves", []reserve{{
			ATokenImpl: aToken, StableDebtTokenImpl: stable, VariableDebtTokenImpl: variable, UnderlyingAssetDecimals: l.Decimals,
			InterestRateStrategyAddress: strategy, UnderlyingAsset: l.Asset, Treasury: m.Treasury,
			ATokenName: "a" + l.Symbol, ATokenSymbol: "a" + l.Symbol, VariableDebtTokenName: "v" + l.Symbol, VariableDebtTokenSymbol: "v" + l.Symbol,
			StableDebtTokenName: "s" + l.Symbol, StableDebtTokenSymbol: "s" + l.Symbol, Params: []byte{},
		}})
		if l.Threshold != 0 {
			d.send(m.configurator.ABI(), configurator, "configureReserveAsCollateral", l.Asset, big.NewInt(l.LTV), big.NewInt(l.Threshold), big.NewInt(l.Bonus))
			d.send(m.configurator.ABI(), configurator, "setLiquidationProtocolFee", l.Asset, big.NewInt(l.Fee))
		}
		d.send(m.configurator.ABI(), configurator, "setReserveBorrowing", l.Asset, l.Borrowable)
		d.send(m.configurator.ABI(), configurator, "setReserveFactor", l.Asset, big.NewInt(l.ReserveFactor))
		d.send(m.configurator.ABI(), configurator, "setReserveFlashLoaning", l.Asset, l.FlashLoans)
	}
	return m, d.err
}

// SetPrice sets what the oracle reports for an asset, USD with 8 decimals.
func (m *AaveMarket) SetPrice(asset common.Address, price *big.Int) error {
	d := &aaveDeployment{backend: m.Backend, owner: m.Owner}
	d.send(m.feed.ABI(), m.Feeds[asset], "set", price)
	return d.err
}
