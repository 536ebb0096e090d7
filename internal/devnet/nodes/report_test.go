package nodes_test

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/report"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/anchor"
)

// report values a made-up portfolio, signs the report for this chain, anchors it, and finds both of its NAVs in the vault. It
// takes the vault over, so it comes last.
func (w *world) report() {
	artifact, err := devnet.LoadArtifact("PortfolioAnchor")
	require.NoError(w, err)
	signer, owner := w.who.Portfolio, w.who.Manager
	code := []byte(artifact.Bytecode)
	for _, argument := range []common.Address{w.vault.Address(), owner.Address, signer.Address} {
		code = append(code, common.LeftPadBytes(argument[:], 32)...)
	}
	deployment := w.deployment.With(anchor.Name, gaib.Entry{Address: w.create(owner, code)})
	a := anchor.New(deployment)
	take := gaib.NewCall(w.vault.Contract(), anchor.VaultTransferOwnership{NewOwner: a.Contract().Address()}, "hand the vault over")
	w.carryOut(owner, gaib.Plan{take})

	supply := read(w, w.vault.TotalSupply())
	whole := new(uint256.Int).Div(&supply, uint256.NewInt(1e12)).Uint64() // shares in units of Money
	cash, err := gpuasset.FromFloat(1.1 * float64(whole) / 1e6 / 2)
	require.NoError(w, err)
	maturity := gpuasset.DateOf(w.now()).AddMonths(24)
	held := &portfolio.Portfolio{
		Cash: cash,
		SPs: []portfolio.SP{{ID: "SP1", Positions: []portfolio.Position{
			{Deal: "a", Outstanding: cash.MulDown(gpuasset.Bps(7500)), Stage: credit.Stage1, Maturity: maturity},
			{Deal: "b", Outstanding: cash.MulDown(gpuasset.Bps(2500)), Stage: credit.Stage2, Maturity: maturity},
		}}},
		Shares: portfolio.Shares{Supply: supply},
	}
	header := report.Header{Issuer: "sample", Number: 1, AsOf: gpuasset.DateOf(w.now()), Currency: "USD"}
	made, _, err := report.New(header, held, portfolio.Method{Haircut: [3]gpuasset.Ratio{0, gpuasset.One / 10, gpuasset.One}}, []byte("known to everyone"), anchor.Keccak)
	require.NoError(w, err)
	deposit, unstaking := made.DepositNAV.Int(), made.UnstakingNAV.Int()
	require.True(w, unstaking.Lt(&deposit))

	forged, err := a.Sign(made, w.who.Carol)
	require.NoError(w, err)
	call, err := a.Publish(made, forged)
	require.NoError(w, err)
	_, err = gaib.Plan{call}.Simulate(w.Context(), w.client, w.who.Alice.Address)
	var stranger *anchor.AnchorNotASignerError
	require.ErrorAs(w, err, &stranger)
	require.Equal(w, w.who.Carol.Address, stranger.Account)

	signature, err := a.Sign(made, signer)
	require.NoError(w, err)
	call, err = a.Publish(made, signature)
	require.NoError(w, err)
	receipts := w.carryOut(w.who.Alice, gaib.Plan{call}) // anyone may bring it
	logs := receipts[0].Decode(a.Reports())
	require.Len(w, logs, 1)
	nav := read(w, w.vault.NAV())
	w.same(deposit, nav.Deposit, "Deposit NAV")
	w.same(unstaking, nav.Unstaking, "Unstaking NAV")
	require.Equal(w, uint64(1), read(w, a.Latest()))
	entry := read(w, a.Anchored(1))
	require.Equal(w, made.AsOf.Time().Unix(), int64(entry.Report.AsOf))
	require.Equal(w, signer.Address, entry.Signer)
}
