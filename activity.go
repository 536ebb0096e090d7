package gaib

import (
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// EventReader is a contract whose events can be told as what happened to an account. Tokens and the sAID vault are
// EventReaders.
type EventReader interface {
	Contract() Contract
	// ReadEvent returns what a log of this contract means to an account, and whether it means anything.
	ReadEvent(account common.Address, log Log) (string, bool)
}

// Activity is one thing that happened to an account.
type Activity struct {
	Text string // "Received 5 AID from 0x…"
	Log  Log    // where it stands
}

// Activities returns what logs mean to an account, in their order, as far as the contracts given know; known contracts
// are called by their names. The logs come from [Receipt], [Logs] or [Follow], decoded or not.
func Activities(account common.Address, logs []Log, known ...EventReader) []Activity {
	readers := make(map[common.Address]EventReader, len(known))
	names := []string{account.Hex(), "you"}
	for _, reader := range known {
		if contract := reader.Contract(); contract.err == nil {
			readers[contract.entry.Address] = reader
			names = append(names, contract.entry.Address.Hex(), string(contract.name))
		}
	}
	replacer := strings.NewReplacer(names...)
	var feed []Activity
	for _, log := range logs {
		if reader, ok := readers[log.Address]; ok {
			if text, ok := reader.ReadEvent(account, log); ok {
				feed = append(feed, Activity{Text: upper(replacer.Replace(text)), Log: log})
			}
		}
	}
	return feed
}

// ReadEvent makes ERC20 an [EventReader]: transfers from and to the account, and its approvals.
func (t ERC20) ReadEvent(account common.Address, log Log) (string, bool) {
	var transfer ERC20TransferEvent
	var approval ERC20ApprovalEvent
	var nobody common.Address
	switch {
	case transfer.DecodeLog(log.Topics, log.Data) == nil:
		amount := t.unit.Format(transfer.Value)
		switch {
		case transfer.From == account && transfer.To == account:
			return "sent " + amount + " to " + account.Hex(), true
		case transfer.From == account && transfer.To == nobody:
			return amount + " burned", true
		case transfer.From == account:
			return fmt.Sprintf("sent %s to %s", amount, transfer.To), true
		case transfer.To == account && transfer.From == nobody:
			return "received " + amount + ", newly minted", true
		case transfer.To == account:
			return fmt.Sprintf("received %s from %s", amount, transfer.From), true
		}
	case approval.DecodeLog(log.Topics, log.Data) == nil && approval.Owner == account:
		if approval.Value.IsZero() {
			return fmt.Sprintf("withdrew the approval of %s for %s", t.unit.Symbol, approval.Spender), true
		}
		limit := t.unit.Format(approval.Value)
		if approval.Value.Eq(new(uint256.Int).SetAllOne()) {
			limit = t.unit.Symbol + " without a limit"
		}
		return fmt.Sprintf("approved %s for %s", limit, approval.Spender), true
	}
	return "", false
}

// ReadEvent makes ERC4626 an [EventReader]: deposits and withdrawals for the account beside what its shares do.
func (v ERC4626) ReadEvent(account common.Address, log Log) (string, bool) {
	var deposit ERC4626DepositEvent
	var withdraw ERC4626WithdrawEvent
	switch {
	case deposit.DecodeLog(log.Topics, log.Data) == nil && deposit.Owner == account:
		return fmt.Sprintf("deposited %s for %s", v.asset.Format(deposit.Assets), v.unit.Format(deposit.Shares)), true
	case withdraw.DecodeLog(log.Topics, log.Data) == nil && (withdraw.Receiver == account || withdraw.Owner == account):
		return fmt.Sprintf("withdrew %s for %s", v.asset.Format(withdraw.Assets), v.unit.Format(withdraw.Shares)), true
	}
	return v.ERC20.ReadEvent(account, log)
}
