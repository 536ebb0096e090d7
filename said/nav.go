package said

import "github.com/gaib-go/gaib/yield"

const wad = 1e18

// NAV is the vault's two prices, AID base units per 1e18 shares. Deposit is what entering costs, convertToAssets(1e18);
// Unstaking is what leaving through the queue pays, convertToAssetsWithLoss(1e18), which takes unrealised losses off.
// [State] has the vault's own rounding, from its totals.
type NAV = yield.NAV

// Ratio is a signed fraction with 18 decimals, such as a haircut.
type Ratio = yield.Ratio

// NAVError says which pair of NAVs cannot be. It wraps [ErrNAVZero] or [ErrNAVInverted].
type NAVError = yield.NAVError

var (
	// ErrNAVZero: a NAV is zero, so nothing can be valued with it. Read both NAVs again, from a vault that holds assets.
	ErrNAVZero = yield.ErrNAVZero
	// ErrNAVInverted: the Unstaking NAV is above the Deposit NAV, which the vault's rules exclude. Read both at one block.
	ErrNAVInverted = yield.ErrNAVInverted
)
