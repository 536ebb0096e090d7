package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/said"
)

// demo prints the portfolio of two people on two embedded chains, which stand for Ethereum and Base; both start from the state
// recorded of Ethereum.
func demo(ctx context.Context, out io.Writer) error {
	var chains []*chain
	var who devnet.Accounts
	for _, id := range []uint64{1, 8453} {
		node, err := devnet.New(devnet.WithChainID(id))
		if err != nil {
			return err
		}
		defer node.Close()
		deployment, known := gaib.On(id)
		if !known {
			return fmt.Errorf("chain %d is not in the address book", id)
		}
		deployment = standing(deployment).AllowAssumed()
		if who = node.Accounts(); id == 1 {
			err = live(ctx, node, deployment)
		} else {
			_, err = node.Send(ctx, who.Whale, aid.NewToken(deployment).Address(), nil, aid.NewToken(deployment).Transfer(who.Alice.Address, aid.MustParse("2500.25")).Data)
		}
		if err != nil {
			return err
		}
		chains = append(chains, &chain{deployment: deployment, client: node.Client()})
	}
	fmt.Fprintln(out, "Two embedded chains in the place of Ethereum and Base")
	fmt.Fprintln(out)
	return show(ctx, out, chains, []common.Address{who.Alice.Address, who.Carol.Address})
}

// standing returns what an embedded chain has of a deployment's contracts.
func standing(all gaib.Deployment) gaib.Deployment {
	there := gaib.NewDeployment(all.ChainID(), all.Chain())
	at := devnet.Addresses()
	for _, name := range all.Names() {
		switch entry, _ := all.Entry(name); entry.Address {
		case at.AID, at.SAID, at.Vesting, at.AIDaUSDC, at.AIDaUSDT, at.USDC, at.USDT:
			there = there.With(name, entry)
		}
	}
	return there
}

// live lets Alice stake and unstake, and GAIB vest for her.
func live(ctx context.Context, node *devnet.Chain, deployment gaib.Deployment) error {
	who, vault, vesting := node.Accounts(), said.NewVault(deployment), aid.NewVesting(deployment)
	plan, err := vault.PlanStake(ctx, node.Client(), who.Alice.Address, aid.MustParse("4000"))
	if err != nil {
		return err
	}
	plan = append(plan, vault.Unstake(aid.MustParse("1200")))
	start := uint64(node.Now().Unix())
	allocation := contract.VestingAllocation{StartEpoch: start, VestingInterval: 86_400, VestingCycles: 100, Amount: aid.MustParse("5000")}
	grant := gaib.NewCall(vesting.Contract(), contract.VestingSetAllocations{Users: []common.Address{who.Alice.Address}, Allocations: []contract.VestingAllocation{allocation}}, "")
	send := func(from devnet.Account, call gaib.Call) error {
		_, err := node.Send(ctx, from, call.To, &call.Value, call.Data)
		return errors.Join(call.Err(), err)
	}
	for _, call := range plan {
		if err := send(who.Alice, call); err != nil {
			return fmt.Errorf("%s: %w", call.Describe(), err)
		}
	}
	if err := send(who.Manager, grant); err != nil {
		return fmt.Errorf("granting GAIB: %w", err)
	}
	return node.Travel(10 * 24 * time.Hour)
}
