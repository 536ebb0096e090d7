package live

import (
	"encoding/binary"
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/devnet"
)

func TestMintQuoteIsTheContracts(t *testing.T) {
	w := newWorld(t)
	d := roll(5)
	alice := w.who.Alice
	var most uint256.Int
	most.SetAllOne()
	for _, coin := range []gaib.ERC20{w.usdc, w.usdt} {
		require.NoError(t, w.mine(alice, coin.Approve(w.minter.Contract().Address(), most)))
		require.EqualValues(t, coin.Unit().Decimals, read(w, coin.Decimals()))
		amounts := []uint256.Int{{}, u(1), u(999_999), u(1_000_000), pow2(255), pow2(217), most}
		for range 12 {
			amounts = append(amounts, d.bits(39))
		}
		for _, amount := range amounts {
			what := id("mint for %s base units of %s", amount.Dec(), coin.Unit().Symbol)
			want, err := aid.QuoteMint(amount, coin.Unit().Decimals)
			aidBefore, coinBefore := read(w, w.token.BalanceOf(w.who.Bob.Address)), read(w, coin.BalanceOf(alice.Address))
			call := gaib.NewCall(w.minter.Contract(), contract.MinterMint{Stablecoin: coin.Address(), Amount: amount, Receiver: w.who.Bob.Address}, "")
			chainErr := gaib.DecodeNodeError(w.mine(alice, call), contract.DecodeMinterError)
			if err != nil {
				require.True(t, amount.IsZero() || amount.Gt(new(uint256.Int).Div(&most, uint256.NewInt(1e12))), what)
				var zero *contract.MinterZeroAmountError
				var panicked *gaib.PanicError
				if amount.IsZero() {
					require.ErrorIs(t, err, aid.ErrZeroAmount, what)
					require.ErrorAs(t, chainErr, &zero, what)
				} else {
					require.ErrorAs(t, chainErr, &panicked, what)
					requireAmount(t, u(0x11), panicked.Code, what)
				}
				continue
			}
			if amount.Gt(&coinBefore) {
				require.Error(t, chainErr, what)
				continue
			}
			require.NoError(t, chainErr, what)
			requireAmount(t, want, minus(read(w, w.token.BalanceOf(w.who.Bob.Address)), aidBefore), what)
			requireAmount(t, amount, minus(coinBefore, read(w, coin.BalanceOf(alice.Address))), what)
		}
	}
}

// token returns the code of a contract that says decimals(), and true or one to whatever else it is asked.
func token(decimals uint8) []byte {
	return slices.Concat(
		common.FromHex("0x5f3560e01c"),               // the selector
		common.FromHex("0x63313ce56714"),             // is it decimals()?
		common.FromHex("0x601657"),                   // then go to 0x16
		common.FromHex("0x60015f5260205ff35b5b5b5b"), // return 1; places to land on at 0x16
		[]byte{0x5b, 0x60, decimals}, common.FromHex("0x5f5260205ff3"))
}

func TestMigrationQuoteIsTheContracts(t *testing.T) {
	decimals := []uint8{0, 6, 8, 17, 18, 19, 24, 36, 77, 94, 95, 96, 200}
	alloc := make(types.GenesisAlloc)
	tokens := make([]common.Address, len(decimals))
	for i, n := range decimals {
		binary.BigEndian.PutUint32(tokens[i][16:], 0xa1d00000+uint32(n))
		alloc[tokens[i]] = types.Account{Code: token(n), Balance: new(big.Int)}
	}
	w := newWorld(t, devnet.WithAlloc(alloc))
	migrationAt, _, err := w.chain.Deploy(w.ctx, w.who.Manager, slices.Concat(artifact(t, "AIDAlphaMigration").Bytecode,
		w.oracle("AIDAlphaMigration", common.Address{}).pack("", w.token.Address(), w.who.Manager.Address, tokens)))
	require.NoError(t, err)
	w.aidOracle().send(w.who.Manager, "grantRole", aid.MinterRole.Hash(), migrationAt)
	w = w.on(w.deployment.With(gaib.Migration, gaib.Entry{Address: migrationAt, Evidence: gaib.Reported}))

	d := roll(7)
	alice := w.who.Alice
	minted, refused := 0, 0
	for i, n := range decimals {
		got := read(w, gaib.NewQuery(w.migration.Contract(), contract.MigrationGetAIDaDecimals{Token: tokens[i]}))
		require.Equal(t, n, got)
		amounts := []uint256.Int{{}, u(1), pow2(255)}
		for range 8 {
			amounts = append(amounts, d.bits(256))
		}
		for _, amount := range amounts {
			what := id("migrate %s of %d decimals", amount.Dec(), n)
			before, supply := read(w, w.token.BalanceOf(alice.Address)), read(w, w.token.TotalSupply())
			quote, err := aid.QuoteMigration(amount, n)
			chainErr := gaib.DecodeNodeError(w.mine(alice, gaib.NewCall(w.migration.Contract(), contract.MigrationMigrate{AidAlpha: tokens[i], Amount: amount}, "")),
				contract.DecodeMigrationError)
			if _, overflow := new(uint256.Int).AddOverflow(&supply, &quote.Out); err == nil && overflow {
				require.Error(t, chainErr, what) // more AID than there can be; no matter of the quote
				continue
			}
			if err != nil {
				refused++
				var zero *contract.MigrationZeroAmountError
				var panicked *gaib.PanicError
				if amount.IsZero() {
					require.ErrorAs(t, chainErr, &zero, what)
				} else {
					require.ErrorAs(t, chainErr, &panicked, "%s: %v", what, err)
				}
				continue
			}
			minted++
			require.NoError(t, chainErr, what)
			requireAmount(t, quote.Out, minus(read(w, w.token.BalanceOf(alice.Address)), before), what)
			// Lost is the rest that no AID stands for.
			if n > 18 {
				back, _ := new(big.Int).SetString(quote.Out.Dec(), 10)
				back.Mul(back, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)-18), nil))
				require.Equal(t, amount.Dec(), back.Add(back, quote.Lost.ToBig()).String(), what)
			} else {
				require.True(t, quote.Lost.IsZero(), what)
			}
		}
	}
	require.Greater(t, minted, 40)
	require.Greater(t, refused, 30)
}
