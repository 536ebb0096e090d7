package live

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"reflect"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/codec"
	saidcontract "github.com/gaib-go/gaib/said/contract"
)

// A signature says nothing of results, of which arguments are indexed, or of the order of an error's arguments. These tests
// hold what the bindings make of them against go-ethereum's codec.

// flat returns the single values in a value of either codec, in order.
func flat(value any) []string {
	switch v := value.(type) {
	case uint256.Int:
		return []string{v.Dec()}
	case *big.Int:
		return []string{v.String()}
	}
	r := reflect.ValueOf(value)
	switch {
	case r.Kind() == reflect.Pointer:
		return flat(r.Elem().Interface())
	case r.Kind() == reflect.Struct:
		var all []string
		for i := range r.NumField() {
			all = append(all, flat(r.Field(i).Interface())...)
		}
		return all
	case r.Kind() == reflect.Array && r.Type().Elem().Kind() == reflect.Uint8:
		bytes := make([]byte, r.Len())
		reflect.Copy(reflect.ValueOf(bytes), r)
		return []string{hex.EncodeToString(bytes)}
	case r.Kind() == reflect.Slice && r.Type().Elem().Kind() == reflect.Uint8:
		return []string{hex.EncodeToString(r.Bytes())}
	case r.Kind() == reflect.Slice || r.Kind() == reflect.Array:
		all := []string{fmt.Sprintf("%d of", r.Len())}
		for i := range r.Len() {
			all = append(all, flat(r.Index(i).Interface())...)
		}
		return all
	}
	return []string{fmt.Sprint(value)}
}

// arguments returns the fields of an argument struct as go-ethereum's codec takes them.
func arguments(function any) []any {
	r := reflect.ValueOf(function)
	args := make([]any, r.NumField())
	for i := range args {
		switch v := r.Field(i).Interface().(type) {
		case uint256.Int:
			args[i] = v.ToBig()
		case common.Hash:
			args[i] = [32]byte(v)
		default:
			args[i] = v
		}
	}
	return args
}

// view is a read of a binding.
type view struct {
	item gaib.Item
	same func(t *testing.T)
}

func look[T any](w *world, c gaib.Contract, artifactName string, method gaib.Method[T]) view {
	return view{method.Item(), func(t *testing.T) {
		want := w.oracle(artifactName, c.Address()).view("latest", method.Item().Name, arguments(method)...)
		got, err := gaib.NewQuery(c, method).Call(w.ctx, w.client, gaib.Latest)
		require.NoError(t, err, method.Item().Signature)
		var all []string
		for _, value := range want {
			all = append(all, flat(value)...)
		}
		require.Equal(t, all, flat(got), "%s of %s", method.Item().Signature, c.Name())
	}}
}

func TestEveryViewReadsWhatGoEthereumReads(t *testing.T) {
	w := newWorld(t)
	who, d := w.who, roll(29)
	token, vault, minter, redeemer := w.token.Contract(), w.vault.Contract(), w.minter.Contract(), w.redeemer.Contract()
	migration, vesting := w.migration.Contract(), w.vesting.Contract()
	alpha := aid.NewAlphaVault(w.deployment, gaib.AlphaUSDC).Contract()
	// State in which nothing that can be read is zero.
	require.NoError(t, w.mine(who.Alice, w.token.Approve(who.Bob.Address, u(77))))
	require.NoError(t, w.mine(who.Whale, w.vault.Unstake(aidUnits(3))))
	require.NoError(t, w.mine(who.Alice, w.redeemer.Redeem(aidUnits(3), who.Alice.Address)))
	w.oracle("AIDAlphaMigration", migration.Address()).send(who.Manager, "transferOwnership", who.Bob.Address)
	vested := w.allocate([]aid.Allocation{{StartEpoch: uint64(w.chain.Now().Unix()) - 100, CliffDuration: 7, VestingInterval: 11, VestingCycles: 1000, Amount: aidUnits(9), CliffAmount: u(5)}})[0]
	require.NoError(t, w.mine(who.Carol, w.vesting.ClaimFor(vested)))
	require.NoError(t, w.chain.Mine(10))
	permit, _ := w.signedPermits()
	require.Error(t, w.mine(who.Bob, gaib.NewCall(token, permit, "")))
	hash := crypto.Keccak256Hash([]byte("signed"))
	signature, err := who.Manager.SignDigest(hash)
	require.NoError(t, err)
	signature[64] += 27
	managerRole := crypto.Keccak256Hash([]byte("MANAGER_ROLE"))
	day := u(uint64(w.chain.Now().Unix()) / (24 * 60 * 60))
	shares, assets := d.bits(90), d.bits(90)

	views := []view{
		look(w, token, "AID", gaib.ERC20Name{}), look(w, token, "AID", gaib.ERC20Symbol{}), look(w, token, "AID", gaib.ERC20Decimals{}),
		look(w, token, "AID", gaib.ERC20TotalSupply{}), look(w, token, "AID", gaib.ERC20BalanceOf{Account: who.Alice.Address}),
		look(w, token, "AID", gaib.ERC20Allowance{Owner: who.Alice.Address, Spender: who.Bob.Address}),
		look(w, token, "AID", gaib.ERC2612Nonces{Owner: who.Alice.Address}), look(w, token, "AID", gaib.ERC2612DomainSeparator{}),
		look(w, token, "AID", gaib.ERC2612Eip712Domain{}), look(w, alpha, "AIDollarAlpha", gaib.ERC2612Eip712Domain{}),
		look(w, token, "AID", contract.TokenHasRole{Role: aid.MinterRole.Hash(), Account: minter.Address()}),
		look(w, token, "AID", contract.TokenGetRoleAdmin{Role: aid.MinterRole.Hash()}), look(w, token, "AID", contract.TokenPaused{}),
		look(w, vault, "StakedAID", gaib.ERC4626Asset{}), look(w, vault, "StakedAID", gaib.ERC4626TotalAssets{}),
		look(w, vault, "StakedAID", gaib.ERC4626ConvertToAssets{Shares: shares}), look(w, vault, "StakedAID", gaib.ERC4626ConvertToShares{Assets: assets}),
		look(w, vault, "StakedAID", gaib.ERC4626MaxDeposit{Receiver: who.Alice.Address}), look(w, vault, "StakedAID", gaib.ERC4626MaxMint{Receiver: who.Alice.Address}),
		look(w, alpha, "AIDollarAlpha", gaib.ERC4626MaxWithdraw{Owner: who.Alice.Address}), look(w, alpha, "AIDollarAlpha", gaib.ERC4626MaxRedeem{Owner: who.Alice.Address}),
		look(w, vault, "StakedAID", gaib.ERC4626PreviewDeposit{Assets: assets}), look(w, vault, "StakedAID", gaib.ERC4626PreviewMint{Shares: shares}),
		look(w, vault, "StakedAID", gaib.ERC4626PreviewWithdraw{Assets: assets}), look(w, vault, "StakedAID", gaib.ERC4626PreviewRedeem{Shares: shares}),
		look(w, vault, "StakedAID", saidcontract.VaultConvertToAssetsWithLoss{Shares: shares}),
		look(w, vault, "StakedAID", saidcontract.VaultGetUnstakeRequest{User: who.Whale.Address}),
		look(w, minter, "Minter", contract.MinterAid{}), look(w, minter, "Minter", contract.MinterIsWhitelisted{Account: who.Alice.Address}),
		look(w, minter, "Minter", contract.MinterSupportedStablecoin{Stablecoin: w.usdt.Address()}),
		look(w, redeemer, "Redeemer", contract.RedeemerAid{}), look(w, redeemer, "Redeemer", contract.RedeemerStablecoin{}),
		look(w, redeemer, "Redeemer", contract.RedeemerRedemptionFeeBps{}), look(w, redeemer, "Redeemer", contract.RedeemerRedeemLimitPerDay{}),
		look(w, redeemer, "Redeemer", contract.RedeemerDailyRedeemed{Day: day}), look(w, redeemer, "Redeemer", contract.RedeemerIsWhitelisted{Account: who.Alice.Address}),
		look(w, migration, "AIDAlphaMigration", contract.MigrationAid{}), look(w, migration, "AIDAlphaMigration", contract.MigrationAidDecimals{}),
		look(w, migration, "AIDAlphaMigration", contract.MigrationIsSupportedAIDa{Token: alpha.Address()}),
		look(w, migration, "AIDAlphaMigration", contract.MigrationSupportedAIDa{Token: alpha.Address()}),
		look(w, migration, "AIDAlphaMigration", contract.MigrationGetAIDaDecimals{Token: alpha.Address()}),
		look(w, migration, "AIDAlphaMigration", contract.MigrationAidAlphaDecimals{Token: alpha.Address()}),
		look(w, migration, "AIDAlphaMigration", contract.MigrationOwner{}), look(w, migration, "AIDAlphaMigration", contract.MigrationPendingOwner{}),
		look(w, alpha, "AIDollarAlpha", contract.AlphaTotalDeposit{}), look(w, alpha, "AIDollarAlpha", contract.AlphaMaxDepositLimit{}),
		look(w, alpha, "AIDollarAlpha", contract.AlphaWithdrawEnabled{}), look(w, alpha, "AIDollarAlpha", contract.AlphaClaimedProfit{}),
		look(w, alpha, "AIDollarAlpha", contract.AlphaHasRole{Role: managerRole, Account: who.Manager.Address}),
		look(w, alpha, "AIDollarAlpha", contract.AlphaGetRoleMember{Role: managerRole}),
		look(w, alpha, "AIDollarAlpha", contract.AlphaGetRoleMemberCount{Role: managerRole}),
		look(w, alpha, "AIDollarAlpha", contract.AlphaIsValidateSignature{Hash: hash, Signature: signature}),
		look(w, vesting, "GAIBVesting", contract.VestingGAIB{}), look(w, vesting, "GAIBVesting", contract.VestingAllocations{User: vested}),
		look(w, vesting, "GAIBVesting", contract.VestingVested{User: vested}), look(w, vesting, "GAIBVesting", contract.VestingClaimable{User: vested}),
		look(w, vesting, "GAIBVesting", contract.VestingPaused{}), look(w, vesting, "GAIBVesting", contract.VestingOwner{}),
	}
	covered := make(map[string]int)
	for _, v := range views {
		v.same(t)
		covered[v.item.Signature]++
	}
	for _, b := range append(own(), shared()...) {
		for _, item := range b.items {
			if item.Kind == codec.Function && item.ReadOnly {
				require.NotZero(t, covered[item.Signature], "%s of %s is not looked at", item.Signature, b.of)
			}
		}
	}
}

// random returns a value of an ABI type, as go-ethereum's codec takes it.
func random(d dice, kind abi.Type) reflect.Value {
	value := reflect.New(kind.GetType()).Elem()
	switch kind.T {
	case abi.UintTy:
		n := d.bits(uint(kind.Size))
		if kind.Size > 64 {
			value.Set(reflect.ValueOf(n.ToBig()))
		} else {
			value.SetUint(n.Uint64())
		}
	case abi.BoolTy:
		value.SetBool(d.IntN(2) == 0)
	case abi.AddressTy, abi.FixedBytesTy:
		for i := range value.Len() {
			value.Index(i).SetUint(uint64(d.UintN(256)))
		}
	case abi.StringTy:
		value.SetString(fmt.Sprint("text ", d.Uint64()))
	case abi.SliceTy:
		for range d.IntN(4) {
			value = reflect.Append(value, random(d, *kind.Elem))
		}
	case abi.TupleTy:
		for i, part := range kind.TupleElems {
			value.Field(i).Set(random(d, *part))
		}
	default:
		panic("no random value of " + kind.String())
	}
	return value
}

// decoder is a generated event.
type decoder interface {
	Item() gaib.Item
	DecodeLog(topics []common.Hash, data []byte) error
}

func TestEveryEventDecodesAsTheContractLogsIt(t *testing.T) {
	d := roll(31)
	covered := make(map[string]bool)
	for name, events := range map[string][]decoder{
		"AID": {new(gaib.ERC20TransferEvent), new(gaib.ERC20ApprovalEvent), new(contract.TokenAddedToDenyListEvent), new(contract.TokenRemovedFromDenyListEvent),
			new(contract.TokenRoleGrantedEvent), new(contract.TokenRoleRevokedEvent), new(contract.TokenPausedEvent), new(contract.TokenUnpausedEvent), new(contract.TokenUpgradedEvent)},
		"AIDollarAlpha": {new(gaib.ERC20TransferEvent), new(gaib.ERC20ApprovalEvent), new(gaib.ERC4626DepositEvent), new(gaib.ERC4626WithdrawEvent),
			new(contract.AlphaWithdrawToggledEvent), new(contract.AlphaProfitClaimedEvent), new(contract.AlphaMaxDepositLimitSetEvent)},
		"AIDAlphaMigration": {new(contract.MigrationMigrationCompletedEvent), new(contract.MigrationOwnershipTransferStartedEvent), new(contract.MigrationOwnershipTransferredEvent)},
		"Minter":            {new(contract.MinterMintedEvent)},
		"Redeemer":          {new(contract.RedeemerRedeemedEvent)},
		"GAIBVesting": {new(contract.VestingAllocationsSetEvent), new(contract.VestingAllocationsResetEvent), new(contract.VestingAllocationReceiverChangedEvent),
			new(contract.VestingAllocationClawedBackEvent), new(contract.VestingClaimEvent)},
		"StakedAID": {new(gaib.ERC4626DepositEvent), new(gaib.ERC4626WithdrawEvent), new(saidcontract.VaultUnstakeRequestedEvent), new(saidcontract.VaultUnstakeProcessedEvent),
			new(saidcontract.VaultUnstakeSkippedEvent), new(saidcontract.VaultNavUpdatedEvent)},
		"USDT": {new(gaib.ERC20TransferEvent), new(gaib.ERC20ApprovalEvent)},
	} {
		compiled := artifact(t, name).ABI
		for _, event := range events {
			item := event.Item()
			covered[item.Signature] = true
			kind, err := compiled.EventByID(item.Topic)
			require.NoError(t, err, item.Signature)
			for range 20 {
				topics := []common.Hash{kind.ID}
				var plain []any
				var want []string
				for _, input := range kind.Inputs {
					value := random(d, input.Type).Interface()
					want = append(want, flat(value)...)
					if input.Indexed {
						word, err := abi.Arguments{{Type: input.Type}}.Pack(value)
						require.NoError(t, err)
						topics = append(topics, common.BytesToHash(word))
					} else {
						plain = append(plain, value)
					}
				}
				data, err := kind.Inputs.NonIndexed().Pack(plain...)
				require.NoError(t, err)
				require.NoError(t, event.DecodeLog(topics, data), "%s of %s", item.Signature, name)
				require.Equal(t, want, flat(event), "%s of %s", item.Signature, name)
			}
		}
	}
	for _, b := range append(own(), shared()...) {
		for _, item := range b.items {
			if item.Kind == codec.Event {
				require.True(t, covered[item.Signature], "%s of %s is not looked at", item.Signature, b.of)
			}
		}
	}
}

func TestEveryErrorDecodesAsTheContractRaisesIt(t *testing.T) {
	d := roll(37)
	decoders := map[string]gaib.ErrorDecoder{
		"Minter": contract.DecodeMinterError, "Redeemer": contract.DecodeRedeemerError, "AIDAlphaMigration": contract.DecodeMigrationError,
		"GAIBVesting": contract.DecodeVestingError, "StakedAID": saidcontract.DecodeVaultError, "AID": nil, "AIDollarAlpha": nil,
	}
	covered := make(map[string]bool)
	for name, decode := range decoders {
		var with []gaib.ErrorDecoder
		if decode != nil {
			with = append(with, decode)
		}
		for _, custom := range artifact(t, name).ABI.Errors {
			item, known := errorItem(custom.ID)
			if !known {
				continue
			}
			covered[item.Signature] = true
			for range 10 {
				var want []string
				values := make([]any, len(custom.Inputs))
				for i, input := range custom.Inputs {
					values[i] = random(d, input.Type).Interface()
					want = append(want, flat(values[i])...)
				}
				tail, err := custom.Inputs.Pack(values...)
				require.NoError(t, err)
				revert := gaib.DecodeRevert(append(custom.ID.Bytes()[:4:4], tail...), with...)
				require.NotNil(t, revert.Reason, "%s of %s", custom.Sig, name)
				require.Equal(t, want, flat(revert.Reason), "%s of %s", custom.Sig, name)
				require.Contains(t, revert.Error(), custom.Name+"(")
			}
		}
	}
	for _, b := range append(own(), bound{of: "standard", items: gaib.StandardItems()}) {
		for _, item := range b.items {
			if item.Kind == codec.Error && beyondFacts[item.Signature] == "" {
				require.True(t, covered[item.Signature], "%s of %s is not looked at", item.Signature, b.of)
			}
		}
	}
}

// errorItem returns the error of a selector among all bindings.
func errorItem(id common.Hash) (gaib.Item, bool) {
	for _, b := range append(own(), bound{items: gaib.StandardItems()}) {
		for _, item := range b.items {
			if item.Kind == codec.Error && item.Selector == [4]byte(id[:4]) {
				return item, true
			}
		}
	}
	return gaib.Item{}, false
}
