package gaib

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// What can be wrong with an address.
var (
	// ErrAddress: the text is not 0x and 40 hex digits.
	ErrAddress = errors.New("not an address")
	// ErrChecksum: the letters' case does not match EIP-55, so a digit is probably wrong. Copy it again from its source.
	ErrChecksum = errors.New("the address fails its EIP-55 checksum")
	// ErrZeroAddress: the zero address stands where a real one is needed.
	ErrZeroAddress = errors.New("the zero address cannot be used here")
)

// ParseAddress returns the address of a text of 0x and 40 hex digits. Text in mixed case must match its EIP-55
// checksum; text all in one case carries none and is taken. The zero address is refused.
// Errors: [ErrAddress], [ErrChecksum], [ErrZeroAddress].
func ParseAddress(text string) (common.Address, error) {
	if len(text) != 42 || text[:2] != "0x" || !common.IsHexAddress(text) {
		return common.Address{}, fmt.Errorf("%q is %w: want 0x and 40 hex digits", shorten(text), ErrAddress)
	}
	address := common.HexToAddress(text)
	if address == (common.Address{}) {
		return common.Address{}, fmt.Errorf("%s: %w", text, ErrZeroAddress)
	}
	digits := text[2:]
	if digits != strings.ToLower(digits) && digits != strings.ToUpper(digits) && address.Hex() != text {
		return common.Address{}, fmt.Errorf("%s: %w", text, ErrChecksum)
	}
	return address, nil
}
