package node

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// rpcError and dataError are what JSON-RPC clients give for an error reply; go-ethereum's rpc.Error and rpc.DataError satisfy them.
type rpcError interface {
	error
	ErrorCode() int
}

type dataError interface {
	error
	ErrorData() any
}

// RevertData returns the bytes a contract reverted with, from the error reply of any node family, and whether
// the reply is a revert at all. The bytes are empty for a revert without data.
//
//   - geth, anvil, Erigon, Hardhat 3: code 3, data is a hex string
//   - Nethermind: code -32000 or 3, data a hex string; old releases -32015 and data "Reverted 0x…"
//   - Hardhat 2: data is an object {"data": "0x…", "message": …}
//   - ganache: data is an object {"result": "0x…", …} or one keyed by transaction hash, or the string itself
func RevertData(err error) ([]byte, bool) {
	if err == nil {
		return nil, false
	}
	var withData dataError
	if errors.As(err, &withData) {
		data, ok := findHex(withData.ErrorData(), 0)
		if text, isText := withData.ErrorData().(string); isText && hasRevertPrefix(text) {
			return data, true
		}
		if ok && (len(data) > 0 || looksReverted(err)) {
			return data, true
		}
	}
	var coded rpcError
	if errors.As(err, &coded) && (coded.ErrorCode() == 3 || looksReverted(err)) {
		return nil, true
	}
	return nil, false
}

// hasRevertPrefix tells error data such as "Reverted 0x", which names a revert whether or not bytes follow.
func hasRevertPrefix(text string) bool {
	return strings.HasPrefix(strings.ToLower(text), "revert")
}

func looksReverted(err error) bool {
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "revert")
}

// findHex looks for revert bytes in error data of any shape, no deeper than nodes nest it.
func findHex(data any, depth int) ([]byte, bool) {
	switch value := data.(type) {
	case string:
		if at := strings.Index(value, "0x"); at == 0 || at > 0 && hasRevertPrefix(value) {
			decoded, err := hex.DecodeString(strings.TrimSpace(value[at+2:]))
			return decoded, err == nil
		}
	case json.RawMessage:
		var inner any
		if json.Unmarshal(value, &inner) == nil && depth < 3 {
			return findHex(inner, depth+1)
		}
	case map[string]any:
		if depth >= 3 {
			return nil, false
		}
		for _, key := range []string{"data", "result", "return", "output", "originalError"} {
			if inner, ok := value[key]; ok {
				if found, ok := findHex(inner, depth+1); ok {
					return found, true
				}
			}
		}
		for key, inner := range value {
			// ganache keys the outcome by transaction hash.
			if nested, ok := inner.(map[string]any); ok && strings.HasPrefix(key, "0x") {
				if found, ok := findHex(nested, depth+1); ok {
					return found, true
				}
			}
		}
	}
	return nil, false
}

// limits are parts of error texts by which nodes and providers say that a request asked for too much at once.
var limits = []string{
	"out of gas", "gas required exceeds", "exceeds block gas limit", "gas limit", "execution timeout", "execution aborted",
	"too large", "too big", "size exceed", "exceeds the limit", "exceed maximum", "limit exceeded", "exceeded max", "max limit",
	"query returned more than", "more than 10000 results", "too many", "block range", "range is too", "range limit",
	"response size", "query timeout", "request timed out", "maximum block", "logs matched by query exceeds",
}

// IsLimit tells whether an error says that the request asked for too much at once, so that a smaller one may succeed.
func IsLimit(err error) bool {
	if err == nil {
		return false
	}
	var coded rpcError
	if errors.As(err, &coded) {
		// -32005 is "limit exceeded" of EIP-1474; rate limits share it, and retrying smaller does no harm there.
		if code := coded.ErrorCode(); code == -32005 || code == 413 {
			return true
		}
	}
	text := strings.ToLower(err.Error())
	if strings.Contains(text, "413") && strings.Contains(text, "entity") {
		return true
	}
	for _, part := range limits {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// IsUnsupported tells whether an error says that the node does not know the method.
func IsUnsupported(err error) bool {
	if err == nil {
		return false
	}
	var coded rpcError
	if errors.As(err, &coded) && (coded.ErrorCode() == -32601 || coded.ErrorCode() == -32004) {
		return true
	}
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "method not found") || strings.Contains(text, "does not exist/is not available") ||
		strings.Contains(text, "not supported") || strings.Contains(text, "unknown method") || strings.Contains(text, "unsupported method")
}

// IsKnown tells whether an error says that the node has a transaction already that was sent to it again.
func IsKnown(err error) bool {
	if err == nil {
		return false
	}
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "already known") || strings.Contains(text, "alreadyknown") ||
		strings.Contains(text, "known transaction") || strings.Contains(text, "already imported")
}

// noBlock returns err as ErrNoBlock when it says that the node does not have the block or its state.
func noBlock(err error) error {
	text := strings.ToLower(err.Error())
	for _, part := range []string{"header not found", "header for hash not found", "block not found", "unknown block", "could not find block", "not currently canonical",
		"resource not found", "blockoutofrange", "invalid block tag",
		"missing trie node", "state not available", "historical state", "required historical state unavailable"} {
		if strings.Contains(text, part) {
			return fmt.Errorf("%w: %w", ErrNoBlock, err)
		}
	}
	return err
}

// IsIndexing tells whether an error says that the node has not yet indexed a transaction; geth does for a moment after
// it was mined.
func IsIndexing(err error) bool {
	return err != nil && strings.Contains(strings.ToLower(err.Error()), "indexing is in progress")
}

// Refusal says why a node did not take a transaction.
type Refusal uint8

// The refusals that are told apart.
const (
	OtherRefusal Refusal = iota
	NonceUsed
	Underpriced
	NoFunds
	TooMuchGas
)

// refusals are parts of nodes' texts, in lower case and without what stands between words.
var refusals = []struct {
	text string
	kind Refusal
}{
	{"noncetoolow", NonceUsed}, {"oldnonce", NonceUsed}, {"noncehasalreadybeenused", NonceUsed}, {"invalidnonce", NonceUsed},
	{"underpriced", Underpriced}, {"lessthanblockbasefee", Underpriced}, {"feetoolow", Underpriced}, {"gaspricetoolow", Underpriced},
	{"replacementnotallowed", Underpriced}, {"maxfeepergastoolow", Underpriced}, {"lowerthantheminimum", Underpriced}, {"gaspricebelowminimum", Underpriced},
	{"insufficientfunds", NoFunds}, {"doesn'thaveenoughfunds", NoFunds}, {"upfrontcostexceedsbalance", NoFunds}, {"insufficientbalance", NoFunds},
	{"gaslimittoohigh", TooMuchGas}, {"intrinsicgastoohigh", TooMuchGas}, {"exceedsblockgaslimit", TooMuchGas}, {"gasrequiredexceeds", TooMuchGas}, {"exceedstransactiongascap", TooMuchGas},
	{"exceedsthetransactiongascap", TooMuchGas}, {"gaslimitexceeded", TooMuchGas},
}

// SendFault tells why a node did not take a transaction, from the text of its error: that of geth, anvil, Hardhat, ganache,
// Nethermind, Erigon or Besu.
func SendFault(err error) Refusal {
	if err == nil {
		return OtherRefusal
	}
	text := strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(err.Error()))
	for _, one := range refusals {
		if strings.Contains(text, one.text) {
			return one.kind
		}
	}
	return OtherRefusal
}
