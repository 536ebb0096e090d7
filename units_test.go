package gaib_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
)

const maxText = "115792089237316195423570985008687907853269984665640564039457584007913129639935" // 2^256 - 1

func TestParseUnits(t *testing.T) {
	for _, c := range []struct {
		text     string
		decimals uint8
		want     string
	}{
		{"0", 0, "0"}, {"0", 77, "0"}, {"0.0", 18, "0"}, {"00", 6, "0"},
		{"1", 0, "1"}, {"1", 18, "1000000000000000000"}, {"1250.5", 18, "1250500000000000000000"},
		{"0.000001", 6, "1"}, {"0.000000000000000001", 18, "1"}, {".5", 1, "5"}, {"5.", 1, "50"},
		{"007", 0, "7"}, {"1.50", 2, "150"}, {"1.500000", 6, "1500000"},
		{"1,250.5", 18, "1250500000000000000000"}, {"19,945,311.770392801054623255", 18, "19945311770392801054623255"},
		{"12,345", 0, "12345"}, {"999,999,999", 0, "999999999"}, {"1_250.5", 1, "12505"}, {"1_0_0", 0, "100"}, {"1000_000", 0, "1000000"},
		{maxText, 0, maxText}, {strings.Repeat("0", 100) + maxText, 0, maxText},
		{"115792089237316195423570985008687907853269984665640564039457.584007913129639935", 18, maxText},
		{"1." + strings.Repeat("0", 77), 77, "1" + strings.Repeat("0", 77)},
		{"1.15792089237316195423570985008687907853269984665640564039457584007913129639935", 77, maxText},
	} {
		amount, err := gaib.ParseUnits(c.text, c.decimals)
		require.NoError(t, err, "%q with %d decimals", c.text, c.decimals)
		require.Equal(t, c.want, amount.Dec(), "%q with %d decimals", c.text, c.decimals)
	}
}

func TestParseUnitsRefuses(t *testing.T) {
	for _, c := range []struct {
		text     string
		decimals uint8
		want     string
	}{
		{"", 18, "no digits"}, {".", 18, "no digits"}, {"1.2.3", 18, "two points"}, {"..", 18, "two points"},
		{"-1", 18, "no sign"}, {"+1", 18, "no sign"}, {"1-", 18, "no sign"},
		{"1e18", 18, "exponent"}, {"1E3", 0, "exponent"}, {"e", 0, "exponent"},
		{" 1", 18, "' ' is not a digit"}, {"1 ", 18, "is not a digit"}, {"1\n", 18, "is not a digit"}, {"0x10", 18, "'x' is not a digit"},
		{"١", 18, "'١' is not a digit"}, {"½", 18, "'½' is not a digit"}, {"\xff", 18, "is not a digit"}, {"NaN", 0, "is not a digit"}, {"1\x00", 0, "is not a digit"},
		{"1.0", 0, "more than 0 digits"}, {"1.0000001", 6, "more than 6 digits"}, {"1.0000000", 6, "more than 6 digits"},
		{"1,5", 18, "thousands"}, {"1,25", 18, "thousands"}, {"1,2500", 18, "thousands"}, {"1250,500", 18, "thousands"}, {"1,250,5", 18, "thousands"}, {"1,25.5", 18, "thousands"}, {"1,25,000", 0, "thousands"},
		{",1", 18, "between digits"}, {"1,", 18, "between digits"}, {"1,,000", 18, "between digits"}, {"_1", 0, "between digits"}, {"1_", 0, "between digits"},
		{"1_,000", 0, "between digits"}, {"1,.5", 18, "between digits"}, {"1.000,000", 18, "before the point"}, {"1.0_0", 18, "before the point"}, {",", 0, "between digits"},
		{"115792089237316195423570985008687907853269984665640564039457584007913129639936", 0, "2^256"},
		{"115792089237316195423570985008687907853269984665640564039457.584007913129639936", 18, "2^256"},
		{"115792089237316195423570985008687907853269984665640564039458", 18, "2^256"},
		{"2", 77, "2^256"}, {strings.Repeat("9", 79), 0, "2^256"},
		{"1", 78, "at most 77"}, {"0", 255, "at most 77"},
		{strings.Repeat("0", 257), 0, "257 characters"}, {strings.Repeat("1", 1<<20), 0, "characters"},
	} {
		amount, err := gaib.ParseUnits(c.text, c.decimals)
		require.ErrorIs(t, err, gaib.ErrUnits, "%.40q with %d decimals", c.text, c.decimals)
		require.ErrorContains(t, err, c.want, "%.40q with %d decimals", c.text, c.decimals)
		require.Less(t, len(err.Error()), 300, "the error does not repeat all of a long text")
		require.True(t, amount.IsZero())
	}
}

func TestFormatUnits(t *testing.T) {
	for _, c := range []struct {
		amount   string
		decimals uint8
		want     string
	}{
		{"0", 0, "0"}, {"0", 18, "0"}, {"0", 255, "0"}, {"1", 0, "1"}, {"1000", 0, "1000"}, {"1", 18, "0.000000000000000001"},
		{"10", 1, "1"}, {"1250500000000000000000", 18, "1250.5"}, {"19945311770392801054623255", 18, "19945311.770392801054623255"},
		{maxText, 0, maxText}, {maxText, 77, "1.15792089237316195423570985008687907853269984665640564039457584007913129639935"},
		{maxText, 78, "0." + maxText}, {"1", 255, "0." + strings.Repeat("0", 254) + "1"},
	} {
		require.Equal(t, c.want, gaib.FormatUnits(*uint256.MustFromDecimal(c.amount), c.decimals))
	}
}

func TestUnit(t *testing.T) {
	aid := gaib.Unit{Symbol: "AID", Decimals: 18}
	for text, want := range map[string]string{
		"0": "0 AID", "1": "1 AID", "999": "999 AID", "1000": "1,000 AID", "1250.5": "1,250.5 AID", "999999": "999,999 AID", "1000000": "1,000,000 AID",
		"12345678.000000000000000001": "12,345,678.000000000000000001 AID", "0.0001": "0.0001 AID",
	} {
		amount, err := aid.Parse(text)
		require.NoError(t, err)
		require.Equal(t, want, aid.Format(amount))
	}
	require.Equal(t, "1,000", gaib.Unit{}.Format(*uint256.NewInt(1000)))
}

// exact returns text * 10^decimals by way of rational numbers.
func exact(text string, decimals uint8) (*big.Int, bool) {
	value, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, false
	}
	scaled := value.Mul(value, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)))
	return scaled.Num(), scaled.IsInt()
}

func FuzzParseUnits(f *testing.F) {
	for _, text := range []string{"", "1", "1,250.5", "1_0", ".5", "5.", "-1", "1e5", "0x1", maxText, maxText + "0", "1/2", "1,5", "½"} {
		f.Add(text, uint8(18))
		f.Add(text, uint8(0))
		f.Add(text, uint8(77))
	}
	f.Fuzz(func(t *testing.T, text string, decimals uint8) {
		amount, err := gaib.ParseUnits(text, decimals)
		if err != nil {
			require.ErrorIs(t, err, gaib.ErrUnits)
			// A plain decimal number that fits is never refused.
			plain := text != "" && len(text) <= 256 && strings.Trim(text, "0123456789") == ""
			if want, ok := exact(text, decimals); plain && ok && decimals <= 77 {
				require.Greater(t, want.BitLen(), 256)
			}
			return
		}
		want, ok := exact(strings.NewReplacer(",", "", "_", "").Replace(text), decimals)
		require.True(t, ok)
		require.Equal(t, want.String(), amount.Dec())
		again, err := gaib.ParseUnits(gaib.FormatUnits(amount, decimals), decimals)
		require.NoError(t, err)
		require.Equal(t, amount, again)
		again, err = gaib.ParseUnits(gaib.Unit{Decimals: decimals}.Format(amount), decimals)
		require.NoError(t, err, "what Unit.Format writes can be read")
		require.Equal(t, amount, again)
	})
}

func FuzzFormatUnits(f *testing.F) {
	f.Add([]byte{}, uint8(18))
	f.Add([]byte{1}, uint8(78))
	f.Add(make([]byte, 32), uint8(255))
	f.Fuzz(func(t *testing.T, word []byte, decimals uint8) {
		var amount uint256.Int
		amount.SetBytes(word)
		text := gaib.FormatUnits(amount, decimals)
		want, ok := exact(text, decimals)
		require.True(t, ok)
		require.Equal(t, want.String(), amount.Dec())
		require.False(t, strings.Contains(text, ".") && strings.HasSuffix(text, "0"), text)
		if decimals <= 77 {
			again, err := gaib.ParseUnits(text, decimals)
			require.NoError(t, err)
			require.Equal(t, amount, again)
		}
	})
}
