package main

import (
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib"
)

// result is what -json prints. Amounts are decimal texts in whole tokens.
type result struct {
	Probes    []probeLine `json:"probes"`
	Portfolio holdings    `json:"portfolio"`
	Steps     []step      `json:"steps,omitempty"`
	History   []moment    `json:"history,omitempty"`
	Yield     *realised   `json:"yield,omitempty"`
	Checks    int         `json:"checks"` // amounts that were held against the library's arithmetic
}

type probeLine struct {
	Name      gaib.Name      `json:"name"`
	Address   common.Address `json:"address"`
	Evidence  string         `json:"evidence"` // of the address
	Proxy     string         `json:"proxy"`
	Code      common.Address `json:"code"`
	CodeHash  common.Hash    `json:"codeHash"`
	Functions int            `json:"functions"`
	Missing   []string       `json:"missing,omitempty"`
	Note      string         `json:"note,omitempty"`
}

type holdings struct {
	Block        uint64    `json:"block"`
	Time         time.Time `json:"time"`
	Requests     int       `json:"requests"`
	DepositNAV   string    `json:"depositNav"`
	UnstakingNAV string    `json:"unstakingNav"`
	Accounts     []holding `json:"accounts"`
}

type holding struct {
	Account common.Address `json:"account"`
	Name    string         `json:"name,omitempty"`
	AID     string         `json:"aid"`
	SAID    string         `json:"said"`
	Entry   string         `json:"worthToEnter"`
	Exit    string         `json:"worthToLeave"`
	Pending string         `json:"pendingUnstake"`
}

type step struct {
	Account string `json:"account"`
	Plan    string `json:"plan"`
	Block   uint64 `json:"block"`
	GasUsed uint64 `json:"gasUsed"`
}

type moment struct {
	Block uint64    `json:"block"`
	Time  time.Time `json:"time"`
	Event string    `json:"event"`
}

func (t *teller) printf(format string, args ...any) { fmt.Fprintf(t.out, format, args...) }

func (t *teller) heading(format string, args ...any) {
	t.progress.done()
	t.printf("\n"+format+"\n", args...)
}
