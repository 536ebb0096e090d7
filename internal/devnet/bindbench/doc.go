// Package bindbench times the generated bindings of this SDK beside those of go-ethereum's abigen v2 for the same
// interface, after both have been shown to give equal results. It holds nothing but tests:
//
//	go test -bench . ./internal/devnet/bindbench
//
// bench.json is the interface as abigen wants it; hand.abi of internal/abigen/fixture holds the same lines.
package bindbench

//go:generate go run github.com/ethereum/go-ethereum/cmd/abigen@v1.17.10 --v2 --abi bench.json --pkg bindbench --type Bench --out bench_v2_test.go
