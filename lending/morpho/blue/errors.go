package blue

import (
	"errors"
	"fmt"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/codec"
	"github.com/gaib-go/gaib/internal/fixed"
)

// Reverts of Morpho Blue. errors.Is finds them in a revert read from a node and in one predicted by [Market] alike.
var (
	// ErrMarketNotCreated: there is no market of these parameters. Check them, or create it.
	ErrMarketNotCreated = errors.New("the market does not exist; check its parameters")
	// ErrMarketAlreadyCreated: the market exists.
	ErrMarketAlreadyCreated = errors.New("the market exists already; use it")
	// ErrInconsistentInput: neither or both of assets and shares were given. Give one.
	ErrInconsistentInput = errors.New("give either assets or shares, not both and not neither")
	// ErrZeroAssets: the amount is zero.
	ErrZeroAssets = errors.New("the amount is zero")
	// ErrZeroAddress: the account, or the receiver, is the zero address.
	ErrZeroAddress = errors.New("the account or the receiver is the zero address")
	// ErrUnauthorized: the sender may not act for the account. Have the account authorise it.
	ErrUnauthorized = errors.New("the sender may not act for this account; have the account authorise it")
	// ErrInsufficientCollateral: the position would be unhealthy. Borrow or withdraw less, or add collateral.
	ErrInsufficientCollateral = errors.New("the position would be unhealthy; borrow or withdraw less, or add collateral")
	// ErrInsufficientLiquidity: more would be borrowed than is supplied. Take less.
	ErrInsufficientLiquidity = errors.New("the market has not enough left to lend or pay out; take less or wait for repayments")
	// ErrHealthyPosition: the position cannot be liquidated.
	ErrHealthyPosition = errors.New("the position is healthy and cannot be liquidated")
	// ErrMaxUint128: an amount does not fit the contract's uint128. Use a smaller one.
	ErrMaxUint128 = errors.New("the amount is 2^128 or more; use a smaller one")
	// ErrMaxFee: the fee is above a quarter.
	ErrMaxFee = errors.New("the fee is above 25 %")
	// ErrAlreadySet: the new value is the present one.
	ErrAlreadySet = errors.New("the value is the present one already")
	// ErrNotOwner: the sender is not the contract's owner.
	ErrNotOwner = errors.New("only the owner of the contract may do this")
	// ErrNotEnabled: the owner has not enabled this rate model or LLTV.
	ErrNotEnabled = errors.New("the rate model or the LLTV is not enabled; use an enabled one")
	// ErrSignature: the signature is not the authoriser's, is used up, or has expired. Have a new one signed.
	ErrSignature = errors.New("the signed authorisation is not valid any more or not by the authoriser; have a new one signed")
	// ErrTransfer: the token refused the transfer. Look at balance and allowance.
	ErrTransfer = errors.New("the token refused the transfer; look at balance and allowance")
	// ErrNoCode: a token of the market is not a contract.
	ErrNoCode = errors.New("a token of the market has no code")
	// ErrNegativeAnswer: a price feed of the oracle answers below zero.
	ErrNegativeAnswer = errors.New("a price feed answers below zero; wait for a valid price")
	// ErrSample: a vault's conversion sample is zero, or is not one although there is no vault.
	ErrSample = errors.New("the conversion sample must be positive, and one where there is no vault")
)

// Errors of this package that no contract gives.
var (
	// ErrState: the market or position holds what the contract cannot hold, such as a total of 2^128. Read it again.
	ErrState = errors.New("blue: no contract can be in this state; amounts are below 2^128 and the rate within the model's range")
	// ErrEvent: an event does not follow from the state that it is applied to. Read the state again at one block.
	ErrEvent = errors.New("blue: the event does not fit the state; read the state again at the event's block")
)

// ReasonError is a revert of Morpho, of its rate model or of its oracle that carries a text. It leads to the sentinel of
// that text.
type ReasonError struct {
	Text string // as the contract says it: "insufficient collateral"
}

// Error returns the contract's text, and what to do where that is known.
func (e *ReasonError) Error() string {
	if cause := reason(e.Text); cause != nil {
		return fmt.Sprintf("%q: %v", e.Text, cause)
	}
	return fmt.Sprintf("%q", e.Text)
}

// Unwrap returns the sentinel of the text, or nil.
func (e *ReasonError) Unwrap() error { return reason(e.Text) }

// The texts that the arithmetic gives itself.
const (
	textNotCreated   = "market not created"
	textInconsistent = "inconsistent input"
	textZeroAssets   = "zero assets"
	textCollateral   = "insufficient collateral"
	textLiquidity    = "insufficient liquidity"
	textHealthy      = "position is healthy"
	textUint128      = "max uint128 exceeded"
	textAlreadySet   = "already set"
	textMaxFee       = "max fee exceeded"
	textNegative     = "negative answer"
	textSampleZero   = "vault conversion sample is zero"
	textSampleNotOne = "vault conversion sample is not one"
)

func reason(text string) error {
	switch text {
	case textNotCreated:
		return ErrMarketNotCreated
	case "market already created":
		return ErrMarketAlreadyCreated
	case textInconsistent:
		return ErrInconsistentInput
	case textZeroAssets:
		return ErrZeroAssets
	case "zero address":
		return ErrZeroAddress
	case "unauthorized":
		return ErrUnauthorized
	case textCollateral:
		return ErrInsufficientCollateral
	case textLiquidity:
		return ErrInsufficientLiquidity
	case textHealthy:
		return ErrHealthyPosition
	case textUint128:
		return ErrMaxUint128
	case textMaxFee:
		return ErrMaxFee
	case textAlreadySet:
		return ErrAlreadySet
	case "not owner":
		return ErrNotOwner
	case "IRM not enabled", "LLTV not enabled", "max LLTV exceeded":
		return ErrNotEnabled
	case "invalid signature", "signature expired", "invalid nonce":
		return ErrSignature
	case "transfer reverted", "transfer returned false", "transferFrom reverted", "transferFrom returned false":
		return ErrTransfer
	case "no code":
		return ErrNoCode
	case textNegative:
		return ErrNegativeAnswer
	case textSampleZero, textSampleNotOne:
		return ErrSample
	}
	return nil
}

// DecodeError returns the [*ReasonError] of revert data that carry one of Morpho's texts, and nil otherwise. It is the
// gaib.ErrorDecoder of the contracts that this package binds.
func DecodeError(data []byte) error {
	if len(data) < 4 || [4]byte(data[:4]) != [4]byte{0x08, 0xc3, 0x79, 0xa0} {
		return nil
	}
	var text string
	decoder := codec.NewDecoder(len(data) - 4)
	if decoder.String(&text, data[4:], 0) != nil || reason(text) == nil {
		return nil
	}
	return &ReasonError{Text: text}
}

// because returns the revert of a reason, as a node's would decode.
func because(reason error) error { return &gaib.RevertError{Reason: reason} }

// fail returns the revert with a text.
func fail(text string) error { return because(&ReasonError{Text: text}) }

// Solidity's codes of Panic.
const (
	panicArithmetic = 0x11
	panicDivision   = 0x12
)

func panicked(code uint64) error {
	return because(&gaib.PanicError{Code: *uint256.NewInt(code)})
}

// revert returns what the contract does where the arithmetic fails with err.
func revert(err error) error {
	if errors.Is(err, fixed.ErrDivByZero) {
		return panicked(panicDivision)
	}
	return panicked(panicArithmetic)
}
