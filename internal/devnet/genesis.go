package devnet

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/holiman/uint256"
)

// Mainnet's recorded state, in base units.
const (
	recordedSupply    = "19945311770392801054623255" // AID in existence on Ethereum
	recordedNAV       = "1055148472560343645"        // convertToAssets(1e18) of sAID
	recordedFloat     = "239938892162"               // USDC held by the Redeemer
	recordedDayLimit  = "1000000000000000000000000000000000000"
	recordedFeeBps    = 10
	protocolFeeBps    = 2000
	denyListGuardRole = "DENY_LIST_GUARD_ROLE"
	minterRole        = "MINTER_ROLE"
)

// How the recorded totals are split over accounts is ours. The vault's size follows the reported 18.44 million
// USD: that many shares at the recorded NAV. 70 % of what was staked is out in the portfolio.
const (
	stakedAID   = 17_476_214 // also the supply of sAID
	deployedAID = 12_233_349
	whaleShares = 1_000_000
	userETH     = 10_000
)

var aidHoldings = []struct {
	of     func(Accounts) Account
	amount int64
}{
	{func(a Accounts) Account { return a.Alice }, 10_000},
	{func(a Accounts) Account { return a.Bob }, 10_000},
	{func(a Accounts) Account { return a.Carol }, 5_000},
	{func(a Accounts) Account { return a.Whale }, 1_000_000},
	{func(a Accounts) Account { return a.Manager }, 500_000},
}

func bigInt(n uint64) *big.Int { return new(big.Int).SetUint64(n) }

func decimal(s string) *big.Int {
	n, _ := new(big.Int).SetString(s, 10)
	return n
}

func units(n int64, decimals int64) *big.Int {
	return new(big.Int).Mul(big.NewInt(n), new(big.Int).Exp(big.NewInt(10), big.NewInt(decimals), nil))
}

// chainConfig returns the rules of mainnet's Osaka fork from block 0. The library's own development config
// turns on later forks, whose gas prices are not mainnet's.
func chainConfig(chainID uint64) *params.ChainConfig {
	c := *params.AllDevChainProtocolChanges
	c.ChainID = bigInt(chainID)
	c.BogotaTime, c.AmsterdamTime = nil, nil
	c.BlobScheduleConfig = params.MainnetChainConfig.BlobScheduleConfig
	return &c
}

// builder makes the genesis state by running constructors and calls in a bare EVM, each constructor at the
// address the contract has on mainnet, so that immutables and proxies come out as they would there.
type builder struct {
	rules   params.Rules
	state   *state.StateDB
	evm     *vm.EVM
	touched map[common.Address]map[common.Hash]struct{}
	abis    map[string]*Artifact
	err     error // the first failure; every step after it does nothing
}

func newBuilder(config *params.ChainConfig, now uint64) (*builder, error) {
	db, err := state.New(types.EmptyRootHash, state.NewDatabase(triedb.NewDatabase(rawdb.NewMemoryDatabase(), nil), nil))
	if err != nil {
		return nil, fmt.Errorf("devnet: genesis state: %w", err)
	}
	b := &builder{
		rules:   config.Rules(new(big.Int), true, now),
		state:   db,
		touched: make(map[common.Address]map[common.Hash]struct{}),
		abis:    make(map[string]*Artifact),
	}
	hooks := &tracing.Hooks{OnStorageChange: func(addr common.Address, slot common.Hash, _, _ common.Hash) {
		if b.touched[addr] == nil {
			b.touched[addr] = make(map[common.Hash]struct{})
		}
		b.touched[addr][slot] = struct{}{}
	}}
	b.evm = vm.NewEVM(vm.BlockContext{
		CanTransfer: core.CanTransfer,
		Transfer:    core.Transfer,
		GetHash:     func(uint64) common.Hash { return common.Hash{} },
		GasLimit:    1 << 40,
		BlockNumber: new(big.Int),
		Time:        now,
		Difficulty:  new(big.Int),
		BaseFee:     new(big.Int),
		BlobBaseFee: big.NewInt(1),
		Random:      new(common.Hash),
	}, state.NewHookedState(db, hooks), config, vm.Config{})
	return b, nil
}

func (b *builder) artifact(name string) *Artifact {
	if b.abis[name] == nil {
		artifact, err := LoadArtifact(name)
		if err != nil {
			b.fail(err)
			return &Artifact{}
		}
		b.abis[name] = artifact
	}
	return b.abis[name]
}

func (b *builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// deploy runs the constructor of a contract at addr and leaves its code there.
func (b *builder) deploy(addr common.Address, contract string, args ...any) {
	artifact := b.artifact(contract)
	input, err := artifact.ABI.Pack("", args...)
	if err != nil {
		b.fail(fmt.Errorf("devnet: constructor of %s: %w", contract, err))
	}
	if b.err != nil {
		return
	}
	b.state.CreateAccount(addr)
	b.state.SetNonce(addr, 1, tracing.NonceChangeGenesis)
	b.state.SetCode(addr, slices.Concat(artifact.Bytecode, input), tracing.CodeChangeGenesis)
	code := b.run(common.Address{}, addr, nil, "constructor of "+contract)
	b.state.SetCode(addr, code, tracing.CodeChangeGenesis)
}

// call calls method of the contract at addr.
func (b *builder) call(from common.Address, contract string, addr common.Address, method string, args ...any) {
	input := b.pack(contract, method, args...)
	b.run(from, addr, input, contract+"."+method)
}

func (b *builder) pack(contract, method string, args ...any) []byte {
	input, err := b.artifact(contract).ABI.Pack(method, args...)
	if err != nil {
		b.fail(fmt.Errorf("devnet: %s.%s: %w", contract, method, err))
	}
	return input
}

func (b *builder) run(from, to common.Address, input []byte, what string) []byte {
	if b.err != nil {
		return nil
	}
	b.state.Prepare(b.rules, from, common.Address{}, &to, vm.ActivePrecompiles(b.rules), nil)
	b.evm.SetTxContext(vm.TxContext{Origin: from, GasPrice: new(uint256.Int)})
	output, _, err := b.evm.Call(from, to, input, vm.NewGasBudget(1<<40, 0), new(uint256.Int))
	if err != nil {
		b.fail(fmt.Errorf("devnet: %s: %w (%#x)", what, err, output))
	}
	b.state.Finalise(b.rules)
	return output
}

// alloc returns every account that has code.
func (b *builder) alloc(contracts []common.Address) types.GenesisAlloc {
	alloc := make(types.GenesisAlloc, len(contracts))
	for _, addr := range contracts {
		storage := make(map[common.Hash]common.Hash)
		for slot := range b.touched[addr] {
			if value := b.state.GetState(addr, slot); value != (common.Hash{}) {
				storage[slot] = value
			}
		}
		alloc[addr] = types.Account{
			Code:    b.state.GetCode(addr),
			Storage: storage,
			Balance: b.state.GetBalance(addr).ToBig(),
			Nonce:   b.state.GetNonce(addr),
		}
	}
	return alloc
}

// machine creates contracts and calls them. After a failure, which it keeps, it does nothing.
type machine interface {
	deploy(addr common.Address, contract string, args ...any)
	call(from common.Address, contract string, addr common.Address, method string, args ...any)
	pack(contract, method string, args ...any) []byte
}

// populate puts every contract at its address of the book, with mainnet's recorded state.
func populate(m machine, at AddressBook, accounts Accounts, fixAtRequest bool) {
	manager := accounts.Manager.Address
	role := func(name string) common.Hash { return keccak(name) }

	m.deploy(at.Multicall3, "Multicall3")
	m.deploy(at.USDC, "USDC", manager)
	m.deploy(at.USDT, "USDT", manager)

	// AID. The two real admins are kept beside the Manager, whose key is known here.
	m.deploy(at.AIDImplementation, "AID")
	m.deploy(at.AID, "ERC1967Proxy", at.AIDImplementation, m.pack("AID", "initialize", "AI Dollar", "AID", manager))
	for _, admin := range []common.Address{at.AdminSafe, at.AdminEOA} {
		m.call(manager, "AID", at.AID, "grantRole", common.Hash{}, admin)
	}
	m.call(manager, "AID", at.AID, "grantRole", role(denyListGuardRole), manager)
	// Mainnet's minters are the migration and the Minter; the Redeemer joins them because burning asks for the
	// same role here. The Manager is one only while the recorded supply is issued.
	for _, minter := range []common.Address{at.Migration, at.Minter, at.Redeemer, manager} {
		m.call(manager, "AID", at.AID, "grantRole", role(minterRole), minter)
	}
	rest := decimal(recordedSupply)
	give := func(to common.Address, amount *big.Int) {
		m.call(manager, "AID", at.AID, "mint", to, amount)
		rest.Sub(rest, amount)
	}
	for _, holding := range aidHoldings {
		give(holding.of(accounts).Address, units(holding.amount, 18))
	}
	give(accounts.Stakers.Address, units(stakedAID, 18))
	give(accounts.Holders.Address, new(big.Int).Set(rest))
	m.call(manager, "AID", at.AID, "revokeRole", role(minterRole), manager)

	// sAID: staked one to one, then raised to the recorded NAV without a fee, so that no fee is on the books.
	m.deploy(at.SAID, "StakedAID", at.AID, manager, new(big.Int), fixAtRequest)
	shares := units(stakedAID, 18)
	m.call(accounts.Stakers.Address, "AID", at.AID, "approve", at.SAID, shares)
	m.call(accounts.Stakers.Address, "StakedAID", at.SAID, "deposit", shares, accounts.Stakers.Address)
	m.call(accounts.Stakers.Address, "StakedAID", at.SAID, "transfer", accounts.Whale.Address, units(whaleShares, 18))
	m.call(manager, "StakedAID", at.SAID, "deploy", accounts.Portfolio.Address, units(deployedAID, 18))
	m.call(manager, "StakedAID", at.SAID, "accrueYield", new(big.Int).Sub(recordedAssets(shares), shares))
	m.call(manager, "StakedAID", at.SAID, "setProtocolFeeBps", big.NewInt(protocolFeeBps))

	// Minter and Redeemer.
	m.deploy(at.Minter, "Minter", at.AID, manager)
	m.deploy(at.RedeemerImplementation, "Redeemer")
	m.deploy(at.RedeemerBeacon, "UpgradeableBeacon", at.RedeemerImplementation, manager)
	m.deploy(at.Redeemer, "BeaconProxy", at.RedeemerBeacon, m.pack("Redeemer", "initialize",
		at.AID, at.USDC, manager, big.NewInt(recordedFeeBps), decimal(recordedDayLimit)))
	for _, coin := range []common.Address{at.USDC, at.USDT} {
		m.call(manager, "Minter", at.Minter, "setSupportedStablecoin", coin, true)
	}
	for _, account := range []Account{accounts.Alice, accounts.Bob, accounts.Whale, accounts.Manager} {
		m.call(manager, "Minter", at.Minter, "setWhitelisted", account.Address, true)
		m.call(manager, "Redeemer", at.Redeemer, "setWhitelisted", account.Address, true)
	}
	m.call(manager, "USDC", at.USDC, "mint", at.Redeemer, decimal(recordedFloat))
	for coin, addr := range map[string]common.Address{"USDC": at.USDC, "USDT": at.USDT} {
		for _, account := range []Account{accounts.Alice, accounts.Bob, accounts.Carol} {
			m.call(manager, coin, addr, "mint", account.Address, units(1_000_000, 6))
		}
		m.call(manager, coin, addr, "mint", accounts.Whale.Address, units(50_000_000, 6))
		m.call(manager, coin, addr, "mint", manager, units(10_000_000, 6))
	}

	// AIDa and its migration.
	limit := units(1_000_000_000, 6)
	m.deploy(at.AIDaUSDC, "AIDollarAlpha", at.USDC, "AIDaUSDC", "AIDaUSDC", manager, limit)
	m.deploy(at.AIDaUSDT, "AIDollarAlpha", at.USDT, "AIDaUSDT", "AIDaUSDT", manager, limit)
	m.deploy(at.Migration, "AIDAlphaMigration", at.AID, manager, []common.Address{at.AIDaUSDC, at.AIDaUSDT})
	stake := func(user common.Address, coin string, coinAt, vault common.Address, amount *big.Int) {
		m.call(user, coin, coinAt, "approve", vault, amount)
		m.call(user, "AIDollarAlpha", vault, "deposit", amount, user)
	}
	stake(accounts.Alice.Address, "USDC", at.USDC, at.AIDaUSDC, units(25_000, 6))
	stake(accounts.Carol.Address, "USDT", at.USDT, at.AIDaUSDT, units(10_000, 6))

	// The GAIB token and its vesting, which has no allocations yet.
	m.deploy(at.GAIB, "GAIBToken", manager)
	m.deploy(at.VestingImplementation, "GAIBVesting")
	m.deploy(at.Vesting, "ERC1967Proxy", at.VestingImplementation, m.pack("GAIBVesting", "initialize", at.GAIB, manager))
}

// genesis returns block 0: every contract at its mainnet address, with mainnet's recorded state.
func genesis(c config, accounts Accounts) (*core.Genesis, error) {
	rules := chainConfig(c.chainID)
	b, err := newBuilder(rules, c.genesisTime)
	if err != nil {
		return nil, err
	}
	at := Addresses()
	populate(b, at, accounts, c.fixAtRequest)
	if b.err != nil {
		return nil, b.err
	}

	alloc := core.SystemContractAllocs()
	for addr, account := range b.alloc([]common.Address{
		at.AID, at.AIDImplementation, at.SAID, at.Minter, at.Redeemer, at.RedeemerBeacon, at.RedeemerImplementation,
		at.Migration, at.AIDaUSDC, at.AIDaUSDT, at.GAIB, at.Vesting, at.VestingImplementation, at.USDC, at.USDT,
		at.Multicall3,
	}) {
		alloc[addr] = account
	}
	for _, account := range accounts.All() {
		alloc[account.Address] = types.Account{Balance: units(userETH, 18)}
	}
	for addr, account := range c.alloc {
		alloc[addr] = account
	}
	return &core.Genesis{
		Config:     rules,
		Timestamp:  c.genesisTime,
		GasLimit:   blockGasLimit,
		Difficulty: new(big.Int),
		BaseFee:    big.NewInt(params.InitialBaseFee),
		Alloc:      alloc,
	}, nil
}

// recordedAssets returns the least A for which floor(1e18 * (A + 1) / (shares + 1)) is the recorded NAV:
// A + 1 = ceil(NAV * (shares + 1) / 1e18).
func recordedAssets(shares *big.Int) *big.Int {
	wad, one := units(1, 18), big.NewInt(1)
	n := new(big.Int).Add(shares, one)
	n.Mul(n, decimal(recordedNAV))
	n.Add(n, wad).Sub(n, one).Div(n, wad)
	return n.Sub(n, one)
}
