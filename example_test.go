package gaib_test

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib"
)

// A plan is made without a node or a key.
func ExamplePlan() {
	usdc := gaib.NewStablecoin(gaib.Mainnet(), gaib.USDC)
	amount, err := usdc.Unit().Parse("1,250.5")
	if err != nil {
		fmt.Println(err)
		return
	}
	plan := gaib.Plan{usdc.Transfer(common.HexToAddress("0x410C19F3f80B64C7486Ae34890Ee9251D0696433"), amount)}
	fmt.Println(plan.Describe())
	fmt.Printf("%x\n", plan[0].Data[:4])
	// Output:
	// Transfer 1,250.5 USDC to 0x410C19F3f80B64C7486Ae34890Ee9251D0696433
	// a9059cbb
}

// What the node or the contract said becomes a typed error, in reads and in writes.
func ExampleDecodeRevert() {
	data := common.FromHex("0xe450d38c" + // ERC20InsufficientBalance(address,uint256,uint256)
		"000000000000000000000000410c19f3f80b64c7486ae34890ee9251d0696433" +
		"0000000000000000000000000000000000000000000000000000000000000005" +
		"0000000000000000000000000000000000000000000000000000000000000007")
	var err error = gaib.DecodeRevert(data)
	var short *gaib.ERC20InsufficientBalanceError
	if errors.As(err, &short) {
		fmt.Println(short.Sender, "has", short.Balance.Dec(), "of", short.Needed.Dec())
	}
	// Output:
	// 0x410C19F3f80B64C7486Ae34890Ee9251D0696433 has 5 of 7
}

// Amounts are decimal texts and integers, never floating point.
func ExampleParseUnits() {
	amount, err := gaib.ParseUnits("19945311.770392801054623255", 18)
	fmt.Println(amount.Dec(), err)
	_, err = gaib.ParseUnits("0.0000001", 6)
	fmt.Println(err)
	// Output:
	// 19945311770392801054623255 <nil>
	// "0.0000001" is not an amount: it has more than 6 digits after the point
}

// The same address is another contract on another chain, so a contract is always looked up with its chain.
func ExampleOn() {
	base, known := gaib.On(8453)
	fmt.Println(base.Chain(), known, base.Contract(gaib.SAID).Err())
	// Output:
	// Base true sAID on Base (chain 8453): the deployment has no such contract
}
