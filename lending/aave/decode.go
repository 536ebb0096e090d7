package aave

import (
	"errors"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending/aave/contract"
	"github.com/gaib-go/gaib/lending/aave/core"
)

// DecodeError returns the [*core.RevertError] of revert data of either revision, nil when the data are no error that this
// package knows. It is a [gaib.ErrorDecoder].
func DecodeError(data []byte) error {
	var text *gaib.RevertString
	if errors.As(gaib.DecodeRevert(data), &text) {
		return core.Refusal(text.Text, nil)
	}
	typed := contract.DecodePoolError(data)
	if named, ok := typed.(interface{ Item() gaib.Item }); ok {
		if refusal := core.Refusal(named.Item().Name, typed); refusal != nil {
			return refusal
		}
	}
	return typed
}
