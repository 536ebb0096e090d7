package core

import (
	"fmt"

	"github.com/holiman/uint256"
)

// MaxReserves is how many reserves a pool can have, and one more than the largest reserve id.
const MaxReserves = 128

// Config is a reserve's configuration. Percentages are in basis points, caps in whole tokens (zero is no cap).
type Config struct {
	LTV                  uint16 // most that can be borrowed against the asset
	LiquidationThreshold uint16
	LiquidationBonus     uint16 // what a liquidator gets for a debt of 10,000: 10,500 is a bonus of 5 %
	Decimals             uint8  // of the asset
	Active               bool
	Frozen               bool
	Borrowing            bool
	StableBorrowing      bool // V30
	Paused               bool
	BorrowableIsolated   bool // V30: can be borrowed against isolated collateral
	Siloed               bool // V30: can be an account's only debt
	FlashLoans           bool
	ReserveFactor        uint16 // share of the interest that goes to the treasury
	BorrowCap            uint64
	SupplyCap            uint64
	ProtocolFee          uint16 // share of the liquidation bonus that goes to the treasury
	EMode                uint8  // V30: the category the asset is of
	UnbackedMintCap      uint64 // V30
	DebtCeiling          uint64 // V30: with 2 decimals; other than zero the asset is isolated collateral
	VirtualAccounting    bool   // set by v3.1 to v3.3
}

// DecodeConfig returns the configuration that the bitmap of a reserve holds. Every bitmap decodes.
// Source: Aave ReserveConfiguration.
func DecodeConfig(bits uint256.Int) Config {
	field := func(from, width uint) uint64 {
		word := bits[from/64] >> (from % 64)
		if rest := 64 - from%64; from%64 != 0 && width > rest {
			word |= bits[from/64+1] << rest
		}
		return word & (1<<width - 1)
	}
	flag := func(bit uint) bool { return field(bit, 1) == 1 }
	return Config{
		LTV:                  uint16(field(0, 16)),
		LiquidationThreshold: uint16(field(16, 16)),
		LiquidationBonus:     uint16(field(32, 16)),
		Decimals:             uint8(field(48, 8)),
		Active:               flag(56),
		Frozen:               flag(57),
		Borrowing:            flag(58),
		StableBorrowing:      flag(59),
		Paused:               flag(60),
		BorrowableIsolated:   flag(61),
		Siloed:               flag(62),
		FlashLoans:           flag(63),
		ReserveFactor:        uint16(field(64, 16)),
		BorrowCap:            field(80, 36),
		SupplyCap:            field(116, 36),
		ProtocolFee:          uint16(field(152, 16)),
		EMode:                uint8(field(168, 8)),
		UnbackedMintCap:      field(176, 36),
		DebtCeiling:          field(212, 40),
		VirtualAccounting:    flag(252),
	}
}

// Bits returns the bitmap of the configuration. It fails with [ErrOutOfRange] if a cap or the ceiling is too wide.
func (c Config) Bits() (bits uint256.Int, err error) {
	for _, limit := range []struct {
		name         string
		value, width uint64
	}{{"borrow cap", c.BorrowCap, 36}, {"supply cap", c.SupplyCap, 36}, {"unbacked mint cap", c.UnbackedMintCap, 36}, {"debt ceiling", c.DebtCeiling, 40}} {
		if limit.value>>limit.width != 0 {
			return uint256.Int{}, fmt.Errorf("%w: %s %d has more than %d bits", ErrOutOfRange, limit.name, limit.value, limit.width)
		}
	}
	put := func(from uint, value uint64) {
		word := uint256.Int{value}
		word.Lsh(&word, from)
		bits.Or(&bits, &word)
	}
	put(0, uint64(c.LTV))
	put(16, uint64(c.LiquidationThreshold))
	put(32, uint64(c.LiquidationBonus))
	put(48, uint64(c.Decimals))
	for bit, on := range map[uint]bool{56: c.Active, 57: c.Frozen, 58: c.Borrowing, 59: c.StableBorrowing, 60: c.Paused,
		61: c.BorrowableIsolated, 62: c.Siloed, 63: c.FlashLoans, 252: c.VirtualAccounting} {
		if on {
			put(bit, 1)
		}
	}
	put(64, uint64(c.ReserveFactor))
	put(80, c.BorrowCap)
	put(116, c.SupplyCap)
	put(152, uint64(c.ProtocolFee))
	put(168, uint64(c.EMode))
	put(176, c.UnbackedMintCap)
	put(212, c.DebtCeiling)
	return bits, nil
}

// UserConfig is the bitmap of what an account does with each reserve: bit 2*id for a debt, bit 2*id+1 for collateral.
type UserConfig uint256.Int

// Borrowing reports whether the account is marked as owing the reserve's asset; false for an id of [MaxReserves] or more.
func (u UserConfig) Borrowing(id int) bool { return u.flags(id)&1 != 0 }

// Collateral reports whether the account uses the reserve's asset as collateral; false for an id of [MaxReserves] or more.
func (u UserConfig) Collateral(id int) bool { return u.flags(id)&2 != 0 }

// WithBorrowing returns the bitmap with the reserve's debt marked or not; an id out of range changes nothing.
func (u UserConfig) WithBorrowing(id int, on bool) UserConfig { return u.with(id, 1, on) }

// WithCollateral returns the bitmap with the reserve's collateral marked or not; an id out of range changes nothing.
func (u UserConfig) WithCollateral(id int, on bool) UserConfig { return u.with(id, 2, on) }

func (u UserConfig) flags(id int) uint64 {
	if id < 0 || id >= MaxReserves {
		return 0
	}
	return u[id/32] >> (id % 32 * 2) & 3
}

func (u UserConfig) with(id int, flag uint64, on bool) UserConfig {
	if id < 0 || id >= MaxReserves {
		return u
	}
	if flag <<= id % 32 * 2; on {
		u[id/32] |= flag
	} else {
		u[id/32] &^= flag
	}
	return u
}

const (
	debtBits       = 0x5555555555555555
	collateralBits = 0xaaaaaaaaaaaaaaaa
)

// only returns the reserve of the single bit that is set among those of the mask.
func (u UserConfig) only(mask uint64) (id int, ok bool) {
	for i := range MaxReserves {
		if u[i/32]>>(i%32*2)&3&mask != 0 {
			if ok {
				return 0, false
			}
			id, ok = i, true
		}
	}
	return id, ok
}

// any reports whether a bit of the mask is set.
func (u UserConfig) any(mask uint64) bool { return (u[0]|u[1]|u[2]|u[3])&mask != 0 }

func (u UserConfig) empty() bool { return u == UserConfig{} }
