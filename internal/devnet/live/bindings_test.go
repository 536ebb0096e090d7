package live

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/codec"
	saidcontract "github.com/gaib-go/gaib/said/contract"
)

// bound is a set of items and the contracts it is a binding of: by name in the facts, and by name among the artifacts.
type bound struct {
	of       string
	items    []gaib.Item
	facts    []string
	artifact []string
}

// own are the bindings that each belong to one contract.
func own() []bound {
	return []bound{
		{"token", contract.TokenItems(), []string{"AID"}, []string{"AID"}},
		{"minter", contract.MinterItems(), nil, []string{"Minter"}}, // the facts' Minter is another, pre-launch contract
		{"redeemer", contract.RedeemerItems(), []string{"Redeemer"}, []string{"Redeemer"}},
		{"migration", contract.MigrationItems(), []string{"AIDAlphaMigration"}, []string{"AIDAlphaMigration"}},
		{"alpha", contract.AlphaItems(), []string{"AIDollarAlpha"}, []string{"AIDollarAlpha"}},
		{"vesting", contract.VestingItems(), []string{"GAIBVesting"}, []string{"GAIBVesting"}},
		{"vault", saidcontract.VaultItems(), []string{"sAID"}, []string{"StakedAID"}},
	}
}

// shared are the bindings that several contracts share. They say standard, whatever the facts say of one contract.
func shared() []bound {
	return []bound{
		{"ERC-20", gaib.ERC20Items(), []string{"AID", "AIDollarAlpha", "sAID"}, []string{"AID", "AIDollarAlpha", "StakedAID", "USDC", "USDT", "GAIBToken"}},
		{"ERC-4626", gaib.ERC4626Items(), []string{"AIDollarAlpha", "sAID"}, []string{"AIDollarAlpha", "StakedAID"}},
		{"ERC-2612", gaib.ERC2612Items(), []string{"AID", "AIDollarAlpha"}, []string{"AID", "AIDollarAlpha"}},
	}
}

// The exceptions: standard errors that no contract of the facts has, with where they come from.
var beyondFacts = map[string]string{
	"FailedCall()":                         "OpenZeppelin from 5.1",
	"InsufficientBalance(uint256,uint256)": "OpenZeppelin from 5.1",
}

// fact is a row of the recorded signatures.
type fact struct{ contract, kind, signature, id, mutability, basis string }

func readFacts(t *testing.T) []fact {
	data, err := os.ReadFile("../testdata/signatures.tsv")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	require.Greater(t, len(lines), 400)
	var rows []fact
	for _, line := range lines[1:] {
		f := strings.Split(line, "\t")
		require.Len(t, f, 7, line)
		rows = append(rows, fact{f[0], f[1], canonical(f[2]), f[3], f[4], f[6]})
	}
	return rows
}

// canonical returns a signature without argument names, indexed marks and spaces. In the facts ", " parts arguments and
// "," the members of a tuple.
func canonical(signature string) string {
	open := strings.Index(signature, "(")
	list := strings.TrimSuffix(signature[open+1:], ")")
	if list == "" {
		return signature
	}
	arguments := strings.Split(list, ", ")
	for i, argument := range arguments {
		arguments[i] = strings.Fields(argument)[0]
	}
	return signature[:open+1] + strings.Join(arguments, ",") + ")"
}

// best returns the highest evidence that a basis of the facts allows.
func best(t *testing.T, basis string) gaib.Evidence {
	switch basis {
	case "CONFIRMED":
		return gaib.Confirmed
	case "STANDARD":
		return gaib.Standard
	case "REPORTED":
		return gaib.Reported
	case "PRELAUNCH":
		return gaib.Assumed
	}
	require.Fail(t, "unknown basis", basis)
	return gaib.Assumed
}

// identity returns an item's selector or topic as the facts write it.
func identity(item gaib.Item) string {
	if item.Kind == codec.Event {
		return item.Topic.Hex()
	}
	return hexutil.Encode(item.Selector[:])
}

func find(rows []fact, contractName string, item gaib.Item) (fact, bool) {
	i := slices.IndexFunc(rows, func(f fact) bool {
		return f.contract == contractName && f.kind == item.Kind.String() && f.id == identity(item)
	})
	if i < 0 {
		return fact{}, false
	}
	return rows[i], true
}

// requireFact holds an item against its row.
func requireFact(t *testing.T, f fact, item gaib.Item) {
	t.Helper()
	require.Equal(t, f.signature, item.Signature)
	if item.Kind == codec.Function {
		require.Equal(t, f.mutability == "view" || f.mutability == "pure", item.ReadOnly, "read only: %s", item.Signature)
		require.Equal(t, f.mutability == "payable", item.Payable, "payable: %s", item.Signature)
	}
}

func TestEverySelectorIsThatOfItsSignature(t *testing.T) {
	for _, b := range append(slices.Concat(own(), shared()), bound{of: "standard", items: gaib.StandardItems()}) {
		seen := make(map[string]bool)
		for _, item := range b.items {
			hash := crypto.Keccak256Hash([]byte(item.Signature))
			require.Equal(t, item.Name, item.Signature[:strings.Index(item.Signature, "(")])
			if item.Kind == codec.Event {
				require.Equal(t, hash, item.Topic, item.Signature)
			} else {
				require.Equal(t, hash[:4], item.Selector[:], item.Signature)
				require.Equal(t, common.Hash{}, item.Topic, item.Signature)
			}
			key := item.Kind.String() + identity(item)
			require.False(t, seen[key], "%s is in the binding of %s twice", item.Signature, b.of)
			seen[key] = true
		}
	}
}

func TestBindingsOfOneContractFollowTheFacts(t *testing.T) {
	rows := readFacts(t)
	checked := 0
	for _, b := range own() {
		for _, item := range b.items {
			if item.Evidence == gaib.Assumed {
				// An assumption may agree with the facts; where it does it says the same of the function.
				for _, name := range b.facts {
					if f, ok := find(rows, name, item); ok {
						requireFact(t, f, item)
					}
				}
				continue
			}
			require.Len(t, b.facts, 1, "%s of %s is more than assumed and no facts are named", item.Signature, b.of)
			f, ok := find(rows, b.facts[0], item)
			require.True(t, ok, "%s %s of %s says %s; the facts of %s have no such line", item.Kind, item.Signature, b.of, item.Evidence, b.facts[0])
			requireFact(t, f, item)
			require.LessOrEqual(t, item.Evidence, best(t, f.basis), "%s says %s, the facts %s", item.Signature, item.Evidence, f.basis)
			checked++
		}
	}
	require.Greater(t, checked, 60)
}

func TestSharedBindingsFollowTheFacts(t *testing.T) {
	rows := readFacts(t)
	for _, b := range shared() {
		for _, item := range b.items {
			require.Equal(t, gaib.Standard, item.Evidence, "%s of %s", item.Signature, b.of)
			for _, name := range b.facts {
				f, ok := find(rows, name, item)
				require.True(t, ok, "%s of %s is not among the facts of %s", item.Signature, b.of, name)
				requireFact(t, f, item)
			}
		}
	}
	for _, item := range gaib.StandardItems() {
		if item.Signature == "AddressDenied(address)" {
			require.Equal(t, gaib.Assumed, item.Evidence, "AID's deny list is known from before the launch only")
			continue
		}
		require.Equal(t, gaib.Standard, item.Evidence, item.Signature)
		known := slices.ContainsFunc(rows, func(f fact) bool {
			return f.kind == item.Kind.String() && f.id == identity(item) && f.signature == item.Signature
		})
		require.Equal(t, beyondFacts[item.Signature] == "", known, "%s: among the facts %t", item.Signature, known)
	}
}

// AID's permit is standard where it is bound and assumed of AID; that of AIDa is confirmed.
func TestPermitIsGradedByTheToken(t *testing.T) {
	rows := readFacts(t)
	for name, evidence := range map[string]gaib.Evidence{"AID": gaib.Assumed, "AIDollarAlpha": gaib.Confirmed} {
		for _, item := range gaib.PermitItems(evidence) {
			f, ok := find(rows, name, item)
			require.True(t, ok, "%s of %s", item.Signature, name)
			require.LessOrEqual(t, item.Evidence, best(t, f.basis), item.Signature)
		}
	}
	d := gaib.Mainnet()
	w := (&world{t: t}).on(d)
	for _, item := range w.token.Items() {
		if slices.ContainsFunc(gaib.ERC2612Items(), func(other gaib.Item) bool { return other.Signature == item.Signature }) {
			require.Equal(t, gaib.Assumed, item.Evidence, item.Signature)
		}
	}
}

// USDT's transfer, transferFrom and approve return nothing, which the shared binding cannot know.
var silent = map[string]bool{"transfer(address,uint256)": true, "transferFrom(address,address,uint256)": true, "approve(address,uint256)": true}

func TestEveryItemIsInItsContract(t *testing.T) {
	for _, b := range slices.Concat(own(), shared()) {
		for _, name := range b.artifact {
			compiled := artifact(t, name).ABI
			for _, item := range b.items {
				what := id("%s %s of %s in %s", item.Kind, item.Signature, b.of, name)
				switch item.Kind {
				case codec.Function:
					method, err := compiled.MethodById(item.Selector[:])
					require.NoError(t, err, what)
					require.Equal(t, method.Sig, item.Signature, what)
					require.Equal(t, method.StateMutability == "view" || method.StateMutability == "pure", item.ReadOnly, what)
					require.Equal(t, method.StateMutability == "payable", item.Payable, what)
					if name == "USDT" && silent[item.Signature] {
						require.Empty(t, method.Outputs, what)
					}
				case codec.Event:
					event, err := compiled.EventByID(item.Topic)
					require.NoError(t, err, what)
					require.Equal(t, event.Sig, item.Signature, what)
				case codec.Error:
					custom, err := compiled.ErrorByID(item.Selector)
					require.NoError(t, err, what)
					require.Equal(t, custom.Sig, item.Signature, what)
				}
			}
		}
	}
	var all []abi.ABI
	for _, name := range []string{"AID", "AIDAlphaMigration", "AIDollarAlpha", "GAIBVesting", "Minter", "Redeemer", "StakedAID", "USDC", "ERC1967Proxy"} {
		all = append(all, artifact(t, name).ABI)
	}
	for _, item := range gaib.StandardItems() {
		compiled := slices.ContainsFunc(all, func(one abi.ABI) bool {
			custom, err := one.ErrorByID(item.Selector)
			return err == nil && custom.Sig == item.Signature
		})
		require.Equal(t, beyondFacts[item.Signature] == "", compiled, "%s: compiled in %t", item.Signature, compiled)
	}
}
