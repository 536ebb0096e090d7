package market

import (
	"crypto/ecdsa"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/devnet/peers"
)

var (
	alice = common.HexToAddress("0xa11ce") // the owner
	bob   = common.HexToAddress("0xb0b")
)

// Each of the stand-in's functions, events and getters is one of the original, to the selector, with the same mutability.
func TestStandInInterface(t *testing.T) {
	originals := peers.Require(t, "Morpho", "AdaptiveCurveIrm")
	for i, name := range []string{"IsolatedMarket", "AdaptiveRate"} {
		standIn, err := peers.OfDevnet(name)
		require.NoError(t, err)
		require.Equal(t, faces(originals[i].ABI()), faces(standIn.ABI()), name)
	}
}

// faces lists what a contract shows, with the types of everything that goes in and comes out.
func faces(a abi.ABI) []string {
	var out []string
	for _, m := range a.Methods {
		out = append(out, fmt.Sprintf("%x %s %s %s", m.ID, m.Sig, m.StateMutability, typeNames(m.Outputs)))
	}
	for _, e := range a.Events {
		out = append(out, fmt.Sprintf("%s %s", e.ID, e))
	}
	slices.Sort(out)
	return out
}

func typeNames(arguments abi.Arguments) (out []string) {
	for _, argument := range arguments {
		out = append(out, argument.Type.String())
	}
	return out
}

// pair is the original and the stand-in on two machines, step by step in the same state.
type pair struct {
	t        testing.TB
	machines [2]*peers.EVM
	markets  [2]*peers.Morpho
	users    []common.Address
	keys     []*ecdsa.PrivateKey
	actor    peers.Artifact // a contract that answers callbacks, at actorAt on both
	actorAt  common.Address
	bits     int // the size of the amounts
}

func newPair(t testing.TB, config peers.MorphoConfig) *pair {
	p := &pair{t: t, actor: peers.Require(t, "MockMorphoActor")[0], bits: 80}
	for i := range 3 {
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte{byte(i)}))
		require.NoError(t, err)
		p.keys = append(p.keys, key)
		p.users = append(p.users, crypto.PubkeyToAddress(key.PublicKey))
	}
	for i := range 2 {
		config.StandIn = i == 1
		machine, err := peers.NewEVM()
		require.NoError(t, err)
		p.machines[i] = machine
		p.machines[i].SetTime(1_790_000_000)
		market, err := peers.DeployMorpho(p.machines[i], alice, config)
		require.NoError(t, err)
		p.markets[i] = market
		most := new(big.Int).Lsh(big.NewInt(1), 100)
		for _, user := range p.users {
			require.NoError(t, market.Fund(user, most, most))
		}
		code, err := p.actor.Code()
		require.NoError(t, err)
		p.actorAt, err = machine.Deploy(alice, code)
		require.NoError(t, err)
		for _, token := range []common.Address{market.Params.LoanToken, market.Params.CollateralToken} {
			approve, err := market.Token.ABI().Pack("approve", market.Address, new(big.Int).Lsh(most, 100))
			require.NoError(t, err)
			_, err = ask(market.Backend.Send, p.actor, alice, p.actorAt, "run", token, approve)
			require.NoError(t, err)
		}
	}
	require.Equal(t, p.markets[0].ID, p.markets[1].ID, "both lie at the same addresses, so that everything can be compared")
	return p
}

// ask calls a method of a contract and returns what it answered.
func ask(do func(from, to common.Address, input []byte) ([]byte, error), code peers.Artifact, from, to common.Address, method string, args ...any) ([]any, error) {
	codec := code.ABI()
	input, err := codec.Pack(method, args...)
	if err != nil {
		return nil, err
	}
	output, err := do(from, to, input)
	if err != nil {
		return nil, err
	}
	return codec.Unpack(method, output)
}

// outcome is what a call left behind, in words.
func (p *pair) outcome(i int, output []any, err error) string {
	if err != nil {
		var revert *peers.RevertError
		require.ErrorAs(p.t, err, &revert)
		return fmt.Sprintf("revert %x", revert.Data)
	}
	var b strings.Builder
	fmt.Fprint(&b, output)
	for _, log := range p.machines[i].Logs() {
		fmt.Fprintf(&b, "\n%s %v %x", log.Address, log.Topics, log.Data)
	}
	return b.String()
}

// both sends the same call to both and returns what both did, which must be the same.
func (p *pair) both(from common.Address, method string, args ...any) string {
	p.t.Helper()
	var outcomes [2]string
	for i, m := range p.markets {
		output, err := m.Send(from, method, args...)
		outcomes[i] = p.outcome(i, output, err)
	}
	require.Equal(p.t, outcomes[0], outcomes[1], "%s%v", method, args)
	return outcomes[0]
}

// sameState compares everything that the contracts hold: markets, positions, tokens, and their storage slot by slot.
func (p *pair) sameState() {
	p.t.Helper()
	var states [2][]any
	for i, m := range p.markets {
		add := func(values []any, err error) {
			require.NoError(p.t, err)
			states[i] = append(states[i], values...)
		}
		var slots [][32]byte
		add(m.Call(alice, "market", m.ID))
		add(m.CallRateModel(alice, "rateAtTarget", m.ID))
		market := states[i][:6]
		add(m.CallRateModel(alice, "borrowRateView", m.Params, struct {
			TotalSupplyAssets, TotalSupplyShares, TotalBorrowAssets, TotalBorrowShares, LastUpdate, Fee *big.Int
		}{market[0].(*big.Int), market[1].(*big.Int), market[2].(*big.Int), market[3].(*big.Int), market[4].(*big.Int), market[5].(*big.Int)}))
		for _, user := range append([]common.Address{m.Address, {}}, p.users...) {
			add(m.Call(alice, "position", m.ID, user))
			add(m.Call(alice, "nonce", user))
			for _, token := range []common.Address{m.Params.LoanToken, m.Params.CollateralToken} {
				add(ask(m.Backend.Call, m.Token, alice, token, "balanceOf", user))
			}
			slots = append(slots, nested(nested([32]byte{31: 2}, m.ID[:]), common.LeftPadBytes(user[:], 32)))
			slots = append(slots, after(slots[len(slots)-1]), nested([32]byte{31: 7}, common.LeftPadBytes(user[:], 32)))
		}
		base := nested([32]byte{31: 3}, m.ID[:])
		slots = append(slots, base, after(base), after(after(base)), [32]byte{}, [32]byte{31: 1}, nested([32]byte{31: 8}, m.ID[:]))
		add(m.Call(alice, "extSloads", slots))
	}
	require.Equal(p.t, states[0], states[1])
}

// nested is where a mapping at slot keeps the value of key.
func nested(slot [32]byte, key []byte) [32]byte { return crypto.Keccak256Hash(key, slot[:]) }

func after(slot [32]byte) [32]byte {
	n := new(big.Int).SetBytes(slot[:])
	return common.BigToHash(n.Add(n, big.NewInt(1)))
}

// step is a random operation on both, and the name it is counted under.
func (p *pair) step(r *rand.Rand) (name, outcome string) {
	m := p.markets[0]
	from, other := p.users[r.IntN(len(p.users))], p.users[r.IntN(len(p.users))]
	onBehalf := from
	if r.IntN(5) == 0 {
		onBehalf = other
	}
	if r.IntN(60) == 0 {
		onBehalf = common.Address{}
	}
	kind := r.IntN(16)
	if kind >= 5 && kind <= 7 && r.IntN(8) != 0 {
		onBehalf = p.debtor(r, onBehalf)
	}
	var data []byte
	if r.IntN(8) == 0 {
		data = []byte("an account without code cannot answer")
	}
	position, err := m.Call(alice, "position", m.ID, onBehalf)
	require.NoError(p.t, err)
	supplied, owed, collateral := position[0].(*big.Int), position[1].(*big.Int), position[2].(*big.Int)
	assets, shares := randomAmount(r, p.bits), new(big.Int)
	either := func(held *big.Int) {
		if r.IntN(2) == 0 {
			assets, shares = shares, part(r, held)
		}
		if r.IntN(40) == 0 {
			shares = assets
		}
	}
	params := m.Params
	if r.IntN(60) == 0 {
		params.Lltv = big.NewInt(1) // a market that does not exist
	}
	switch kind {
	case 0, 1:
		either(new(big.Int).Lsh(big.NewInt(1), uint(p.bits)))
		return "supply", p.both(from, "supply", params, assets, shares, onBehalf, data)
	case 2:
		either(supplied)
		return "withdraw", p.both(from, "withdraw", params, assets, shares, onBehalf, other)
	case 3, 4:
		if r.IntN(4) != 0 {
			assets = part(r, p.limit(collateral))
		} else {
			either(new(big.Int).Lsh(big.NewInt(1), uint(p.bits)))
		}
		return "borrow", p.both(from, "borrow", params, assets, shares, onBehalf, other)
	case 5:
		either(owed)
		return "repay", p.both(from, "repay", params, assets, shares, onBehalf, data)
	case 6, 7:
		if assets = part(r, collateral); r.IntN(2) == 0 {
			assets, shares = shares, part(r, owed)
		}
		if r.IntN(4) != 0 { // the price falls first
			now, err := ask(m.Backend.Call, m.Oracle, alice, m.Params.Oracle, "price")
			require.NoError(p.t, err)
			p.setPrice(new(big.Int).Div(new(big.Int).Mul(now[0].(*big.Int), big.NewInt(300+r.Int64N(700))), big.NewInt(1000)))
		}
		outcome = p.both(from, "liquidate", params, onBehalf, assets, shares, data)
		if logs := p.machines[0].Logs(); !strings.HasPrefix(outcome, "revert") {
			for _, log := range logs {
				if log.Topics[0] != m.Protocol.ABI().Events["Liquidate"].ID {
					continue
				}
				if shares := log.Data[len(log.Data)-32:]; new(big.Int).SetBytes(shares).Sign() != 0 {
					return "liquidate with bad debt", outcome
				}
			}
		}
		return "liquidate", outcome
	case 8, 9:
		return "supplyCollateral", p.both(from, "supplyCollateral", params, assets, onBehalf, data)
	case 10:
		return "withdrawCollateral", p.both(from, "withdrawCollateral", params, part(r, collateral), onBehalf, other)
	case 11:
		p.setPrice(randomPrice(r))
		return "setPrice", ""
	case 12:
		return "accrueInterest", p.both(from, "accrueInterest", params)
	case 13:
		if r.IntN(2) == 0 {
			return "setAuthorization", p.both(from, "setAuthorization", other, r.IntN(2) == 0)
		}
		return "setAuthorizationWithSig", p.authorizeBySignature(r, from)
	case 14:
		switch r.IntN(4) {
		case 0:
			return "setFee", p.both(alice, "setFee", params, big.NewInt(r.Int64N(26e16)))
		case 1:
			return "setFeeRecipient", p.both(alice, "setFeeRecipient", other)
		case 2:
			return "flashLoan", p.flashLoan(r)
		}
		return p.payInCallback(r, onBehalf)
	}
	seconds := []uint64{1, 12, 3600, 86_400, 30 * 86_400, 400 * 86_400}[r.IntN(6)]
	for _, e := range p.machines {
		e.SetTime(e.Time() + seconds)
	}
	return "wait", ""
}

// setPrice sets the oracles of both.
func (p *pair) setPrice(price *big.Int) {
	for _, m := range p.markets {
		require.NoError(p.t, m.SetPrice(price))
	}
}

// debtor returns a user who owes something, or otherwise if there is none.
func (p *pair) debtor(r *rand.Rand, otherwise common.Address) common.Address {
	for _, i := range r.Perm(len(p.users)) {
		position, err := p.markets[0].Call(alice, "position", p.markets[0].ID, p.users[i])
		require.NoError(p.t, err)
		if position[1].(*big.Int).Sign() != 0 {
			return p.users[i]
		}
	}
	return otherwise
}

// limit returns about what the collateral allows to borrow at the oracle's price.
func (p *pair) limit(collateral *big.Int) *big.Int {
	m := p.markets[0]
	price, err := ask(m.Backend.Call, m.Oracle, alice, m.Params.Oracle, "price")
	require.NoError(p.t, err)
	v := new(big.Int).Mul(collateral, price[0].(*big.Int))
	v.Mul(v, m.Params.Lltv)
	return v.Div(v, new(big.Int).Exp(big.NewInt(10), big.NewInt(54), nil))
}

// authorizeBySignature has a user authorise another with a signature that is right in most cases.
func (p *pair) authorizeBySignature(r *rand.Rand, from common.Address) string {
	signer, m := r.IntN(len(p.users)), p.markets[0]
	nonce, err := m.Call(alice, "nonce", p.users[signer])
	require.NoError(p.t, err)
	separator, err := m.Call(alice, "DOMAIN_SEPARATOR")
	require.NoError(p.t, err)
	authorization := struct {
		Authorizer, Authorized common.Address
		IsAuthorized           bool
		Nonce, Deadline        *big.Int
	}{p.users[signer], p.users[r.IntN(len(p.users))], r.IntN(2) == 0, nonce[0].(*big.Int), new(big.Int).SetUint64(p.machines[0].Time())}
	switch r.IntN(8) {
	case 0:
		authorization.Nonce = big.NewInt(99)
	case 1:
		authorization.Deadline.Sub(authorization.Deadline, big.NewInt(1))
	case 2:
		signer = (signer + 1) % len(p.users)
	}
	domain := separator[0].([32]byte)
	yes := make([]byte, 32)
	if authorization.IsAuthorized {
		yes[31] = 1
	}
	content := crypto.Keccak256(
		crypto.Keccak256([]byte("Authorization(address authorizer,address authorized,bool isAuthorized,uint256 nonce,uint256 deadline)")),
		common.LeftPadBytes(authorization.Authorizer[:], 32), common.LeftPadBytes(authorization.Authorized[:], 32), yes,
		authorization.Nonce.FillBytes(make([]byte, 32)), authorization.Deadline.FillBytes(make([]byte, 32)))
	signed, err := crypto.Sign(crypto.Keccak256([]byte("\x19\x01"), domain[:], content), p.keys[signer])
	require.NoError(p.t, err)
	signature := struct {
		V    uint8
		R, S [32]byte
	}{27 + signed[64], [32]byte(signed[:32]), [32]byte(signed[32:64])}
	return p.both(from, "setAuthorizationWithSig", authorization, signature)
}

// run has the actor call the protocol on both machines.
func (p *pair) run(method string, args ...any) string {
	p.t.Helper()
	var outcomes [2]string
	for i, m := range p.markets {
		input, err := m.Protocol.ABI().Pack(method, args...)
		require.NoError(p.t, err)
		output, err := ask(m.Backend.Send, p.actor, alice, p.actorAt, "run", m.Address, input)
		outcomes[i] = p.outcome(i, output, err)
	}
	require.Equal(p.t, outcomes[0], outcomes[1], "%s%v", method, args)
	return outcomes[0]
}

// callbackData is what the actor is to call when it is called back.
func (p *pair) callbackData(to common.Address, input []byte) []byte {
	address, err := abi.NewType("address", "", nil)
	require.NoError(p.t, err)
	raw, err := abi.NewType("bytes", "", nil)
	require.NoError(p.t, err)
	data, err := abi.Arguments{{Type: address}, {Type: raw}}.Pack(to, input)
	require.NoError(p.t, err)
	return data
}

// flashLoan has the actor borrow a token for a call, accrue interest meanwhile and give it back.
func (p *pair) flashLoan(r *rand.Rand) string {
	m := p.markets[0]
	token := []common.Address{m.Params.LoanToken, m.Params.CollateralToken, bob}[r.IntN(3)]
	input, err := m.Protocol.ABI().Pack("accrueInterest", m.Params)
	require.NoError(p.t, err)
	return p.run("flashLoan", token, randomAmount(r, p.bits), p.callbackData(m.Address, input))
}

// payInCallback has the actor do something for a user and mint what it pays with only when it is called back.
func (p *pair) payInCallback(r *rand.Rand, onBehalf common.Address) (name, outcome string) {
	m := p.markets[0]
	assets := randomAmount(r, p.bits)
	token := m.Params.LoanToken
	method := []string{"repay", "supply", "supplyCollateral", "liquidate"}[r.IntN(4)]
	if method == "supplyCollateral" {
		token = m.Params.CollateralToken
	}
	input, err := m.Token.ABI().Pack("mint", p.actorAt, new(big.Int).Lsh(assets, 20))
	require.NoError(p.t, err)
	data := p.callbackData(token, input)
	switch method {
	case "supplyCollateral":
		return method + " by callback", p.run(method, m.Params, assets, onBehalf, data)
	case "liquidate":
		borrower := p.debtor(r, onBehalf)
		position, err := m.Call(alice, "position", m.ID, borrower)
		require.NoError(p.t, err)
		p.setPrice(big.NewInt(1e18))
		return method + " by callback", p.run(method, m.Params, borrower, part(r, position[2].(*big.Int)), new(big.Int), data)
	}
	return method + " by callback", p.run(method, m.Params, assets, new(big.Int), onBehalf, data)
}

// randomAmount makes an amount of up to n bits; now and then none, or more than a market holds.
func randomAmount(r *rand.Rand, n int) *big.Int {
	switch r.IntN(40) {
	case 0:
		return new(big.Int)
	case 1:
		return new(big.Int).Lsh(big.NewInt(1), 128)
	}
	v := new(big.Int).SetUint64(r.Uint64())
	v.Lsh(v, 64).Add(v, new(big.Int).SetUint64(r.Uint64()))
	return v.Rsh(v, uint(128-n+r.IntN(12)))
}

// part makes a part of what is held: all of it, one more, one less, or any.
func part(r *rand.Rand, held *big.Int) *big.Int {
	switch r.IntN(6) {
	case 0, 1:
		return held
	case 2:
		return new(big.Int).Add(held, big.NewInt(1))
	case 3:
		return new(big.Int).Abs(new(big.Int).Sub(held, big.NewInt(1)))
	}
	v := new(big.Int).Mul(held, big.NewInt(r.Int64N(1000)))
	return v.Div(v, big.NewInt(1000))
}

// randomPrice makes a price between 0.1 and 10 in most cases.
func randomPrice(r *rand.Rand) *big.Int {
	switch r.IntN(25) {
	case 0:
		return new(big.Int)
	case 1:
		return new(big.Int).Lsh(big.NewInt(1), 200)
	}
	v := new(big.Int).Exp(big.NewInt(10), big.NewInt(19), nil)
	return v.Mul(v, big.NewInt(1e17+r.Int64N(9e18)))
}

// TestStandInWalks runs the same random steps on the original and on the stand-in: every result, revert, event and
// every slot is the same after every step.
func TestStandInWalks(t *testing.T) {
	peers.Require(t, append(peers.MorphoContracts(), "MockMorphoActor")...)
	walks, steps := 200, 50
	if testing.Short() {
		walks = 20
	}
	worked, reverted := map[string]int{}, map[string]int{}
	for walk := range walks {
		r := rand.New(rand.NewPCG(3, uint64(walk)))
		config := peers.MorphoConfig{
			LLTV:  new(big.Int).Mul(big.NewInt([]int64{385, 625, 770, 860, 915, 945, 965, 980, 999, 0}[walk%10]), big.NewInt(1e15)),
			Price: new(big.Int).Exp(big.NewInt(10), big.NewInt(36), nil),
		}
		if walk%3 != 0 {
			config.Fee = big.NewInt(1 + r.Int64N(25e16))
		}
		p := newPair(t, config)
		if walk%4 == 1 {
			p.bits = 14 // so little that roundings are seen
		}
		m := p.markets[0]
		if walk%8 != 0 { // the others begin with nothing in the market
			p.both(p.users[0], "supply", m.Params, new(big.Int).Lsh(big.NewInt(1), uint(p.bits+5)), new(big.Int), p.users[0], []byte{})
			for _, user := range p.users {
				p.both(user, "supplyCollateral", m.Params, randomAmount(r, p.bits), user, []byte{})
			}
		}
		for range steps {
			name, outcome := p.step(r)
			if strings.HasPrefix(outcome, "revert") {
				reverted[name]++
			} else {
				worked[name]++
			}
			p.sameState()
		}
	}
	t.Logf("%d walks of %d steps, 0 differences", walks, steps)
	for _, name := range slices.Sorted(maps.Keys(worked)) {
		t.Logf("%-24s %5d worked, %5d reverted", name, worked[name], reverted[name])
	}
	if testing.Short() {
		return // too few walks for every operation to work
	}
	require.Len(t, worked, 20, "every operation worked at least once")
	require.Greater(t, worked["liquidate"], walks/4)
}

// The owner's calls, step by step.
func TestStandInOwner(t *testing.T) {
	peers.Require(t, append(peers.MorphoContracts(), "MockMorphoActor")...)
	p := newPair(t, peers.MorphoConfig{})
	m := p.markets[0]
	wad := big.NewInt(1e18)
	params := m.Params
	params.Lltv = big.NewInt(5e17)
	plain := params
	plain.Irm = common.Address{}
	for _, call := range []struct {
		from   common.Address
		method string
		args   []any
		want   string
	}{
		{bob, "setOwner", []any{bob}, "not owner"},
		{bob, "enableIrm", []any{bob}, "not owner"},
		{bob, "enableLltv", []any{wad}, "not owner"},
		{bob, "setFee", []any{m.Params, wad}, "not owner"},
		{bob, "setFeeRecipient", []any{bob}, "not owner"},
		{alice, "enableIrm", []any{m.Params.Irm}, "already set"},
		{alice, "enableLltv", []any{m.Params.Lltv}, "already set"},
		{alice, "enableLltv", []any{wad}, "max LLTV exceeded"},
		{bob, "createMarket", []any{params}, "LLTV not enabled"},
		{bob, "createMarket", []any{plain}, "IRM not enabled"},
		{alice, "enableLltv", []any{params.Lltv}, ""},
		{alice, "enableIrm", []any{plain.Irm}, ""},
		{bob, "createMarket", []any{params}, ""},
		{bob, "createMarket", []any{params}, "market already created"},
		{bob, "createMarket", []any{plain}, ""},
		{alice, "setFee", []any{params, new(big.Int)}, "already set"},
		{alice, "setFee", []any{params, wad}, "max fee exceeded"},
		{alice, "setFee", []any{peers.MarketParams{Lltv: wad}, wad}, "market not created"},
		{alice, "setFeeRecipient", []any{common.Address{}}, "already set"},
		{alice, "setOwner", []any{alice}, "already set"},
		{alice, "setOwner", []any{bob}, ""},
		{alice, "setFeeRecipient", []any{bob}, "not owner"},
		{bob, "setFeeRecipient", []any{bob}, ""},
		{bob, "accrueInterest", []any{plain}, ""},
	} {
		got := p.both(call.from, call.method, call.args...)
		require.Equal(t, call.want != "", strings.HasPrefix(got, "revert"), "%s: %s", call.method, got)
		require.Contains(t, got, fmt.Sprintf("%x", call.want), call.method)
		p.sameState()
	}
	for i, m := range p.markets {
		code, err := m.Protocol.Code(common.Address{})
		require.NoError(t, err)
		_, err = p.machines[i].Deploy(alice, code)
		require.ErrorContains(t, err, "zero address")
		code, err = m.RateModel.Code(common.Address{})
		require.NoError(t, err)
		_, err = p.machines[i].Deploy(alice, code)
		require.ErrorContains(t, err, "zero address")
		_, err = ask(m.Backend.Send, m.RateModel, bob, m.Params.Irm, "borrowRate", m.Params, noMarket)
		require.ErrorContains(t, err, "not Morpho")
	}
}

// noMarket is an empty market as the rate models take it.
var noMarket = struct {
	TotalSupplyAssets, TotalSupplyShares, TotalBorrowAssets, TotalBorrowShares, LastUpdate, Fee *big.Int
}{new(big.Int), new(big.Int), new(big.Int), new(big.Int), new(big.Int), new(big.Int)}

// The last debt can round up to more than the market is owed; what is written off stops at what is there.
func TestStandInBadDebtStopsAtTotal(t *testing.T) {
	p := newPair(t, peers.MorphoConfig{})
	m, user := p.markets[0], p.users[1]
	halves := func(high, low int64) common.Hash {
		n := new(big.Int).Lsh(big.NewInt(high), 128)
		return common.BigToHash(n.Add(n, big.NewInt(low)))
	}
	market := nested([32]byte{31: 3}, m.ID[:])
	position := nested(nested([32]byte{31: 2}, m.ID[:]), common.LeftPadBytes(user[:], 32))
	for _, e := range p.machines {
		e.SetStorage(m.Address, market, halves(1e9, 1000))
		e.SetStorage(m.Address, after(market), halves(1e9, 5))
		e.SetStorage(m.Address, after(position), halves(5, 1e9))
		_, err := ask(e.Send, m.Token, alice, m.Params.CollateralToken, "mint", m.Address, big.NewInt(5))
		require.NoError(t, err)
	}
	outcome := p.both(p.users[0], "liquidate", m.Params, user, big.NewInt(5), new(big.Int), []byte{})
	require.NotContains(t, outcome, "revert")
	p.sameState()
	liquidated := p.machines[1].Logs()[0]
	amounts, err := m.Protocol.ABI().Unpack("Liquidate", liquidated.Data)
	require.NoError(t, err)
	// 834166667 shares are 5.0000000019 assets, up 6, one more than the market is owed. The other shares would be one
	// asset, up, of none.
	require.Equal(t, "[6 834166667 5 0 165833333]", fmt.Sprint(amounts))
}
