package aid

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid/contract"
)

// Redeemer is the contract that redeems AID of whitelisted accounts for a stablecoin, USDC on Ethereum, less a fee, up to
// a daily limit and to what it holds. Its getters are reported, read on mainnet by third parties; redeem and the
// whitelist are assumed.
type Redeemer struct {
	contract   gaib.Contract
	token      Token
	stablecoin gaib.ERC20
}

// NewRedeemer returns the redeemer of a deployment. It pays USDC.
func NewRedeemer(deployment gaib.Deployment) Redeemer {
	return Redeemer{
		contract:   deployment.Contract(gaib.Redeemer, contract.DecodeRedeemerError),
		token:      NewToken(deployment),
		stablecoin: gaib.NewStablecoin(deployment, gaib.USDC),
	}
}

// Contract returns the redeemer's contract.
func (r Redeemer) Contract() gaib.Contract { return r.contract }

// Items returns the binding's items, for [gaib.Probe].
func (r Redeemer) Items() []gaib.Item { return contract.RedeemerItems() }

// Stablecoin reads the address of what the redeemer pays in.
func (r Redeemer) Stablecoin() *gaib.Query[common.Address] {
	return gaib.NewQuery(r.contract, contract.RedeemerStablecoin{})
}

// FeeBps reads the fee in basis points of the amount.
func (r Redeemer) FeeBps() *gaib.Query[uint256.Int] {
	return gaib.NewQuery(r.contract, contract.RedeemerRedemptionFeeBps{})
}

// DailyLimit reads how much AID may be redeemed in a UTC day.
func (r Redeemer) DailyLimit() *gaib.Query[uint256.Int] {
	return gaib.NewQuery(r.contract, contract.RedeemerRedeemLimitPerDay{})
}

// RedeemedOn reads how much AID was redeemed on the UTC day of a time, the first day for a time before 1970. That the contract
// counts days from 1970 is inferred.
func (r Redeemer) RedeemedOn(day time.Time) *gaib.Query[uint256.Int] {
	return gaib.NewQuery(r.contract, contract.RedeemerDailyRedeemed{Day: *uint256.NewInt(uint64(max(0, day.Unix())) / secondsPerDay)})
}

// IsWhitelisted reads whether an account may redeem. Assumed.
func (r Redeemer) IsWhitelisted(account common.Address) *gaib.Query[bool] {
	return gaib.NewQuery(r.contract, contract.RedeemerIsWhitelisted{Account: account})
}

const secondsPerDay = 24 * 60 * 60

// ErrStablecoin: the redeemer pays in another coin than the library knows of. Read Stablecoin and bind that token.
var ErrStablecoin = errors.New("the redeemer pays in another stablecoin")

// Terms reads what the redeemer's getters say, for quotes on the UTC day of a time. Whether the caller is whitelisted is
// not among them: set [RedeemTerms.Access] when it is known. It fails when the redeemer pays in another coin than USDC.
func (r Redeemer) Terms(day time.Time) *gaib.Query[RedeemTerms] {
	coin, fee, limit, redeemed := r.Stablecoin(), r.FeeBps(), r.DailyLimit(), r.RedeemedOn(day)
	float := r.stablecoin.BalanceOf(r.contract.Address())
	return gaib.Group(func() (RedeemTerms, error) {
		if coin.Value() != r.stablecoin.Address() {
			return RedeemTerms{}, fmt.Errorf("the redeemer pays in %s, not in %s: %w", coin.Value(), r.stablecoin.Address(), ErrStablecoin)
		}
		bps := fee.Value()
		if !bps.IsUint64() {
			return RedeemTerms{}, fmt.Errorf("redemption fee of %s basis points: %w", bps.Dec(), gaib.ErrBadAnswer)
		}
		return RedeemTerms{FeeBps: bps.Uint64(), LimitPerDay: limit.Value(), RedeemedToday: redeemed.Value(),
			Float: float.Value(), Decimals: r.stablecoin.Unit().Decimals}, nil
	}, coin, fee, limit, redeemed, float)
}

// Quote returns what redeeming an amount of AID gives at the latest block, to the base unit, and why it is limited if it is.
// Two requests: the block decides which day's limit counts.
func (r Redeemer) Quote(ctx context.Context, client gaib.Client, amount uint256.Int) (RedeemQuote, error) {
	head, err := gaib.Head(ctx, client, gaib.Latest)
	if err != nil {
		return RedeemQuote{}, err
	}
	terms, err := r.Terms(head.Time).Call(ctx, client, head.Block())
	if err != nil {
		return RedeemQuote{}, err
	}
	return terms.Quote(amount)
}

// Redeem burns an amount of the sender's AID and pays the receiver in the stablecoin. Assumed.
func (r Redeemer) Redeem(amount uint256.Int, receiver common.Address) gaib.Call {
	return r.redeem(amount, receiver, "")
}

func (r Redeemer) redeem(amount uint256.Int, receiver common.Address, outcome string) gaib.Call {
	function := contract.RedeemerRedeem{Amount: amount, Receiver: receiver}
	if receiver == (common.Address{}) {
		return gaib.FailedCall(r.contract, function, fmt.Errorf("receiver: %w", gaib.ErrZeroAddress))
	}
	return gaib.NewCall(r.contract, function, "redeem "+Unit().Format(amount)+outcome)
}

// PlanRedeem returns the plan by which an account redeems AID for itself. It fails before the chain would: with the [Limit]
// that stops the amount, *contract.RedeemerNotWhitelistedError, *gaib.ERC20InsufficientBalanceError, or a [*QuoteError]. It does
// not ask whether AID is paused, which is another assumed call, see [Token.Paused]; simulating the plan shows it. Assumed.
func (r Redeemer) PlanRedeem(ctx context.Context, client gaib.Client, account common.Address, amount uint256.Int) (gaib.Plan, error) {
	if err := r.Redeem(amount, account).Err(); err != nil {
		return nil, err
	}
	head, err := gaib.Head(ctx, client, gaib.Latest)
	if err != nil {
		return nil, err
	}
	terms, balance, listed := r.Terms(head.Time), r.token.BalanceOf(account), r.IsWhitelisted(account)
	if _, err := gaib.Read(ctx, client, head.Block(), terms, balance, listed); err != nil {
		return nil, fmt.Errorf("redeem AID: %w", err)
	}
	if !listed.Value() {
		return nil, fmt.Errorf("redeem AID: %w", &contract.RedeemerNotWhitelistedError{Account: account})
	}
	if have := balance.Value(); have.Lt(&amount) {
		return nil, fmt.Errorf("redeem AID: %w", &gaib.ERC20InsufficientBalanceError{Sender: account, Balance: have, Needed: amount})
	}
	known := terms.Value()
	known.Access = AccessAllowed
	quote, err := known.Quote(amount)
	if err != nil {
		return nil, err
	}
	if quote.LimitedBy != Unlimited {
		return nil, fmt.Errorf("redeem %s, of which %s can be redeemed now: %w", Unit().Format(amount), Unit().Format(quote.Capacity), quote.LimitedBy)
	}
	return gaib.Plan{r.redeem(amount, account, " for "+r.stablecoin.Unit().Format(quote.Out))}, nil
}

// Redemptions are the redeemer's payments, for [gaib.Logs]. Assumed.
func (r Redeemer) Redemptions() *gaib.Events[contract.RedeemerRedeemedEvent] {
	return gaib.NewEvents[contract.RedeemerRedeemedEvent](r.contract)
}
