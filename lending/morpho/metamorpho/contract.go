package metamorpho

import (
	"context"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// Contract is a vault on a chain: an ERC-4626 whose deposits, withdrawals and plans are those of [gaib.ERC4626].
type Contract struct {
	gaib.ERC4626
	protocol morpho.Protocol
	token    common.Address
	unit     gaib.Unit
}

// New returns the vault of a name in a deployment that also has Morpho, see [morpho.Published]; token is the vault's
// asset, share and asset how amounts are written.
func New(deployment gaib.Deployment, name gaib.Name, token common.Address, share, asset gaib.Unit) Contract {
	at := deployment.Contract(name, contract.DecodeMetaMorphoError, blue.DecodeError)
	return Contract{ERC4626: gaib.NewERC4626(at, share, asset), protocol: morpho.New(deployment), token: token, unit: asset}
}

// Items returns the binding's items, for [gaib.Probe].
func (c Contract) Items() []gaib.Item {
	return slices.Concat(gaib.ERC20Items(), gaib.ERC4626Items(), contract.MetaMorphoItems())
}

// maxQueue is the contract's bound on both queues.
const maxQueue = 30

// State reads the vault with all its markets at one block, in a few requests that build on each other: the queues'
// lengths, the queues, the markets' parameters, the markets. It fails with gaib.ErrBadAnswer if a queue is longer than the contract allows.
func (c Contract) State(ctx context.Context, client gaib.Client, block gaib.Block) (Vault, gaib.Header, error) {
	at := c.Contract()
	header, err := gaib.Head(ctx, client, block)
	if err != nil {
		return Vault{}, gaib.Header{}, fmt.Errorf("vault: %w", err)
	}
	supplyLength, withdrawLength := gaib.NewQuery(at, contract.MetaMorphoSupplyQueueLength{}), gaib.NewQuery(at, contract.MetaMorphoWithdrawQueueLength{})
	offset, fee := gaib.NewQuery(at, contract.MetaMorphoDecimalsOffset{}), gaib.NewQuery(at, contract.MetaMorphoFee{})
	last, supply := gaib.NewQuery(at, contract.MetaMorphoLastTotalAssets{}), c.TotalSupply()
	cash := gaib.NewERC20(c.protocol.At(c.token, c.unit), c.unit).BalanceOf(c.protocol.Contract().Address())
	if _, err := gaib.Read(ctx, client, header.Block(), supplyLength, withdrawLength, offset, fee, last, supply, cash); err != nil {
		return Vault{}, gaib.Header{}, fmt.Errorf("vault: %w", err)
	}
	v := Vault{TotalSupply: supply.Value(), LastTotalAssets: last.Value(), DecimalsOffset: offset.Value(), Cash: cash.Value()}
	ratio, lengths := fee.Value(), [2]uint256.Int{supplyLength.Value(), withdrawLength.Value()}
	if !ratio.IsUint64() || lengths[0].GtUint64(maxQueue) || lengths[1].GtUint64(maxQueue) {
		return Vault{}, gaib.Header{}, fmt.Errorf("vault: fee %s, queues of %s and %s: %w", ratio.Dec(), lengths[0].Dec(), lengths[1].Dec(), gaib.ErrBadAnswer)
	}
	v.Fee = lending.Ratio(ratio.Uint64())

	var ids []*gaib.Query[common.Hash]
	var readers []gaib.Reader
	for i := range lengths[0].Uint64() {
		ids = append(ids, gaib.NewQuery(at, contract.MetaMorphoSupplyQueue{Index: *uint256.NewInt(i)}))
	}
	for i := range lengths[1].Uint64() {
		ids = append(ids, gaib.NewQuery(at, contract.MetaMorphoWithdrawQueue{Index: *uint256.NewInt(i)}))
	}
	for _, id := range ids {
		readers = append(readers, id)
	}
	if _, err := gaib.Read(ctx, client, header.Block(), readers...); err != nil {
		return Vault{}, gaib.Header{}, fmt.Errorf("queues of the vault: %w", err)
	}
	for n, query := range ids {
		id := query.Value()
		i := slices.IndexFunc(v.Markets, func(a Allocation) bool { return a.ID == id })
		if i < 0 {
			i = len(v.Markets)
			v.Markets = append(v.Markets, Allocation{ID: id})
		}
		if n < int(lengths[0].Uint64()) {
			v.SupplyQueue = append(v.SupplyQueue, i)
		} else {
			v.WithdrawQueue = append(v.WithdrawQueue, i)
		}
	}
	return v, header, c.markets(ctx, client, header.Block(), &v)
}

// markets reads the vault's markets, whose parameters have to be known first.
func (c Contract) markets(ctx context.Context, client gaib.Client, block gaib.Block, v *Vault) error {
	params := make([]*gaib.Query[blue.Params], len(v.Markets))
	var readers []gaib.Reader
	for i, a := range v.Markets {
		params[i] = c.protocol.Params(a.ID)
		readers = append(readers, params[i])
	}
	if _, err := gaib.Read(ctx, client, block, readers...); err != nil {
		return fmt.Errorf("markets of the vault: %w", err)
	}
	readers = nil
	states := make([]*gaib.Query[blue.Market], len(v.Markets))
	positions := make([]*gaib.Query[blue.Position], len(v.Markets))
	caps := make([]*gaib.Query[contract.MetaMorphoConfigResult], len(v.Markets))
	for i, a := range v.Markets {
		pair := c.protocol.Pair(params[i].Value(), c.unit, gaib.Unit{})
		states[i], positions[i] = pair.Market(), pair.Position(c.Address())
		caps[i] = gaib.NewQuery(c.Contract(), contract.MetaMorphoConfig{Id: a.ID})
		readers = append(readers, states[i], positions[i], caps[i])
	}
	if _, err := gaib.Read(ctx, client, block, readers...); err != nil {
		return fmt.Errorf("markets of the vault: %w", err)
	}
	for i := range v.Markets {
		a := &v.Markets[i]
		a.Market, a.SupplyShares, a.Cap = states[i].Value(), positions[i].Value().SupplyShares, caps[i].Value().Cap
	}
	return nil
}
