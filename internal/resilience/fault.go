package resilience

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/gaib-go/gaib/internal/node"
)

// Fault is a kind of failure of a request.
type Fault uint8

// The kinds of failure. None is no failure; Other is one of no known kind, such as a refusal of the request by the node.
const (
	None        Fault = iota
	Other             // final
	Cancelled         // the caller's context ended
	Reverted          // the contract reverted
	Unsupported       // the node does not know the method
	Refused           // a key, permission or form that the node does not accept
	TooLarge          // a smaller request may succeed
	RateLimited       // the same request may succeed later
	Timeout           // no answer in time
	Network           // no answer: a connection that was refused or broke, half a reply
	Server            // the node or a proxy before it failed inside
	Missing           // the node does not have the block, or its state
	BadAnswer         // an answer that cannot be right
)

var faultNames = [...]string{"none", "other", "cancelled", "reverted", "unsupported", "refused", "too large", "rate limited", "timeout", "network", "server", "missing", "bad answer"}

// String returns the kind in words.
func (f Fault) String() string {
	if int(f) < len(faultNames) {
		return faultNames[f]
	}
	return "fault " + strconv.Itoa(int(f))
}

// Retryable tells whether the same request may succeed later or at another node.
func (f Fault) Retryable() bool { return f >= RateLimited }

// ownFault tells whether a fault is one of the node rather than of what was asked.
func (f Fault) ownFault() bool { return f.Retryable() && f != Missing }

var (
	rateTexts = []string{"rate limit", "ratelimit", "too many requests", "request limit", "requests per second", "compute units", "throughput",
		"capacity", "quota", "credits", "slow down", "daily request count"}
	timeoutTexts = []string{"timeout", "timed out", "deadline exceeded"}
	missingTexts = []string{"header not found", "header for hash not found", "block not found", "unknown block", "could not find block", "not currently canonical",
		"resource not found", "blockoutofrange", "invalid block tag", "missing trie node", "state not available", "historical state", "pruned",
		"block range extends beyond", "beyond current head", "invalid block range", "is not available"}
	serverTexts = []string{"internal error", "internal server", "service unavailable", "bad gateway", "gateway", "upstream", "overloaded", "busy",
		"try again", "temporar", "backend", "not ready", "starting up", "syncing"}
	networkTexts = []string{"connection", "broken pipe", "unexpected eof", "websocket: close", "stream error", "goaway", "no such host", "network is", "server closed", "client reconnected"}
	garbageTexts = []string{"has no result", "cannot unmarshal", "missing 0x prefix", "hex string", "invalid hex", "hex number"}
)

func contains(text string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// Classify returns the kind of a failure.
func Classify(err error) Fault {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var timed interface{ Timeout() bool }
	var coded interface{ ErrorCode() int }
	switch {
	case err == nil:
		return None
	case errors.Is(err, context.Canceled):
		return Cancelled
	case errors.Is(err, node.ErrBadAnswer):
		return BadAnswer
	case errors.Is(err, node.ErrNoBlock):
		return Missing
	}
	text := strings.ToLower(err.Error())
	if errors.As(err, &coded) {
		return ofReply(err, coded.ErrorCode(), text)
	}
	if status := httpStatus(err); status != 0 {
		return ofStatus(status)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timed) && timed.Timeout():
		return Timeout
	case errors.As(err, &syntax), contains(text, []string{"invalid character", "unexpected end of json"}):
		return Server // no JSON: a page of a proxy, or the half of a reply
	case errors.As(err, &kind):
		return BadAnswer
	case timed != nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), contains(text, networkTexts):
		return Network
	case contains(text, garbageTexts):
		return BadAnswer
	case contains(text, timeoutTexts):
		return Timeout
	}
	return Other
}

// ofReply is for an error reply, which is from the node itself or a service before it.
func ofReply(err error, code int, text string) Fault {
	if _, reverted := node.RevertData(err); reverted {
		return Reverted
	}
	switch {
	case contains(text, rateTexts) || code == 429:
		return RateLimited
	case contains(text, missingTexts) && !strings.Contains(text, "does not exist/is not available"):
		return Missing
	case node.IsUnsupported(err):
		return Unsupported
	case node.IsLimit(err) && contains(text, timeoutTexts):
		return Timeout
	case node.IsLimit(err):
		return TooLarge
	case code == -32600, code == -32602, code == -32700, contains(text, []string{"unauthorized", "forbidden", "api key", "access denied"}):
		return Refused
	case contains(text, timeoutTexts):
		return Timeout
	case code == -32603, contains(text, serverTexts), contains(text, networkTexts):
		return Server
	}
	return Other
}

// httpStatus returns the status of an HTTP error, whose text starts with it ("429 Too Many Requests: …"); 0 for none.
func httpStatus(err error) int {
	for ; err != nil; err = errors.Unwrap(err) {
		text := err.Error()
		if len(text) < 3 || len(text) > 3 && text[3] != ' ' {
			continue
		}
		if status, err := strconv.Atoi(text[:3]); err == nil && status >= 400 && status < 600 {
			return status
		}
	}
	return 0
}

func ofStatus(status int) Fault {
	switch {
	case status == 429:
		return RateLimited
	case status == 408 || status == 504:
		return Timeout
	case status == 413:
		return TooLarge
	case status >= 500, status == 425:
		return Server
	}
	return Refused
}

// Retryable tells whether the same request may succeed later or at another node.
func Retryable(err error) bool { return Classify(err).Retryable() }

// Splittable tells whether a smaller request may succeed: the node said so, or ran out of time.
func Splittable(err error) bool {
	fault := Classify(err)
	return fault == TooLarge || fault == Timeout || fault == Other && node.IsLimit(err)
}

// NoBlock returns err as node.ErrNoBlock when it says that the node does not have the block.
func NoBlock(err error) error {
	if Classify(err) == Missing && !errors.Is(err, node.ErrNoBlock) {
		return fmt.Errorf("%w: %w", node.ErrNoBlock, err)
	}
	return err
}
