package resilience

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/gaib-go/gaib/internal/node"
)

// ErrNoQuorum says that too few nodes gave the same answer.
var ErrNoQuorum = errors.New("too few nodes agree on an answer; do not act on it")

// Quorum asks several nodes and believes what enough of them say.
type Quorum struct {
	need  int
	nodes []Caller
}

// NewQuorum returns a caller that wants the same answer from need of the nodes.
func NewQuorum(need int, nodes ...Caller) *Quorum { return &Quorum{max(need, 1), nodes} }

// blockAt is where the block stands among the parameters of a method that reads the state of one.
var blockAt = map[string]int{
	"eth_call": 1, "eth_getBalance": 1, "eth_getCode": 1, "eth_getTransactionCount": 1, "eth_getStorageAt": 2, "eth_getBlockByNumber": 0,
}

// CallContext asks all nodes. A read at a tag is one at the newest block that enough of them have, since no two nodes
// are always at the same. A transaction is sent to all of them, and one that takes it is enough.
func (q *Quorum) CallContext(ctx context.Context, result any, method string, args ...any) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // whoever is late
	need := q.need
	if method == "eth_sendRawTransaction" {
		need = 1
	}
	if at, reads := blockAt[method]; reads && at < len(args) {
		if tag := fmt.Sprint(args[at]); tag == "latest" || tag == "safe" || tag == "finalized" {
			number, err := q.newest(ctx, tag)
			if err != nil {
				return err
			}
			args = slices.Clone(args)
			args[at] = hexutil.EncodeUint64(number)
		}
	}
	answers, err := q.ask(ctx, result, method, args)
	if err != nil {
		return err
	}
	return agree(answers, need, len(q.nodes), result)
}

// newest returns the highest block that enough nodes have.
func (q *Quorum) newest(ctx context.Context, tag string) (uint64, error) {
	var numbers []uint64
	var failed error
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, one := range q.nodes {
		all.Go(func() {
			head, err := node.Head(ctx, one, tag)
			mu.Lock()
			defer mu.Unlock()
			if failed = errors.Join(failed, err); err == nil {
				numbers = append(numbers, head.Number)
			}
		})
	}
	if all.Wait(); len(numbers) < q.need {
		return 0, fmt.Errorf("%d of %d nodes know the %s block, %d are wanted: %w", len(numbers), len(q.nodes), tag, q.need, cmp.Or(failed, ErrNoQuorum))
	}
	slices.Sort(numbers)
	return numbers[len(numbers)-q.need], nil
}

type answer struct {
	value any // a pointer of the result's type
	err   error
}

// ask returns the nodes' answers as they come.
func (q *Quorum) ask(ctx context.Context, result any, method string, args []any) (<-chan answer, error) {
	kind := reflect.TypeOf(result)
	if kind == nil || kind.Kind() != reflect.Pointer {
		return nil, fmt.Errorf("the result must be a pointer, it is %T", result)
	}
	answers := make(chan answer, len(q.nodes)) // nobody waits to leave its answer
	for _, one := range q.nodes {
		go func() {
			value := reflect.New(kind.Elem()).Interface()
			err := one.CallContext(ctx, value, method, args...)
			answers <- answer{value, err}
		}()
	}
	return answers, nil
}

// agree sets result to the first answer that enough nodes gave. An error is an answer too: enough equal ones are it.
func agree(answers <-chan answer, need, of int, result any) error {
	type group struct {
		answer
		votes int
	}
	var groups []*group
	for range of {
		next := <-answers
		same := func(g *group) bool {
			if next.err != nil || g.err != nil {
				return next.err != nil && g.err != nil && sameFailure(next.err, g.err)
			}
			return reflect.DeepEqual(next.value, g.value)
		}
		at := slices.IndexFunc(groups, same)
		if at < 0 {
			groups, at = append(groups, &group{answer: next}), len(groups)
		}
		if groups[at].votes++; groups[at].votes < need || need == 1 && next.err != nil {
			continue
		}
		if next.err == nil {
			reflect.ValueOf(result).Elem().Set(reflect.ValueOf(next.value).Elem())
		}
		return next.err
	}
	failed := ErrNoQuorum
	for _, one := range groups {
		failed = errors.Join(failed, one.err)
	}
	return fmt.Errorf("%d different answers of %d nodes, %d equal ones are wanted: %w", len(groups), of, need, failed)
}

// sameFailure tells whether two nodes failed alike; of a revert the bytes count, since node families put it differently.
func sameFailure(a, b error) bool {
	dataA, revertedA := node.RevertData(a)
	dataB, revertedB := node.RevertData(b)
	if revertedA || revertedB {
		return revertedA && revertedB && bytes.Equal(dataA, dataB)
	}
	return a.Error() == b.Error()
}
