package main

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"math/big"
	"math/rand/v2"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/examples/liquidator/contracts"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/manager"
	"github.com/gaib-go/gaib/internal/devnet/market"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/said"
)

// What the embedded chain's world is made of: assumptions, all of them.
const (
	borrowers = 2_000
	lltv      = lending.Ratio(86e16)
	poolFee   = 500 // millionths
	batch     = 50  // positions opened in one transaction
)

var (
	usdc     = gaib.Unit{Symbol: "USDC", Decimals: 6}
	lent     = usd(700_000)
	poolSAID = sAID(120_000)
	poolUSDC = usd(126_000) // 1.05 USDC a share, half a percent below the Deposit NAV
	botFunds = usd(5_000)
)

func usd(n uint64) uint256.Int { return *new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(1e6)) }
func sAID(n uint64) uint256.Int {
	return *new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(1e18))
}

// wallet is an account whose key is at hand. A real one would be a KMS or a hardware key.
type wallet struct {
	key     *ecdsa.PrivateKey
	address common.Address
}

// newWallet derives a key from a name. Everybody can do that: never send anything of value to it.
func newWallet(name string) (*wallet, error) {
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("liquidator example: " + name)))
	if err != nil {
		return nil, err
	}
	return &wallet{key, crypto.PubkeyToAddress(key.PublicKey)}, nil
}

func (w *wallet) send(ctx context.Context, client gaib.Client, tx gaib.Transaction) (common.Hash, error) {
	digest, err := tx.Digest()
	if err != nil {
		return common.Hash{}, err
	}
	signature, err := crypto.Sign(digest[:], w.key)
	if err != nil {
		return common.Hash{}, err
	}
	return tx.Send(ctx, client, signature)
}

// world is the embedded chain with a market of many borrowers, a pool, and a script of what happens.
type world struct {
	chain      *devnet.Chain
	who        devnet.Accounts
	deployment gaib.Deployment
	vault      said.Vault
	books      manager.Vault
	protocol   common.Address
	pair       morpho.Pair
	oracle     gaib.Contract
	pool       gaib.Contract
	with       gaib.Contract
	bot        *wallet
	users      []*wallet
	created    uint64 // block of the market
	loss       uint256.Int
}

// deployer puts a lending protocol and a market of sAID against USDC on the chain, with the devnet's oracle.
type deployer func(ctx context.Context, chain *devnet.Chain) (protocol common.Address, params blue.Params, err error)

// standIn deploys the devnet's own market, which needs nothing from elsewhere.
func standIn(ctx context.Context, chain *devnet.Chain) (common.Address, blue.Params, error) {
	protocol, err := market.Deploy(ctx, chain)
	if err != nil {
		return common.Address{}, blue.Params{}, err
	}
	m, err := protocol.Create(ctx, market.Config{LLTV: uint256.NewInt(uint64(lltv))})
	if err != nil {
		return common.Address{}, blue.Params{}, err
	}
	return protocol.Address, blue.Params{LoanToken: m.Loan, CollateralToken: m.Collateral, Oracle: m.Oracle, IRM: m.RateModel, LLTV: lltv}, nil
}

// newWorld starts the chain and opens the positions.
func newWorld(ctx context.Context, deploy deployer, progress func(string)) (w *world, err error) {
	bot, err := newWallet("bot")
	if err != nil {
		return nil, err
	}
	ether := types.Account{Balance: new(big.Int).Mul(big.NewInt(100), big.NewInt(1e18))}
	alloc := types.GenesisAlloc{bot.address: ether}
	users := make([]*wallet, borrowers)
	for i := range users {
		if users[i], err = newWallet(fmt.Sprint("borrower ", i)); err != nil {
			return nil, err
		}
		alloc[users[i].address] = ether
	}
	chain, err := devnet.New(devnet.WithAlloc(alloc), devnet.WithManualMining())
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = chain.Close() // the error that led here is told
		}
	}()
	// The embedded chain has mainnet's id and its contracts' assumed functions, so they are allowed here.
	w = &world{chain: chain, who: chain.Accounts(), deployment: gaib.Mainnet().AllowAssumed(), bot: bot, users: users}
	w.vault = said.NewVault(w.deployment)
	w.books = manager.NewVault(w.vault)
	progress("deploying the market and the pool")
	if err := w.deploy(ctx, deploy); err != nil {
		return nil, err
	}
	progress("opening 2,000 positions, each by its account's signature")
	if err := w.open(ctx); err != nil {
		return nil, err
	}
	return w, nil
}

func (w *world) deploy(ctx context.Context, deploy deployer) (err error) {
	w.created = w.chain.Head().Number.Uint64() + 1
	var params blue.Params
	if w.protocol, params, err = deploy(ctx, w.chain); err != nil {
		return err
	}
	w.deployment = w.deployment.With(morpho.NameMorpho, gaib.Entry{Address: w.protocol, Evidence: gaib.Confirmed})
	w.pair = morpho.New(w.deployment).Pair(params, usdc, said.Unit())
	w.oracle = w.known("oracle", params.Oracle)
	for _, call := range []gaib.Call{
		w.pair.Loan().Approve(w.protocol, lent), w.pair.Supply(blue.Amount{Assets: lent}, w.who.Whale.Address, nil),
	} {
		if err := w.do(ctx, w.who.Whale, call); err != nil {
			return err
		}
	}

	pool, err := contracts.Deploy(ctx, w.chain, w.who.Manager, "Pool", params.CollateralToken, params.LoanToken, big.NewInt(poolFee))
	if err != nil {
		return err
	}
	w.pool = w.known("pool", pool)
	for _, call := range []gaib.Call{
		w.pair.Collateral().Transfer(pool, poolSAID), w.pair.Loan().Transfer(pool, poolUSDC), w.pair.Loan().Transfer(w.bot.address, botFunds),
	} {
		if err := w.do(ctx, w.who.Whale, call); err != nil {
			return err
		}
	}

	// The bot puts its own contract there, and lets Morpho take what its own liquidations cost.
	code, err := contracts.Code("Liquidator", w.protocol, pool)
	if err != nil {
		return err
	}
	with := crypto.CreateAddress(w.bot.address, 0)
	if _, err := w.raw(ctx, w.bot.key, nil, code, 2_000_000); err != nil {
		return err
	}
	w.with = w.known("liquidator", with)
	unlimited := *new(uint256.Int).SetAllOne()
	return w.as(ctx, w.bot, w.pair.Loan().Approve(w.protocol, unlimited))
}

// known returns a contract of the examples' own.
func (w *world) known(name gaib.Name, address common.Address) gaib.Contract {
	return w.deployment.With(name, gaib.Entry{Address: address, Evidence: gaib.Confirmed}).Contract(name)
}

// open has every account sign an authorisation for the opener, which then puts up its collateral and borrows for it.
func (w *world) open(ctx context.Context) error {
	opener, err := contracts.Deploy(ctx, w.chain, w.who.Manager, "Opener")
	if err != nil {
		return err
	}
	dice := rand.New(rand.NewPCG(2026, 11))
	openings := make([]contracts.OpenerOpening, len(w.users))
	var collateral uint256.Int
	for i, user := range w.users {
		o := &openings[i]
		a := morpho.Authorization{Authorizer: user.address, Authorized: opener, Allow: true, Deadline: w.chain.Now().Add(24 * time.Hour)}
		digest, err := morpho.New(w.deployment).AuthorizationDigest(a)
		if err != nil {
			return err
		}
		signature, err := crypto.Sign(digest[:], user.key)
		if err != nil {
			return err
		}
		o.Authorization = contracts.OpenerAuthorization{Authorizer: a.Authorizer, Authorized: a.Authorized, IsAuthorized: true, Deadline: uint256.Int{uint64(a.Deadline.Unix())}}
		o.Signature = contracts.OpenerSignature{V: signature[64] + 27, R: common.BytesToHash(signature[:32]), S: common.BytesToHash(signature[32:64])}
		// Between 0.05 and 2,500 sAID, few of them large, at an LTV of 40 to 85.7 %.
		size := dice.Float64()
		whole, err := lending.FloorAmount(5e16 + 2500e18*size*size*size*size*size)
		if err != nil {
			return err
		}
		o.Collateral = whole
		ltv := 4000 + dice.Uint64N(4570)
		o.Debt.Mul(&whole, uint256.NewInt(1055148*ltv)) // NAV in millionths
		o.Debt.Div(&o.Debt, uint256.NewInt(1e18*10))
		o.Debt.Div(&o.Debt, uint256.NewInt(1000))
		collateral.Add(&collateral, &o.Collateral)
	}
	if err := w.do(ctx, w.who.Whale, w.pair.Collateral().Transfer(opener, collateral)); err != nil {
		return err
	}
	p := w.pair.Params()
	params := contracts.OpenerMarketParams{LoanToken: p.LoanToken, CollateralToken: p.CollateralToken, Oracle: p.Oracle, Irm: p.IRM, Lltv: uint256.Int{uint64(p.LLTV)}}
	for i := 0; i < len(openings); i += batch {
		input, err := contracts.OpenerOpen{Lending: w.protocol, Market: params, Openings: openings[i:min(i+batch, len(openings))]}.Encode()
		if err != nil {
			return err
		}
		if _, err := w.raw(ctx, w.who.Whale.Key(), &opener, input, 16_700_000); err != nil {
			return fmt.Errorf("open positions %d to %d: %w", i, i+batch, err)
		}
	}
	return nil
}

// raw sends a transaction without an estimate, mines it and wants it to succeed.
func (w *world) raw(ctx context.Context, key *ecdsa.PrivateKey, to *common.Address, input []byte, gas uint64) (common.Hash, error) {
	from := crypto.PubkeyToAddress(key.PublicKey)
	var nonce hexutil.Uint64
	if err := w.chain.Client().CallContext(ctx, &nonce, "eth_getTransactionCount", from, "pending"); err != nil {
		return common.Hash{}, err
	}
	fee := new(big.Int).Add(new(big.Int).Mul(w.chain.Head().BaseFee, big.NewInt(2)), big.NewInt(1e9))
	tx, err := types.SignNewTx(key, types.LatestSignerForChainID(new(big.Int).SetUint64(w.chain.ChainID())), &types.DynamicFeeTx{
		ChainID: new(big.Int).SetUint64(w.chain.ChainID()), Nonce: uint64(nonce), GasTipCap: big.NewInt(1e9), GasFeeCap: fee, Gas: gas, To: to, Data: input,
	})
	if err != nil {
		return common.Hash{}, err
	}
	data, err := tx.MarshalBinary()
	if err != nil {
		return common.Hash{}, err
	}
	if err := w.chain.Client().CallContext(ctx, nil, "eth_sendRawTransaction", hexutil.Bytes(data)); err != nil {
		return common.Hash{}, err
	}
	if err := w.chain.Mine(1); err != nil {
		return common.Hash{}, err
	}
	var receipt *types.Receipt
	if err := w.chain.Client().CallContext(ctx, &receipt, "eth_getTransactionReceipt", tx.Hash()); err != nil {
		return common.Hash{}, err
	}
	if receipt == nil || receipt.Status != types.ReceiptStatusSuccessful {
		return common.Hash{}, fmt.Errorf("transaction %s failed", tx.Hash())
	}
	return tx.Hash(), nil
}

// do has an account of the devnet make a call, in a block of its own.
func (w *world) do(ctx context.Context, from devnet.Account, call gaib.Call) error {
	if err := call.Err(); err != nil {
		return err
	}
	if _, err := w.chain.Send(ctx, from, call.To, &call.Value, call.Data); err != nil {
		return fmt.Errorf("%s: %w", call.Describe(), err)
	}
	return nil
}

// as has a wallet make a call.
func (w *world) as(ctx context.Context, from *wallet, call gaib.Call) error {
	if err := call.Err(); err != nil {
		return err
	}
	_, err := w.raw(ctx, from.key, &call.To, call.Data, 1_000_000)
	return err
}

// happening is one step of the script; it ends with a block.
type happening struct {
	text string
	run  func(context.Context) error
}

func (w *world) peg(wad uint64) func(context.Context) error {
	const depositNAV = 1
	return func(ctx context.Context) error {
		return w.do(ctx, w.who.Manager, gaib.NewCall(w.oracle, contracts.OracleSet{Source: depositNAV, Value: *uint256.NewInt(wad)}, "set the price of AID"))
	}
}

// script is what happens, one block after another.
func (w *world) script() []happening {
	return []happening{
		{"nothing happens", func(context.Context) error { return w.chain.Mine(1) }},
		{"AID falls to 0.994 USDC", w.peg(994e15)},
		{"the last two blocks are replaced by three empty ones", func(context.Context) error { return w.chain.Reorg(2, 3) }},
		{"the oracle's price is lost with them and set again", w.peg(994e15)},
		{"a borrower pays back what it has left", w.repay},
		{"the portfolio is marked down by 5 %, unrealised: the Unstaking NAV falls, the Deposit NAV does not", w.markDown},
		{"holders who do not want to wait sell in the pool", w.dump},
		{"AID falls to 0.988 USDC", w.peg(988e15)},
		{"buyers return to the pool", w.buy},
		{"the mark-down is taken back", func(ctx context.Context) error {
			return w.do(ctx, w.who.Manager, gaib.NewCall(w.vault.Contract(), manager.VaultMarkUp{Gain: w.loss}, "mark the portfolio up again"))
		}},
	}
}

func (w *world) repay(ctx context.Context) error {
	// One who is at its limit, with what it has borrowed.
	for _, user := range w.users {
		balance, err := w.pair.Loan().BalanceOf(user.address).Call(ctx, w.chain.Client(), gaib.Latest)
		if err != nil {
			return err
		}
		if balance.Lt(uint256.NewInt(20e6)) || balance.Gt(uint256.NewInt(50e6)) {
			continue
		}
		if err := w.as(ctx, user, w.pair.Loan().Approve(w.protocol, balance)); err != nil {
			return err
		}
		if err := w.chain.Mine(1); err != nil {
			return err
		}
		var most uint256.Int // what it has, less the interest that it has not
		most.Sub(&balance, uint256.NewInt(1e6))
		return w.as(ctx, user, w.pair.Repay(blue.Amount{Assets: most}, user.address, nil))
	}
	return fmt.Errorf("no borrower of that size")
}

func (w *world) markDown(ctx context.Context) error {
	assets, err := w.vault.TotalAssets().Call(ctx, w.chain.Client(), gaib.Latest)
	if err != nil {
		return err
	}
	w.loss.Div(&assets, uint256.NewInt(20))
	return w.do(ctx, w.who.Manager, w.books.MarkDown(w.loss))
}

func (w *world) dump(ctx context.Context) error {
	amount := sAID(3_000)
	if err := w.do(ctx, w.who.Whale, w.pair.Collateral().Approve(w.pool.Address(), amount)); err != nil {
		return err
	}
	return w.do(ctx, w.who.Whale, gaib.NewCall(w.pool, contracts.PoolSell{Amount: amount}, "sell"))
}

func (w *world) buy(ctx context.Context) error {
	// USDC put into the pool for nothing moves its price like a purchase.
	return w.do(ctx, w.who.Whale, w.pair.Loan().Transfer(w.pool.Address(), usd(4_000)))
}

// leave takes the collateral that the bot holds out through the queue: it waits until the settlement, and the queue pays.
func (w *world) leave(ctx context.Context) (shares, paid uint256.Int, settled time.Time, err error) {
	client := w.chain.Client()
	if shares, err = w.vault.BalanceOf(w.bot.address).Call(ctx, client, gaib.Latest); err != nil || shares.IsZero() {
		return shares, paid, w.chain.Now(), err
	}
	settled = said.MonthAfterNext.Settlement(w.chain.Now())
	if err = w.as(ctx, w.bot, w.vault.Unstake(shares)); err != nil {
		return
	}
	request, err := w.vault.PendingUnstake(w.bot.address).Call(ctx, client, gaib.Latest)
	if err != nil {
		return
	}
	if err = w.chain.TravelTo(settled); err != nil {
		return
	}
	if err = w.do(ctx, w.who.Manager, w.books.FundQueueFromIdle(request.Pending)); err != nil {
		return
	}
	if err = w.do(ctx, w.who.Manager, w.vault.ProcessUnstakeQueue(10)); err != nil {
		return
	}
	paid, err = gaib.NewERC20(w.deployment.Contract(gaib.AID), w.vault.AssetUnit()).BalanceOf(w.bot.address).Call(ctx, client, gaib.Latest)
	return
}
