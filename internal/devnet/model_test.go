package devnet

import "math/big"

// vault is sAID's books and queue in plain integers, written from the rules and not from the contract.
type vault struct {
	assets, loss, shares, liquidity, fees *big.Int
	fixAtRequest                          bool
	queue                                 []request
	denied                                map[string]bool
	paid                                  *big.Int // all that was ever paid
}

type request struct {
	user           string
	shares, assets *big.Int
}

type payment struct {
	user                      string
	shares, assets, remaining *big.Int
	skipped                   bool
}

func add(a, b *big.Int) *big.Int { return new(big.Int).Add(a, b) }
func sub(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }

func least(a, b *big.Int) *big.Int {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

func mulDiv(a, b, d *big.Int) *big.Int { return new(big.Int).Div(new(big.Int).Mul(a, b), d) }

func mulDivUp(a, b, d *big.Int) *big.Int {
	n := new(big.Int).Mul(a, b)
	return n.Div(n.Add(n, sub(d, one)), d)
}

var one = big.NewInt(1)

func (v *vault) toAssets(s *big.Int) *big.Int {
	return mulDiv(s, add(v.assets, one), add(v.shares, one))
}
func (v *vault) toShares(a *big.Int) *big.Int {
	return mulDiv(a, add(v.shares, one), add(v.assets, one))
}
func (v *vault) mintCost(s *big.Int) *big.Int {
	return mulDivUp(s, add(v.assets, one), add(v.shares, one))
}
func (v *vault) withLoss(s *big.Int) *big.Int {
	return mulDiv(s, add(sub(v.assets, v.loss), one), add(v.shares, one))
}

func (v *vault) deposit(assets, shares *big.Int) {
	v.assets, v.shares = add(v.assets, assets), add(v.shares, shares)
}

func (v *vault) accrue(gross *big.Int) {
	fee := mulDiv(gross, big.NewInt(2000), big.NewInt(10_000))
	v.fees, v.assets = add(v.fees, fee), add(v.assets, sub(gross, fee))
}

// leave takes shares that go with assets out of the books.
func (v *vault) leave(shares, assets *big.Int) {
	taken := new(big.Int)
	if gap := sub(v.toAssets(shares), assets); gap.Sign() > 0 {
		taken = least(v.loss, gap)
	}
	v.assets, v.loss, v.shares = sub(v.assets, add(assets, taken)), sub(v.loss, taken), sub(v.shares, shares)
}

func (v *vault) unstake(user string, shares *big.Int) (assets *big.Int) {
	assets = v.withLoss(shares)
	if v.fixAtRequest {
		v.leave(shares, assets)
		v.queue = append(v.queue, request{user, new(big.Int), assets})
	} else {
		v.queue = append(v.queue, request{user, shares, new(big.Int)})
	}
	return assets
}

func (v *vault) pending(r request) *big.Int {
	if v.fixAtRequest {
		return r.assets
	}
	return v.withLoss(r.shares)
}

func (v *vault) process(maxIterations int) (payments []payment) {
	for n := min(maxIterations, len(v.queue)); n > 0 && v.liquidity.Sign() > 0; n-- {
		head := v.queue[0]
		if v.denied[head.user] {
			v.queue = append(v.queue[1:], head)
			payments = append(payments, payment{user: head.user, skipped: true})
			continue
		}
		shares, assets := new(big.Int), new(big.Int)
		if v.fixAtRequest {
			assets = least(head.assets, v.liquidity)
			head.assets = sub(head.assets, assets)
		} else {
			shares, assets = head.shares, v.withLoss(head.shares)
			if assets.Cmp(v.liquidity) > 0 {
				assets = v.liquidity
				shares = least(shares, mulDivUp(assets, add(v.shares, one), add(sub(v.assets, v.loss), one)))
			}
			v.leave(shares, assets)
			head.shares = sub(head.shares, shares)
		}
		v.liquidity, v.paid = sub(v.liquidity, assets), add(v.paid, assets)
		payments = append(payments, payment{head.user, shares, assets, v.pending(head), false})
		if head.shares.Sign() == 0 && head.assets.Sign() == 0 {
			v.queue = v.queue[1:]
		} else {
			v.queue[0] = head
		}
	}
	return payments
}
