package live

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet"
)

// A stake, a transfer and a whole way through the queue as each of the people concerned reads them.
func TestActivities(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.who.Alice, w.who.Bob
	texts := func(who devnet.Account, receipts ...gaib.Receipt) (lines []string) {
		for _, receipt := range receipts {
			for _, one := range gaib.Activities(who.Address, receipt.Logs, w.token, w.vault) {
				lines = append(lines, one.Text)
			}
		}
		return lines
	}

	plan, err := w.vault.PlanStake(w.ctx, w.client, alice.Address, aidUnits(10))
	require.NoError(t, err)
	receipts := w.carryOut(alice, plan)
	shares := w.vault.Unit().Format(read(w, w.vault.BalanceOf(alice.Address)))
	require.Equal(t, []string{"Approved 10 AID for sAID", "Sent 10 AID to sAID", "Received " + shares + ", newly minted", "Staked 10 AID for " + shares}, texts(alice, receipts...))
	require.Empty(t, texts(bob, receipts...))

	receipts = w.carryOut(alice, gaib.Plan{w.token.Transfer(bob.Address, aidUnits(2)), w.token.Transfer(alice.Address, aidUnits(1)), w.token.Approve(bob.Address, u(0))})
	require.Equal(t, []string{"Sent 2 AID to " + bob.Address.Hex(), "Sent 1 AID to you", "Withdrew the approval of AID for " + bob.Address.Hex()}, texts(alice, receipts...))
	require.Equal(t, []string{"Received 2 AID from " + alice.Address.Hex()}, texts(bob, receipts...))

	exit, err := w.vault.PlanUnstake(w.ctx, w.client, alice.Address, aidUnits(3))
	require.NoError(t, err)
	lines := texts(alice, w.carryOut(alice, exit)...)
	require.Len(t, lines, 2)
	request := read(w, w.vault.PendingUnstake(alice.Address))
	require.Contains(t, lines, "Requested to unstake 3 sAID, worth "+aid.Unit().Format(request.Pending))
}
