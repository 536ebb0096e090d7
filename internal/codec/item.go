package codec

import "github.com/ethereum/go-ethereum/common"

// Evidence says how well a part of a contract's interface is known. The zero value is the most careful one.
type Evidence uint8

// The four levels, least certain first.
const (
	// Assumed marks what no public source states: a program must opt in before it relies on it.
	Assumed Evidence = iota
	// Reported marks what a secondary source states: an explorer, an audit, documentation.
	Reported
	// Standard marks what a published standard fixes for this kind of contract.
	Standard
	// Confirmed marks what verified source code or the chain itself shows.
	Confirmed
)

// String returns the word that an .abi file uses for the level; "unknown" for a value that is no level.
func (e Evidence) String() string {
	switch e {
	case Assumed:
		return "assumed"
	case Reported:
		return "reported"
	case Standard:
		return "standard"
	case Confirmed:
		return "confirmed"
	}
	return "unknown"
}

// Kind says what an Item is.
type Kind uint8

// The three kinds of item that a contract's interface has.
const (
	// Function is a callable function; Item.Selector starts its calldata.
	Function Kind = iota
	// Event is a log; Item.Topic is its first topic unless the event is anonymous.
	Event
	// Error is a custom error; Item.Selector starts the revert data.
	Error
)

// String returns the keyword that an .abi file uses for the kind; "unknown" for a value that is no kind.
func (k Kind) String() string {
	switch k {
	case Function:
		return "function"
	case Event:
		return "event"
	case Error:
		return "error"
	}
	return "unknown"
}

// Item describes one function, event or error of a contract.
type Item struct {
	Kind      Kind
	Name      string      // as the contract writes it, e.g. "transfer"
	Signature string      // canonical, e.g. "transfer(address,uint256)"
	Selector  [4]byte     // functions and errors; zero for events
	Topic     common.Hash // events: keccak256 of Signature, also when the event is anonymous; zero otherwise
	Evidence  Evidence
	ReadOnly  bool // functions: view or pure
	Payable   bool // functions: accepts value
}
