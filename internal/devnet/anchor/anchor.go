package anchor

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/gpuasset/report"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/said"
	"github.com/gaib-go/gaib/said/contract"
)

// Name is the anchor's name in a deployment.
const Name gaib.Name = "PortfolioAnchor"

// Anchor reads an anchor and makes its calls.
type Anchor struct{ contract gaib.Contract }

// New returns the anchor of a deployment.
func New(deployment gaib.Deployment) Anchor {
	return Anchor{deployment.Contract(Name, DecodeAnchorError, DecodeVaultError, contract.DecodeVaultError)}
}

// Deploy deploys an anchor with one signer, owned by the devnet's manager, makes it the owner of the sAID vault, and returns it with the
// deployment that it is in.
func Deploy(ctx context.Context, chain *devnet.Chain, deployment gaib.Deployment, signer common.Address) (Anchor, gaib.Deployment, error) {
	artifact, err := devnet.LoadArtifact("PortfolioAnchor")
	if err != nil {
		return Anchor{}, deployment, err
	}
	vault, manager := devnet.Addresses().SAID, chain.Accounts().Manager
	code := []byte(artifact.Bytecode)
	for _, argument := range []common.Address{vault, manager.Address, signer} {
		code = append(code, common.LeftPadBytes(argument[:], 32)...)
	}
	address, _, err := chain.Deploy(ctx, manager, code)
	if err != nil {
		return Anchor{}, deployment, fmt.Errorf("anchor: deploy: %w", err)
	}
	data, err := VaultTransferOwnership{NewOwner: address}.Encode()
	if err != nil {
		return Anchor{}, deployment, err
	}
	if _, err := chain.Send(ctx, manager, vault, nil, data); err != nil {
		return Anchor{}, deployment, fmt.Errorf("anchor: take over the vault: %w", err)
	}
	deployment = deployment.With(Name, gaib.Entry{Address: address, Evidence: gaib.Assumed})
	return New(deployment), deployment, nil
}

// Contract returns the contract, for [gaib.Probe].
func (a Anchor) Contract() gaib.Contract { return a.contract }

// Items returns the binding's items, for [gaib.Probe].
func (a Anchor) Items() []gaib.Item { return AnchorItems() }

// Domain returns what a signature for this anchor is for.
func (a Anchor) Domain() report.Domain {
	return report.Domain{ChainID: a.contract.ChainID(), Contract: report.Address(a.contract.Address())}
}

// Latest reads the number of the last report, zero before the first.
func (a Anchor) Latest() *gaib.Query[uint64] { return gaib.NewQuery(a.contract, AnchorLatest{}) }

// Anchored reads a report as it was anchored.
func (a Anchor) Anchored(number uint64) *gaib.Query[AnchorEntry] {
	return gaib.NewQuery(a.contract, AnchorAnchored{Number: number})
}

// VerifyDeal reads whether the deal of a proof stood behind a report. It fails with a [*gpuasset.PathError] for a deal out of form.
func (a Anchor) VerifyDeal(number uint64, proof report.Proof) (*gaib.Query[bool], error) {
	content, err := proof.Deal.Content(Keccak)
	if err != nil {
		return nil, err
	}
	siblings := make([]common.Hash, len(proof.Siblings))
	for i, sibling := range proof.Siblings {
		siblings[i] = common.Hash(sibling)
	}
	return gaib.NewQuery(a.contract, AnchorVerifyDeal{Number: number, Content: common.Hash(content), Proof: siblings}), nil
}

// Reports are the reports as they are anchored.
func (a Anchor) Reports() *gaib.Events[AnchorReportAnchoredEvent] {
	return gaib.NewEvents[AnchorReportAnchoredEvent](a.contract)
}

// Publish anchors a signed report and brings the vault's NAVs to the report's. It fails as [report.Report.Validate] does.
func (a Anchor) Publish(r *report.Report, signature []byte) (gaib.Call, error) {
	signed, err := Signed(r)
	if err != nil {
		return gaib.Call{}, err
	}
	text := fmt.Sprintf("anchor portfolio report %d as of %s: Deposit NAV %s, Unstaking NAV %s", r.Number, r.AsOf, said.Format(signed.DepositNav), said.Format(signed.UnstakingNav))
	return gaib.NewCall(a.contract, AnchorPublish{Report: signed, Signature: signature}, text), nil
}

// Manage makes a call of the vault through the anchor, which owns it; calls that change a NAV are refused by [AnchorNavByReportOnlyError].
func (a Anchor) Manage(call gaib.Call, text string) gaib.Call {
	if err := call.Err(); err != nil {
		return gaib.FailedCall(a.contract, AnchorManage{}, err)
	}
	return gaib.NewCall(a.contract, AnchorManage{Data: call.Data}, text)
}

// Signed returns the part of a report that is signed and anchored. It fails as [report.Report.Validate] does.
func Signed(r *report.Report) (AnchorReport, error) {
	content, err := r.Hash(Keccak)
	if err != nil {
		return AnchorReport{}, err
	}
	return AnchorReport{
		Number: uint64(r.Number), Previous: common.Hash(r.Previous), AsOf: uint64(r.AsOf.Time().Unix()),
		DepositNav: r.DepositNAV.Int(), UnstakingNav: r.UnstakingNAV.Int(), Shares: r.Shares.Int(),
		Deals: uint32(r.Deals), DealsRoot: common.Hash(r.Root), Content: common.Hash(content),
	}, nil
}

// Sign returns a devnet account's signature of a report for this anchor.
func (a Anchor) Sign(r *report.Report, signer devnet.Account) ([]byte, error) {
	digest, err := r.Digest(a.Domain(), Keccak)
	if err != nil {
		return nil, err
	}
	signature, err := signer.SignDigest(common.Hash(digest))
	if err != nil {
		return nil, err
	}
	signature[64] += 27 // as wallets write it and the contract takes it
	return signature, nil
}

// Keccak is the hash function of Ethereum, a [report.Hasher].
func Keccak(data []byte) [32]byte { return crypto.Keccak256Hash(data) }

// Recover recovers a signer on secp256k1, a [report.Recover].
func Recover(digest report.Hash, signature []byte) (report.Address, error) {
	key, err := crypto.SigToPub(digest[:], signature)
	if err != nil {
		return report.Address{}, err
	}
	return report.Address(crypto.PubkeyToAddress(*key)), nil
}

// ErrOverflow: a figure does not fit 256 bits, where the contract would revert.
var ErrOverflow = errors.New("anchor: more than 256 bits")

// Fed is what a report does to the vault's books.
type Fed struct {
	State said.State
	Gross uint256.Int // yield booked before the vault's fee
	Fee   uint256.Int
}

// Feed returns the books after a report's NAVs have been fed to a vault that keeps feeBps of its yield, as the contract does it:
//
//	A' = ceil(deposit * (S + 1) / 1e18) - 1, and likewise A' - L' for the Unstaking NAV
//	a gain is booked as floor((A' - A) * 10000 / (10000 - feeBps)) of gross yield, a fall as a realised loss
//
// It fails with [said.ErrNAVInverted] or [said.ErrNAVZero] for NAVs that cannot be, with [said.ErrFee], and with [ErrOverflow].
func Feed(state said.State, feeBps uint64, nav said.NAV) (Fed, error) {
	if err := nav.Check(); err != nil {
		return Fed{}, err
	}
	if feeBps >= 10_000 {
		return Fed{}, fmt.Errorf("anchor: a fee of %d basis points leaves nothing to feed: %w", feeBps, said.ErrFee)
	}
	deposit, err := assetsFor(nav.Deposit, state.TotalSupply)
	if err != nil {
		return Fed{}, err
	}
	unstaking, err := assetsFor(nav.Unstaking, state.TotalSupply)
	if err != nil {
		return Fed{}, err
	}
	out := Fed{State: state}
	var change uint256.Int
	switch deposit.Cmp(&state.TotalAssets) {
	case 1:
		change.Sub(&deposit, &state.TotalAssets)
		if _, overflow := out.Gross.MulDivOverflow(&change, uint256.NewInt(10_000), uint256.NewInt(10_000-feeBps)); overflow {
			return Fed{}, fmt.Errorf("%w: the yield", ErrOverflow)
		}
		out.State, out.Fee, err = out.State.AccrueYield(out.Gross, feeBps)
	case -1:
		change.Sub(&state.TotalAssets, &deposit)
		if state.UnrealizedLoss.Lt(&change) {
			var more uint256.Int
			more.Sub(&change, &state.UnrealizedLoss)
			if out.State, err = out.State.MarkDown(more); err != nil {
				return Fed{}, err
			}
		}
		out.State, err = out.State.RealizeLoss(change)
	}
	if err != nil {
		return Fed{}, err
	}
	var loss uint256.Int
	loss.Sub(&deposit, &unstaking)
	if loss.Gt(&out.State.UnrealizedLoss) {
		change.Sub(&loss, &out.State.UnrealizedLoss)
		out.State, err = out.State.MarkDown(change)
	} else {
		change.Sub(&out.State.UnrealizedLoss, &loss)
		out.State, err = out.State.MarkUp(change)
	}
	return out, err
}

// assetsFor returns the least assets at which 1e18 of the shares are worth nav.
func assetsFor(nav, supply uint256.Int) (assets uint256.Int, err error) {
	one := uint256.NewInt(1e18)
	shares := new(uint256.Int).AddUint64(&supply, 1)
	if _, overflow := assets.MulDivOverflow(&nav, shares, one); overflow || shares.IsZero() {
		return uint256.Int{}, fmt.Errorf("%w: the assets", ErrOverflow)
	}
	// Rounded up and less the vault's virtual asset is the same as rounded down, unless the quotient is exact.
	if rest := new(uint256.Int).MulMod(&nav, shares, one); rest.IsZero() && !assets.IsZero() {
		assets.SubUint64(&assets, 1)
	}
	return assets, nil
}
