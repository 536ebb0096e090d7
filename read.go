package gaib

import (
	"context"
	"fmt"
	"strings"

	"github.com/gaib-go/gaib/internal/multicall"
)

// ReadErrors are the errors of the queries of one [Read] that failed; the others hold their values.
type ReadErrors []error

// Error returns the first errors and how many there are.
func (e ReadErrors) Error() string {
	const shown = 3
	var b strings.Builder
	for i, err := range e {
		if i == shown {
			fmt.Fprintf(&b, "; and %d more", len(e)-shown)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(err.Error())
	}
	return b.String()
}

// Unwrap returns all of them, for errors.Is and errors.As.
func (e ReadErrors) Unwrap() []error { return e }

// Read reads all queries at one block and returns which block that was. It takes one request, an eth_call through
// Multicall3, as long as the node allows that much at once; beyond that it splits, and where Multicall3 is absent
// it calls one by one, always pinned to one block by its hash.
//
// Every query keeps its own value and error. The error of Read is a [ReadErrors] when single queries failed, while
// the header is good and the others hold their values; anything else means that nothing was read: the node's
// error, [ErrWrongChain] when the node is not of the contracts' chain, [ErrBadAnswer] when it lies, or the context's.
func Read(ctx context.Context, client Client, block Block, queries ...Reader) (Header, error) {
	var asked []*leaf
	var requests []multicall.Request
	var chainID uint64
	for _, query := range queries {
		for _, read := range query.pending() {
			read.answered = false
			if read.encoding != nil {
				continue
			}
			if chainID == 0 {
				chainID = read.contract.chainID
			}
			if read.contract.chainID != chainID {
				return fail(queries, fmt.Errorf("%s is on chain %d, others of this read are on chain %d: %w",
					read.contract.name, read.contract.chainID, chainID, ErrWrongChain))
			}
			asked = append(asked, read)
			requests = append(requests, multicall.Request{To: read.contract.entry.Address, Data: read.data})
		}
	}
	result, err := multicall.Run(ctx, client, chainID, block.tag(), requests)
	if err == nil && chainID != 0 && result.ChainID != chainID {
		err = fmt.Errorf("the node is of chain %d, the contracts are on chain %d: %w", result.ChainID, chainID, ErrWrongChain)
	}
	if err != nil {
		return fail(queries, fmt.Errorf("read: %w", err))
	}
	for i, read := range asked {
		read.answer, read.answered = result.Answers[i], true
	}
	var failed ReadErrors
	for _, query := range queries {
		if err := query.finish(); err != nil {
			failed = append(failed, err)
		}
	}
	header := newHeader(result.Header)
	if failed != nil {
		return header, failed
	}
	return header, nil
}

// fail leaves every query without a value, so that none keeps that of an earlier block.
func fail(queries []Reader, err error) (Header, error) {
	for _, query := range queries {
		for _, read := range query.pending() {
			read.answered = false
		}
		_ = query.finish() // ErrNotRead or what is wrong with the query itself
	}
	return Header{}, err
}
