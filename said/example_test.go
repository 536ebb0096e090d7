package said_test

import (
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/said"
)

// What a month's yield and a mark-down do to both NAVs, and who is paid when from the liquidity there will be.
func Example() {
	aid := func(text string) uint256.Int {
		amount, err := gaib.ParseUnits(text, 18)
		if err != nil {
			panic(err)
		}
		return amount
	}
	books := said.State{TotalAssets: aid("18440000"), TotalSupply: aid("17500000")}
	books, fee, err := books.AccrueYield(aid("210000"), 2000) // the protocol keeps 20 %
	if err != nil {
		panic(err)
	}
	books, err = books.MarkDown(aid("150000")) // lowers the Unstaking NAV only
	if err != nil {
		panic(err)
	}
	nav, err := books.NAV()
	if err != nil {
		panic(err)
	}
	fmt.Printf("fee %s, in at %s, out at %s, haircut %s\n", gaib.FormatUnits(fee, 18), said.Format(nav.Deposit), said.Format(nav.Unstaking), nav.Haircut())

	var queue said.Queue // its amounts are fixed at settlement
	asked := time.Date(2026, time.November, 5, 0, 0, 0, 0, time.UTC)
	for user, shares := range []string{"30000", "50000"} {
		if queue, books, _, err = queue.Unstake(books, [20]byte{byte(user)}, aid(shares), asked); err != nil {
			panic(err)
		}
	}
	paid, err := said.Simulate(books, queue, said.MonthAfterNext,
		said.Event{Time: asked, Liquidity: aid("60000")},
		said.Event{Time: asked.AddDate(0, 2, 0), Liquidity: aid("60000")})
	if err != nil {
		panic(err)
	}
	for _, p := range paid.Payments {
		fmt.Printf("%s: user %d gets %s, %s left\n", p.Time.Format(time.DateOnly), p.User[0], gaib.FormatUnits(p.Assets, 18), gaib.FormatUnits(p.Remaining, 18))
	}
	// Output:
	// fee 42000, in at 1.063314285714285714, out at 1.054742857142857142, haircut 0.81%
	// 2027-01-01: user 0 gets 31642.285714285714285714, 0 left
	// 2027-01-01: user 1 gets 28357.714285714285714286, 24379.42857142857142857 left
	// 2027-02-01: user 1 gets 24379.42857142857142857, 0 left
}

// One plan for any kind of account, and in words what others want signed.
func Example_forms() {
	ethereum := gaib.Mainnet()
	vault, token := said.NewVault(ethereum), gaib.NewERC20(ethereum.Contract(gaib.AID), gaib.Unit{Symbol: "AID", Decimals: 18})
	account := gaib.SafeAccount{ // gaib.ReadSafe reads it
		Address: common.HexToAddress("0x5afe"), ChainID: 1, Threshold: 2, MultiSend: common.HexToAddress("0x9641d764fc13c8B624c04430C7356C1C7C8102e2"),
	}
	amount, err := token.Unit().Parse("1250.5")
	if err != nil {
		panic(err)
	}

	plan := gaib.Plan{token.Approve(vault.Address(), amount), vault.Stake(amount, account.Address)} // vault.PlanStake makes it, with a node
	safe, err := plan.Safe(account)                                                                 // or plan.Transactions, plan.SetCode, plan.UserOperation
	if err != nil {
		panic(err)
	}
	digest, err := safe.Digest() // two owners sign it, then safe.Call(signatures...) carries it out
	if err != nil {
		panic(err)
	}
	fmt.Println(digest)

	alice, bob := common.HexToAddress("0xa11ce"), common.HexToAddress("0xb0b")
	call := safe.Call(gaib.SafeSignature{Owner: alice, Kind: gaib.SafeApproved}, gaib.SafeSignature{Owner: bob, Kind: gaib.SafeApproved})
	reading, err := gaib.ReadBack(alice, gaib.Call{To: call.To, Data: call.Data}, vault, token)
	if err != nil {
		panic(err)
	}
	fmt.Println(reading.Describe())
	// Output:
	// 0x42d03beaea1206166224469d43da495bcd978f3cad8a6ff0b237282528221156
	// As Safe 0x0000000000000000000000000000000000005aFE: approve 1,250.5 AID for sAID; stake 1,250.5 AID
}
