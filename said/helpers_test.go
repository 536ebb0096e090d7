package said_test

import "github.com/holiman/uint256"

func n(decimal string) uint256.Int { return *uint256.MustFromDecimal(decimal) }

func u(v uint64) uint256.Int { return *uint256.NewInt(v) }

var maxInt = *new(uint256.Int).SetAllOne()
