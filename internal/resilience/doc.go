// Package resilience makes a node that fails bearable: it tells kinds of failure apart and holds the decorators of the
// one-method client that retry, fail over, limit, compare and observe. Each takes a caller and is one.
package resilience
