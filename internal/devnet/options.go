package devnet

import (
	"fmt"
	"math"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
)

// Option changes how New builds the chain.
type Option func(*config) error

type config struct {
	chainID      uint64
	genesisTime  uint64
	blockTime    uint64
	fixAtRequest bool
	manual       bool
	alloc        types.GenesisAlloc
}

func defaults() config {
	return config{
		chainID:     1,
		genesisTime: uint64(time.Date(2026, time.August, 12, 0, 0, 0, 0, time.UTC).Unix()),
		blockTime:   12,
	}
}

// WithChainID sets the chain id; the default is 1. It must lie in 1..2^63-1.
func WithChainID(id uint64) Option {
	return func(c *config) error {
		if id == 0 || id > math.MaxInt64 {
			return fmt.Errorf("devnet: chain id %d is outside 1..2^63-1", id)
		}
		c.chainID = id
		return nil
	}
}

// WithGenesisTime sets the time of block 0; the default is 2026-08-12 00:00:00 UTC, the day of the recorded
// state. It must not lie before 1970 and is cut to the second.
func WithGenesisTime(t time.Time) Option {
	return func(c *config) error {
		if t.Unix() < 0 {
			return fmt.Errorf("devnet: genesis time %s lies before 1970", t)
		}
		c.genesisTime = uint64(t.Unix())
		return nil
	}
}

// WithBlockTime sets by how much a block is later than its parent; the default is 12 s. It must be at least one
// second and is cut to the second.
func WithBlockTime(d time.Duration) Option {
	return func(c *config) error {
		if d < time.Second {
			return fmt.Errorf("devnet: block time %s is below one second", d)
		}
		c.blockTime = uint64(d / time.Second)
		return nil
	}
}

// WithFixAtRequest makes the sAID vault fix what an unstake request is paid when it is made. By default the
// amount is fixed when the request is settled.
func WithFixAtRequest() Option {
	return func(c *config) error {
		c.fixAtRequest = true
		return nil
	}
}

// WithManualMining leaves transactions in the pool until Mine is called. By default every transaction is
// mined at once.
func WithManualMining() Option {
	return func(c *config) error {
		c.manual = true
		return nil
	}
}

// WithAlloc adds accounts to the genesis state; they replace the devnet's own where both have one.
func WithAlloc(alloc types.GenesisAlloc) Option {
	return func(c *config) error {
		c.alloc = alloc
		return nil
	}
}
