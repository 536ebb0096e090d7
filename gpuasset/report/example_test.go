package report_test

import (
	"crypto/sha256"
	"fmt"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/report"
	"github.com/holiman/uint256"
)

// A report, and one of its deals proven against it. The hash function is the caller's; on Ethereum it would be keccak-256.
func ExampleNew() {
	p := portfolio.Portfolio{
		Cash: gpuasset.Whole(100),
		SPs: []portfolio.SP{{ID: "SP1", Positions: []portfolio.Position{
			{Deal: "a", Borrower: "A", Outstanding: gpuasset.Whole(700), Accrued: gpuasset.Whole(7), Stage: credit.Stage1, Maturity: gpuasset.NewDate(2028, 1, 1)},
			{Deal: "b", Borrower: "B", Outstanding: gpuasset.Whole(200), Stage: credit.Stage2, Maturity: gpuasset.NewDate(2028, 1, 1)},
		}}},
		Shares: portfolio.Shares{Supply: *uint256.MustFromDecimal("1000000000000000000000")},
	}
	r, deals, err := report.New(report.Header{Issuer: "issuer", Number: 1, AsOf: gpuasset.NewDate(2026, 8, 31), Currency: "USD"},
		&p, portfolio.Method{Haircut: [3]gpuasset.Ratio{0, gpuasset.Bps(2000), gpuasset.Bps(6000)}}, []byte("16 random bytes!"), sha256.Sum256)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("in at", r.DepositNAV, "out at", r.UnstakingNAV)

	proof, err := deals.Prove("SP1", "b")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("owed", proof.Deal.Outstanding, "in stage", proof.Deal.Stage, "proven:", proof.Verify(r.Root, sha256.Sum256) == nil)
	proof.Deal.Stage = 1
	fmt.Println("in stage 1:", proof.Verify(r.Root, sha256.Sum256) == nil)
	// Output:
	// in at 1007000000000000000 out at 960000000000000000
	// owed 200 in stage 2 proven: true
	// in stage 1: false
}
