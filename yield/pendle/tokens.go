package pendle

import (
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/yield/pendle/contract"
)

// ERC4626Rate returns the exchange rate of Pendle's SY over an ERC-4626 vault: floor(totalAssets * 1e18 / totalSupply),
// wad. It needs both in the same decimals. It fails with *gaib.PanicError on an empty vault and on overflow. Whether a
// live SY of sAID is this one is not known: read its exchangeRate. The rate knows the Deposit NAV alone, so an
// unrealised loss is not in it. Source: PendleERC4626SY.exchangeRate.
func ERC4626Rate(totalAssets, totalSupply uint256.Int) (uint256.Int, error) {
	var c calc
	rate := c.udivDown(totalAssets, totalSupply)
	return rate, c.err
}

// MintPY returns how much PT and as much YT an amount of SY mints: floor(sy * PYIndex / 1e18). It fails with
// *contract.YCNoFloatingSyError on zero, *contract.YCExpiredError after maturity, and *gaib.PanicError on overflow.
// Source: PendleYieldToken.mintPY.
func (m *Market) MintPY(sy uint256.Int, now uint64) (uint256.Int, error) {
	var c calc
	switch {
	case m.Expired(now):
		return zero, &contract.YCExpiredError{}
	case sy.IsZero():
		return zero, &contract.YCNoFloatingSyError{}
	}
	py := c.syToAsset(m.PYIndex, sy)
	return py, c.err
}

// RedeemPY returns the SY that an amount of PT with as much YT gives, or after maturity PT alone:
// floor(py * 1e18 / PYIndex). It fails with *gaib.PanicError. Source: PendleYieldToken.redeemPY.
func (m *Market) RedeemPY(py uint256.Int) (uint256.Int, error) {
	var c calc
	sy := c.assetToSY(m.PYIndex, py)
	return sy, c.err
}

// TreasuryInterest returns the SY that a redemption of PT after maturity leaves to the treasury: what the PT was worth at
// firstIndex, the PY index when the yield token was first touched after maturity, less what it is worth now.
// Source: PendleYieldToken._calcSyRedeemableFromPY.
func (m *Market) TreasuryInterest(py, firstIndex uint256.Int) (uint256.Int, error) {
	var c calc
	interest := c.usub(c.assetToSY(firstIndex, py), c.assetToSY(m.PYIndex, py))
	return interest, c.err
}

// Interest is an account's interest from YT, as the yield token keeps it.
type Interest struct {
	Index   uint256.Int // the PY index up to which interest is in Accrued; zero before the account's first YT
	Accrued uint256.Int // SY, before the fee
}

// Accrue adds the interest of a YT balance up to an index: floor(balance * (index - Index) * 1e18 / (Index * index)) of
// SY. After maturity the index is the first one after it. It is due before the balance changes. It fails with
// *gaib.PanicError if the index falls or on overflow, and *gaib.RevertError if a value does not fit 128 bits.
// Source: InterestManagerYT._distributeInterestPrivate.
func (i *Interest) Accrue(balance, index uint256.Int) error {
	if i.Index == index {
		return nil
	}
	var c calc
	after := Interest{Index: index, Accrued: i.Accrued}
	if !i.Index.IsZero() {
		interest := c.udivDown(c.umul(balance, c.usub(index, i.Index)), c.umul(i.Index, index))
		after.Accrued = c.uadd(i.Accrued, c.fits(interest, 128))
		if c.err == nil && after.Accrued.BitLen() > 128 {
			c.panics(panicOverflow)
		}
	}
	if c.fits(index, 128); c.err != nil {
		return c.err
	}
	*i = after
	return nil
}

// Redeem pays what has accrued: the SY to the account and the fee to the treasury, floor(accrued * feeRate / 1e18) with
// the factory's interestFeeRate as a wad. Source: InterestManagerYT._doTransferOutInterest.
func (i *Interest) Redeem(feeRate uint256.Int) (net, fee uint256.Int, err error) {
	var c calc
	fee = c.umulDown(i.Accrued, feeRate)
	net = c.usub(i.Accrued, fee)
	if c.err != nil {
		return zero, zero, c.err
	}
	i.Accrued = zero
	return net, fee, nil
}
