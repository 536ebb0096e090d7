package anchor_test

import (
	"context"
	"encoding/hex"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/report"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/anchor"
	"github.com/gaib-go/gaib/internal/devnet/manager"
	"github.com/gaib-go/gaib/said"
)

const feeBps = 2000 // of the devnet's vault

var secret = []byte("known to everyone")

type world struct {
	*testing.T
	chain   *devnet.Chain
	who     devnet.Accounts
	anchor  anchor.Anchor
	vault   said.Vault
	books   manager.Vault
	history report.History
	supply  uint256.Int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	chain, err := devnet.New()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, chain.Close()) })
	who := chain.Accounts()
	a, deployment, err := anchor.Deploy(t.Context(), chain, gaib.Mainnet().AllowAssumed(), who.Carol.Address)
	require.NoError(t, err)
	vault := said.NewVault(deployment)
	w := &world{T: t, chain: chain, who: who, anchor: a, vault: vault, books: manager.NewVault(vault)}
	w.supply = w.state().TotalSupply
	return w
}

func (w *world) state() said.State {
	w.Helper()
	state, err := w.books.State().Call(w.Context(), w.chain.Client(), gaib.Latest)
	require.NoError(w, err)
	return state
}

// next is the next report: cash and two deals, one of them in stage 2, worth about nav AID a share.
func (w *world) next(nav, haircut float64, change func(*report.Header)) (*report.Report, *report.Deals) {
	w.Helper()
	shares := new(uint256.Int).Div(&w.supply, uint256.NewInt(1e12)).Uint64() // in units of Money
	cash, err := gpuasset.FromFloat(nav * float64(shares) / 1e6 / 2)
	require.NoError(w, err)
	last, previous := w.history.Last()
	header := report.Header{Issuer: "sample", Number: 1, Previous: previous, AsOf: gpuasset.DateOf(w.chain.Now()), Currency: "USD"}
	if last != nil {
		header.Number = last.Number + 1
	}
	change(&header)
	maturity := gpuasset.NewDate(2029, time.January, 1)
	r, deals, err := report.New(header, &portfolio.Portfolio{
		Cash: cash,
		SPs: []portfolio.SP{{ID: "SP1", Positions: []portfolio.Position{
			{Deal: "a", Outstanding: cash.MulDown(gpuasset.Bps(7500)), Stage: credit.Stage1, Maturity: maturity},
			{Deal: "b", Outstanding: cash.MulDown(gpuasset.Bps(2500)), Stage: credit.Stage2, Maturity: maturity},
			{Deal: "c", Stage: credit.Stage1, Maturity: maturity},
		}}},
		Shares: portfolio.Shares{Supply: w.supply},
	}, portfolio.Method{Haircut: [3]gpuasset.Ratio{0, gpuasset.Ratio(haircut * 1e18), gpuasset.One}}, secret, anchor.Keccak)
	require.NoError(w, err)
	return r, deals
}

func as(*report.Header) {}

func (w *world) sign(r *report.Report, by devnet.Account) []byte {
	w.Helper()
	signature, err := w.anchor.Sign(r, by)
	require.NoError(w, err)
	return signature
}

func (w *world) publish(r *report.Report, signature []byte) error {
	w.Helper()
	call, err := w.anchor.Publish(r, signature)
	require.NoError(w, err)
	return w.send(w.who.Alice, call) // anyone may bring it
}

func (w *world) send(from devnet.Account, call gaib.Call) error {
	w.Helper()
	_, err := gaib.Plan{call}.Simulate(w.Context(), w.chain.Client(), from.Address)
	if err != nil {
		return err
	}
	_, err = w.chain.Send(w.Context(), from, call.To, nil, call.Data)
	return err
}

// What is signed is what the contract hashes, with a real key and a real curve.
func TestSignature(t *testing.T) {
	w := newWorld(t)
	r, _ := w.next(1.06, .1, as)
	digest, err := r.Digest(w.anchor.Domain(), anchor.Keccak)
	require.NoError(t, err)
	signed, err := anchor.Signed(r)
	require.NoError(t, err)
	got, err := gaib.NewQuery(w.anchor.Contract(), anchor.AnchorDigest{Report: signed}).Call(t.Context(), w.chain.Client(), gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, common.Hash(digest), got)

	signature := w.sign(r, w.who.Carol)
	signer, err := r.Verify(w.anchor.Domain(), signature, anchor.Keccak, anchor.Recover, report.Address(w.who.Carol.Address))
	require.NoError(t, err)
	require.Equal(t, w.who.Carol.Address, common.Address(signer))
	_, err = r.Verify(w.anchor.Domain(), signature, anchor.Keccak, anchor.Recover, report.Address(w.who.Bob.Address))
	require.ErrorIs(t, err, report.ErrSigner)
	_, err = r.Verify(report.Domain{ChainID: 2, Contract: w.anchor.Domain().Contract}, signature, anchor.Keccak, anchor.Recover, report.Address(w.who.Carol.Address))
	require.ErrorIs(t, err, report.ErrSigner, "for another chain it is another's")
	clear(signature[:64])
	_, err = r.Verify(w.anchor.Domain(), signature, anchor.Keccak, anchor.Recover, report.Address(w.who.Carol.Address))
	require.ErrorIs(t, err, report.ErrSignature)
}

// A walk of reports up and down: after each the vault has the report's NAVs to the base unit, and the books that Feed gives.
func TestFeed(t *testing.T) {
	w := newWorld(t)
	r := rand.New(rand.NewPCG(13, 14))
	nav, up, down, haircut := 1.056, 0, 0, 0.0
	for i := range 40 {
		require.NoError(t, w.chain.Travel(24*time.Hour))
		made, _ := w.next(nav, haircut, as)
		before := w.state()
		target := said.NAV{Deposit: made.DepositNAV.Int(), Unstaking: made.UnstakingNAV.Int()}
		want, err := anchor.Feed(before, feeBps, target)
		require.NoError(t, err)
		require.NoError(t, w.publish(made, w.sign(made, w.who.Carol)), i)
		require.NoError(t, w.history.Add(made, anchor.Keccak))

		require.Equal(t, want.State, w.state(), i)
		got, err := w.vault.NAV().Call(t.Context(), w.chain.Client(), gaib.Latest)
		require.NoError(t, err)
		require.Equal(t, target, got, i)
		entry, err := w.anchor.Anchored(uint64(i+1)).Call(t.Context(), w.chain.Client(), gaib.Latest)
		require.NoError(t, err)
		signed, err := anchor.Signed(made)
		require.NoError(t, err)
		require.Equal(t, anchor.AnchorEntry{Report: signed, Signer: w.who.Carol.Address, PublishedAt: uint64(w.chain.Now().Unix())}, entry)
		if want.Gross.IsZero() {
			down++
		} else {
			up++
		}
		// Now and then somebody stakes, which changes the supply.
		if i%5 == 2 {
			token := aid.NewToken(gaib.Mainnet().AllowAssumed())
			amount := *uint256.NewInt(1 + r.Uint64N(1e18))
			require.NoError(t, w.send(w.who.Whale, token.Approve(w.vault.Contract().Address(), amount)))
			require.NoError(t, w.send(w.who.Whale, w.vault.Stake(amount, w.who.Whale.Address)))
			w.supply = w.state().TotalSupply
		}
		nav *= 1 + (r.Float64()-.45)*.05
		haircut = r.Float64() * float64(r.IntN(2))
	}
	require.Greater(t, up, 10)
	require.Greater(t, down, 5)

	latest, err := w.anchor.Latest().Call(t.Context(), w.chain.Client(), gaib.Latest)
	require.NoError(t, err)
	require.EqualValues(t, 40, latest)
	seen := 0
	for block, err := range gaib.Logs(t.Context(), w.chain.Client(), 1, gaib.Latest, w.anchor.Reports()) {
		require.NoError(t, err)
		for _, log := range block.Logs {
			require.NoError(t, log.Err)
			seen++
			require.EqualValues(t, seen, log.Event.(*anchor.AnchorReportAnchoredEvent).Number)
		}
	}
	require.Equal(t, 40, seen)
}

// The fees on the books are those of the yields that Feed names.
func TestFeedFees(t *testing.T) {
	w := newWorld(t)
	made, _ := w.next(1.07, 0, as)
	want, err := anchor.Feed(w.state(), feeBps, said.NAV{Deposit: made.DepositNAV.Int(), Unstaking: made.UnstakingNAV.Int()})
	require.NoError(t, err)
	fees := gaib.NewQuery(w.vault.Contract(), manager.VaultAccruedFees{})
	before, err := fees.Call(t.Context(), w.chain.Client(), gaib.Latest)
	require.NoError(t, err)
	require.NoError(t, w.publish(made, w.sign(made, w.who.Carol)))
	after, err := gaib.NewQuery(w.vault.Contract(), manager.VaultAccruedFees{}).Call(t.Context(), w.chain.Client(), gaib.Latest)
	require.NoError(t, err)
	require.False(t, want.Fee.IsZero())
	require.Equal(t, want.Fee, *new(uint256.Int).Sub(&after, &before))
}

// OpenZeppelin's MerkleProof takes the proofs, and no others.
func TestVerifyDeal(t *testing.T) {
	w := newWorld(t)
	made, deals := w.next(1.06, .1, as)
	require.NoError(t, w.publish(made, w.sign(made, w.who.Carol)))
	ask := func(number uint64, proof report.Proof) bool {
		query, err := w.anchor.VerifyDeal(number, proof)
		require.NoError(t, err)
		ok, err := query.Call(t.Context(), w.chain.Client(), gaib.Latest)
		require.NoError(t, err)
		return ok
	}
	for _, deal := range deals.List() {
		proof, err := deals.Prove(deal.SP, deal.ID)
		require.NoError(t, err)
		require.True(t, ask(1, proof))
		proof.Deal.Outstanding = proof.Deal.Outstanding.Add(gpuasset.Units(1))
		require.False(t, ask(1, proof))
	}
	query, err := w.anchor.VerifyDeal(2, report.Proof{Deal: deals.List()[0]})
	require.NoError(t, err)
	_, err = query.Call(t.Context(), w.chain.Client(), gaib.Latest)
	var unknown *anchor.AnchorUnknownReportError
	require.ErrorAs(t, err, &unknown)
	_, err = w.anchor.VerifyDeal(1, report.Proof{})
	var located *gpuasset.PathError
	require.ErrorAs(t, err, &located)
}

// Trees of many sizes against the same contract.
func TestMerkleProof(t *testing.T) {
	w := newWorld(t)
	for number, size := range []int{1, 2, 3, 4, 5, 7, 8, 9, 16, 33} {
		require.NoError(t, w.chain.Travel(24*time.Hour))
		var sp portfolio.SP
		sp.ID = "SP1"
		for i := range size {
			sp.Positions = append(sp.Positions, portfolio.Position{Deal: hex.EncodeToString([]byte{byte(i)}), Outstanding: gpuasset.Whole(1), Stage: credit.Stage1, Maturity: gpuasset.NewDate(2029, 1, 1)})
		}
		_, previous := w.history.Last()
		made, deals, err := report.New(report.Header{Issuer: "sample", Number: number + 1, Previous: previous, AsOf: gpuasset.DateOf(w.chain.Now()), Currency: "USD"},
			&portfolio.Portfolio{Cash: gpuasset.Whole(19_000_000), SPs: []portfolio.SP{sp}, Shares: portfolio.Shares{Supply: w.supply}}, portfolio.Method{}, secret, anchor.Keccak)
		require.NoError(t, err)
		require.NoError(t, w.publish(made, w.sign(made, w.who.Carol)))
		require.NoError(t, w.history.Add(made, anchor.Keccak))
		for _, deal := range deals.List() {
			proof, err := deals.Prove(deal.SP, deal.ID)
			require.NoError(t, err)
			query, err := w.anchor.VerifyDeal(uint64(number+1), proof)
			require.NoError(t, err)
			ok, err := query.Call(t.Context(), w.chain.Client(), gaib.Latest)
			require.NoError(t, err)
			require.True(t, ok, "%d of %d", size, number)
		}
	}
}

// What the contract refuses, by its typed error.
func TestRefused(t *testing.T) {
	w := newWorld(t)
	first, _ := w.next(1.06, 0, as)
	require.NoError(t, w.chain.Travel(48*time.Hour))
	require.NoError(t, w.publish(first, w.sign(first, w.who.Carol)))
	require.NoError(t, w.history.Add(first, anchor.Keccak))
	good, _ := w.next(1.07, 0, as)
	other := func(change func(*report.Header)) *report.Report { r, _ := w.next(1.07, 0, change); return r }
	carol, bob := w.who.Carol, w.who.Bob
	state := w.state()
	for name, test := range map[string]struct {
		report *report.Report
		by     devnet.Account
		want   any
	}{
		"twice":      {first, carol, new(*anchor.AnchorReportTwiceError)},
		"order":      {other(func(h *report.Header) { h.Number++ }), carol, new(*anchor.AnchorReportOutOfOrderError)},
		"previous":   {other(func(h *report.Header) { h.Previous[0] ^= 1 }), carol, new(*anchor.AnchorPreviousMismatchError)},
		"not later":  {other(func(h *report.Header) { h.AsOf = first.AsOf }), carol, new(*anchor.AnchorReportNotLaterError)},
		"the future": {other(func(h *report.Header) { h.AsOf = h.AsOf.AddMonths(1) }), carol, new(*anchor.AnchorReportFromTheFutureError)},
		"the signer": {good, bob, new(*anchor.AnchorNotASignerError)},
	} {
		require.ErrorAs(t, w.publish(test.report, w.sign(test.report, test.by)), test.want, name)
	}
	signature := w.sign(good, carol)
	require.ErrorAs(t, w.publish(good, signature[:64]), new(*gaib.ECDSAInvalidSignatureLengthError))
	broken := append([]byte(nil), signature...)
	broken[64] = 29
	require.ErrorAs(t, w.publish(good, broken), new(*gaib.ECDSAInvalidSignatureError))
	broken = append([]byte(nil), signature...)
	broken[32] = 0xff
	require.ErrorAs(t, w.publish(good, broken), new(*gaib.ECDSAInvalidSignatureSError))
	// NAVs that no report of the library has.
	signed, err := anchor.Signed(good)
	require.NoError(t, err)
	signed.UnstakingNav.AddUint64(&signed.DepositNav, 1)
	require.ErrorAs(t, w.send(bob, gaib.NewCall(w.anchor.Contract(), anchor.AnchorPublish{Report: signed, Signature: signature}, "publish")), new(*anchor.AnchorNavInvertedError))

	// The owner's side.
	require.ErrorAs(t, w.send(w.who.Manager, w.books.AccrueYield(*uint256.NewInt(1))), new(*gaib.OwnableUnauthorizedAccountError), "the anchor owns the vault")
	for _, call := range []gaib.Call{
		w.books.AccrueYield(*uint256.NewInt(1)), w.books.MarkDown(*uint256.NewInt(1)),
		gaib.NewCall(w.vault.Contract(), manager.VaultMarkUp{}, "mark up"), gaib.NewCall(w.vault.Contract(), manager.VaultRealizeLoss{}, "realise"),
	} {
		require.ErrorAs(t, w.send(w.who.Manager, w.anchor.Manage(call, "manage")), new(*anchor.AnchorNavByReportOnlyError))
	}
	fund := w.books.FundQueueFromIdle(*uint256.NewInt(5))
	require.ErrorAs(t, w.send(bob, w.anchor.Manage(fund, "fund the queue")), new(*gaib.OwnableUnauthorizedAccountError))
	require.Error(t, w.anchor.Manage(gaib.FailedCall(w.vault.Contract(), manager.VaultPause{}, context.Canceled), "pause").Err())
	require.Equal(t, state, w.state(), "nothing has changed")
	require.NoError(t, w.send(w.who.Manager, w.anchor.Manage(fund, "fund the queue")))
	liquidity, err := w.books.QueueLiquidity().Call(t.Context(), w.chain.Client(), gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, *uint256.NewInt(5), liquidity)
	huge := w.books.FundQueueFromIdle(*new(uint256.Int).SetAllOne())
	require.ErrorAs(t, w.send(w.who.Manager, w.anchor.Manage(huge, "fund the queue")), new(*anchor.VaultInsufficientIdleError), "the vault's own error")

	// A new signer, the old one gone.
	for account, allowed := range map[common.Address]bool{bob.Address: true, carol.Address: false} {
		require.NoError(t, w.send(w.who.Manager, gaib.NewCall(w.anchor.Contract(), anchor.AnchorSetSigner{Account: account, Allowed: allowed}, "set a signer")))
	}
	require.ErrorAs(t, w.publish(good, signature), new(*anchor.AnchorNotASignerError))
	require.NoError(t, w.publish(good, w.sign(good, bob)))
	require.ErrorAs(t, w.publish(good, w.sign(good, bob)), new(*anchor.AnchorReportTwiceError))
}

func TestFeedRefuses(t *testing.T) {
	state := said.State{TotalAssets: *uint256.NewInt(1e18), TotalSupply: *uint256.NewInt(1e18)}
	one, two := *uint256.NewInt(1e18), *uint256.NewInt(2e18)
	most := *new(uint256.Int).SetAllOne()
	_, err := anchor.Feed(state, 0, said.NAV{Deposit: one, Unstaking: two})
	require.ErrorIs(t, err, said.ErrNAVInverted)
	_, err = anchor.Feed(state, 10_000, said.NAV{Deposit: two, Unstaking: one})
	require.ErrorIs(t, err, said.ErrFee)
	_, err = anchor.Feed(said.State{TotalSupply: most}, 0, said.NAV{Deposit: one, Unstaking: one})
	require.ErrorIs(t, err, anchor.ErrOverflow)
	_, err = anchor.Feed(said.State{TotalSupply: two}, 0, said.NAV{Deposit: most, Unstaking: one})
	require.ErrorIs(t, err, anchor.ErrOverflow)
	_, err = anchor.Feed(said.State{TotalSupply: one}, 2000, said.NAV{Deposit: most, Unstaking: one})
	require.ErrorIs(t, err, anchor.ErrOverflow)
}

// Every line of the binding is in the compiled contract, with the same selector or topic.
func TestBinding(t *testing.T) {
	artifact, err := devnet.LoadArtifact("PortfolioAnchor")
	require.NoError(t, err)
	known := map[string]bool{}
	for _, method := range artifact.ABI.Methods {
		known["function "+method.Sig] = true
	}
	for _, event := range artifact.ABI.Events {
		known["event "+event.Sig] = true
	}
	for _, failure := range artifact.ABI.Errors {
		known["error "+failure.Sig] = true
	}
	for _, item := range anchor.AnchorItems() {
		require.True(t, known[item.Kind.String()+" "+item.Signature], "%s %s", item.Kind, item.Signature)
	}
}
