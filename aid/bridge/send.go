package bridge

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
)

// Transfer is an amount of AID to be moved to another chain.
type Transfer struct {
	Destination uint32         // endpoint id, see [EndpointID]
	To          common.Address // who gets it there
	Amount      uint256.Int
	Min         uint256.Int // the least that must arrive; in [OFT.PlanSend] zero stands for what was quoted
	Options     []byte      // for LayerZero, such as [ReceiveGas]; nil where the bridge sets its own
}

func (t Transfer) param() contract.BridgeSendParam {
	return contract.BridgeSendParam{DstEid: t.Destination, To: wide(t.To), AmountLD: t.Amount, MinAmountLD: t.Min, ExtraOptions: t.Options}
}

// Deduction is a fee that a bridge takes of the amount, or a bonus, in the bridge's words.
type Deduction struct {
	Negative bool
	Amount   uint256.Int
	Text     string
}

// Quote is what a transfer comes to at one block.
type Quote struct {
	Fee        uint256.Int // wei of the source chain's coin, to be sent along
	Sent       uint256.Int // AID taken from the sender
	Received   uint256.Int // AID given on the other chain
	Dust       uint256.Int // AID of the amount that stays with the sender: Amount - Sent
	Min, Max   uint256.Int // AID that the bridge takes in one transfer
	Deductions []Deduction // part of Sent - Received
}

// Quote reads what a transfer comes to. It fails with a [*LimitError] on an amount that the bridge does not take, with [ErrDust]
// when nothing of it would be sent, with [gaib.ErrBadAnswer] when the bridge would take more than the amount, and as the bridge
// itself: *contract.BridgeSlippageExceededError when less than the transfer's minimum would arrive,
// *contract.BridgeNoPeerError when it does not go to the destination, *contract.BridgeAmountSDOverflowedError.
func (o OFT) Quote(transfer Transfer) *gaib.Query[Quote] {
	amounts := gaib.NewQuery(o.contract, contract.BridgeQuoteOFT{SendParam: transfer.param()})
	fee := gaib.NewQuery(o.contract, contract.BridgeQuoteSend{SendParam: transfer.param()})
	return gaib.Group(func() (Quote, error) {
		oft := amounts.Value()
		q := Quote{Fee: fee.Value().NativeFee, Sent: oft.OftReceipt.AmountSentLD, Received: oft.OftReceipt.AmountReceivedLD,
			Min: oft.OftLimit.MinAmountLD, Max: oft.OftLimit.MaxAmountLD}
		for _, detail := range oft.OftFeeDetails {
			deduction := Deduction{Negative: detail.FeeAmountLD.Sign() < 0, Text: detail.Description}
			deduction.Amount.Abs(&detail.FeeAmountLD)
			q.Deductions = append(q.Deductions, deduction)
		}
		switch _, below := q.Dust.SubOverflow(&transfer.Amount, &q.Sent); {
		case transfer.Amount.Lt(&q.Min) || transfer.Amount.Gt(&q.Max):
			return Quote{}, &LimitError{transfer.Amount, q.Min, q.Max}
		case below:
			return Quote{}, fmt.Errorf("the bridge would take %s for %s: %w", aid.Format(q.Sent), aid.Unit().Format(transfer.Amount), gaib.ErrBadAnswer)
		case q.Sent.IsZero() || q.Received.IsZero():
			return Quote{}, fmt.Errorf("%s: %w", aid.Unit().Format(transfer.Amount), ErrDust)
		}
		return q, nil
	}, amounts, fee)
}

// Send starts a transfer and pays a fee in wei for it; what LayerZero does not need of it goes back to the refund address.
// AID is taken from the sender, who must have approved it where the bridge requires that. The transfer's minimum is taken
// as it is.
func (o OFT) Send(transfer Transfer, fee uint256.Int, refund common.Address) gaib.Call {
	function := contract.BridgeSend{SendParam: transfer.param(), Fee: contract.BridgeMessagingFee{NativeFee: fee}, RefundAddress: refund}
	if transfer.To == (common.Address{}) || refund == (common.Address{}) {
		return gaib.FailedCall(o.contract, function, fmt.Errorf("receiver and refund address: %w", gaib.ErrZeroAddress))
	}
	text := fmt.Sprintf("send %s to %s on %s, where at least %s must arrive", aid.Unit().Format(transfer.Amount), transfer.To, nameOf(transfer.Destination), aid.Format(transfer.Min))
	return gaib.NewCall(o.contract, function, text).WithValue(fee)
}

// nameOf returns a chain's name, as far as the address book has it.
func nameOf(eid uint32) string {
	for _, id := range gaib.ChainIDs() {
		if known, ok := EndpointID(id); ok && known == eid {
			deployment, _ := gaib.On(id)
			return deployment.Chain()
		}
	}
	return fmt.Sprintf("LayerZero's chain %d", eid)
}

// PlanSend returns what a transfer of an account comes to, and the shortest plan for it: an approval if the bridge needs
// one that is missing, and the transfer with the quoted fee. Dust is left out, so that the account keeps it. It takes two requests
// and fails like [OFT.Quote], with [ErrToken] and [ErrSameChain], and on a balance that is too low
// (*gaib.ERC20InsufficientBalanceError).
//
// The fee is that of the block read. It moves with gas prices; what is too much comes back, what is too little fails
// (*contract.EndpointLZInsufficientFeeError). To pay more, build the call by [OFT.Send].
func (o OFT) PlanSend(ctx context.Context, client gaib.Client, account common.Address, transfer Transfer) (Quote, gaib.Plan, error) {
	failed := func(err error) (Quote, gaib.Plan, error) {
		return Quote{}, nil, fmt.Errorf("send over the bridge: %w", err)
	}
	if account == (common.Address{}) || transfer.To == (common.Address{}) {
		return failed(gaib.ErrZeroAddress)
	}
	token, endpoint := o.Token(), o.EndpointAddress()
	if _, err := gaib.Read(ctx, client, gaib.Latest, token, endpoint); err != nil {
		return failed(err)
	}
	if token.Value() != o.aid.Address() {
		return failed(fmt.Errorf("it bridges %s: %w", token.Value(), ErrToken))
	}
	quoted, approval := o.Quote(transfer), o.ApprovalRequired()
	balance, allowance := o.aid.BalanceOf(account), o.aid.Allowance(account, o.contract.Address())
	here := gaib.NewQuery(o.endpointAt(endpoint.Value()), contract.EndpointEid{})
	_, err := gaib.Read(ctx, client, gaib.Latest, here, quoted, approval, balance, allowance)
	if here.Err() == nil && here.Value() == transfer.Destination {
		err = ErrSameChain
	}
	if err != nil {
		return failed(err)
	}
	quote := quoted.Value()
	if transfer.Amount = quote.Sent; transfer.Min.IsZero() {
		transfer.Min = quote.Received
	}
	if have := balance.Value(); have.Lt(&quote.Sent) {
		return failed(&gaib.ERC20InsufficientBalanceError{Sender: account, Balance: have, Needed: quote.Sent})
	}
	var plan gaib.Plan
	if approval.Value() {
		plan = o.aid.ApprovePlan(o.contract, allowance.Value(), quote.Sent)
	}
	plan = append(plan, o.Send(transfer, quote.Fee, account))
	return quote, plan, plan.Err()
}

// ReadCall returns the call that calldata of the bridge make, see [gaib.ReadBack]. A transfer with a call for the receiver is not
// this package's, and is not known.
func (o OFT) ReadCall(from common.Address, data []byte) (gaib.Call, bool) {
	var send contract.BridgeSend
	if send.Decode(data) != nil {
		return gaib.Call{}, false
	}
	param := send.SendParam
	to, ok := narrow(param.To)
	if !ok || len(param.ComposeMsg)+len(param.OftCmd) > 0 || !send.Fee.LzTokenFee.IsZero() {
		return gaib.Call{}, false
	}
	transfer := Transfer{Destination: param.DstEid, To: to, Amount: param.AmountLD, Min: param.MinAmountLD, Options: param.ExtraOptions}
	call := o.Send(transfer, send.Fee.NativeFee, send.RefundAddress)
	if send.RefundAddress != from {
		call = call.Note("; what is left of the fee goes to " + send.RefundAddress.Hex())
	}
	return call, true
}
