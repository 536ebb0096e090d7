package devnet

import (
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"
)

// The compiled contract that answers for each contract of the facts.
var compiled = map[string]string{
	"AID":               "AID",
	"AIDAlphaMigration": "AIDAlphaMigration",
	"AIDollarAlpha":     "AIDollarAlpha",
	"GAIBVesting":       "GAIBVesting",
	"Redeemer":          "Redeemer",
	"RedeemerBeacon":    "UpgradeableBeacon",
	"sAID":              "StakedAID",
}

// Contracts of the facts that the devnet does not have: the bridge, the pre-launch Minter (the deployed one is
// another contract) and the vault variant over Aave.
var absent = map[string]bool{
	"AIDOFTAdapter": true, "AIDOFTMintBurner": true, "AIDollarAlphaCUSDO": true, "IFlashMintOperator": true, "Minter": true,
}

// Rows of AID's pre-launch code that the deployed token is known or taken not to have.
var dropped = map[string]bool{
	"0xf6b911bc": true, // burn(address,address,uint256)
	"0xc6c3bbe6": true, // mint(address,address,uint256)
	"0xb61d27f6": true, // execute
	"0x3ea21465": true, // flashMint
	"0x51de9d1d": true, // setFlashMintFeeRate
	"0x5881bfc1": true, // initialize with a flash mint fee
	"0xd7037d58b24fddb3e3a420689f6912fc6868abea1d6b5ebe4da91f06167b264d": true, // FlashMinted
	"0x15fcd675": true, // ExecutionFailed
	"0x3a991e43": true, // FlashMintFailed
	"0x3ee5aeb5": true, // ReentrancyGuardReentrantCall, of the flash mint's guard
}

type fact struct{ contract, kind, signature, id, mutability, returns, basis string }

func facts(t *testing.T) []fact {
	data, err := os.ReadFile("testdata/signatures.tsv")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	var out []fact
	for _, line := range lines[1:] {
		f := strings.Split(line, "\t")
		require.Len(t, f, 7, line)
		out = append(out, fact{f[0], f[1], f[2], f[3], f[4], f[5], f[6]})
	}
	return out
}

// argument types of "address to, (uint64,uint256)[] list", without names and with indexed marks kept.
func parseTypes(list string) string {
	var out []string
	depth, start := 0, 0
	take := func(part string) {
		// The name follows the last space outside brackets.
		words := strings.Fields(part)
		if len(words) == 0 {
			return
		}
		typ := words[0]
		if len(words) > 1 && words[1] == "indexed" {
			typ += " indexed"
		}
		out = append(out, typ)
	}
	for i, r := range list {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ',' && depth == 0:
			take(list[start:i])
			start = i + 1
		}
	}
	take(list[start:])
	return strings.Join(out, ",")
}

func argumentTypes(args abi.Arguments) string {
	var out []string
	for _, arg := range args {
		typ := arg.Type.String()
		if arg.Indexed {
			typ += " indexed"
		}
		out = append(out, typ)
	}
	return strings.Join(out, ",")
}

func TestSignatures(t *testing.T) {
	checked := 0
	for _, f := range facts(t) {
		if absent[f.contract] {
			continue
		}
		name, ok := compiled[f.contract]
		require.True(t, ok, "the facts name %s, which is neither compiled nor listed as absent", f.contract)
		artifact, err := LoadArtifact(name)
		require.NoError(t, err)

		open := strings.Index(f.signature, "(")
		title, inputs := f.signature[:open], parseTypes(f.signature[open+1:len(f.signature)-1])
		canonical := title + "(" + strings.ReplaceAll(inputs, " indexed", "") + ")"
		hash := hexutil.Encode(crypto.Keccak256([]byte(canonical)))
		what := f.contract + " " + f.kind + " " + f.signature

		var found bool
		switch f.kind {
		case "function":
			require.Equal(t, f.id, hash[:10], what)
			method, err := artifact.ABI.MethodById(hexutil.MustDecode(f.id))
			if found = err == nil; found {
				require.Equal(t, inputs, argumentTypes(method.Inputs), what)
				require.Equal(t, parseTypes(f.returns), argumentTypes(method.Outputs), what)
				require.Equal(t, f.mutability, mutability(*method), what)
			}
		case "event":
			require.Equal(t, f.id, hash, what)
			for _, event := range artifact.ABI.Events {
				if event.ID.Hex() == f.id {
					found = true
					require.Equal(t, inputs, argumentTypes(event.Inputs), what)
				}
			}
		case "error":
			require.Equal(t, f.id, hash[:10], what)
			for _, custom := range artifact.ABI.Errors {
				if custom.ID.Hex()[:10] == f.id {
					found = true
					require.Equal(t, inputs, argumentTypes(custom.Inputs), what)
				}
			}
		default:
			require.Fail(t, "unknown kind", what)
		}
		if f.basis == "PRELAUNCH" && dropped[f.id] {
			require.False(t, found, "%s is listed as dropped but compiled in", what)
			continue
		}
		require.True(t, found, "%s is missing", what)
		checked++
	}
	require.Equal(t, 277, checked, "rows of the facts that the compiled contracts answer for")
}

func mutability(method abi.Method) string {
	return method.StateMutability
}

// What the facts do not know is fixed here, so that a change of an assumed signature does not pass unseen.
func TestAssumedSignatures(t *testing.T) {
	for contract, items := range map[string]map[string]string{
		"Minter": {
			"mint(address,uint256,address)":  "",
			"isWhitelisted(address)":         "0x3af32abf",
			"supportedStablecoin(address)":   "",
			"aid()":                          "0xb91cc136",
			"owner()":                        "0x8da5cb5b",
			"NotWhitelisted(address)":        "",
			"UnsupportedStablecoin(address)": "",
			"ZeroAmount()":                   "0x1f2a2005",
			"Minted(address,address,address,uint256,uint256)": "",
		},
		"Redeemer": {
			"redeem(uint256,address)":                           "0x7bde82f2",
			"NotWhitelisted(address)":                           "",
			"ZeroAmount()":                                      "",
			"DailyLimitExceeded(uint256,uint256)":               "",
			"InsufficientLiquidity(uint256,uint256)":            "",
			"Redeemed(address,address,uint256,uint256,uint256)": "",
		},
		"AID": {
			"burn(address,uint256)": "0x9dc29fac",
		},
		"StakedAID": {
			"UnstakeRequested(address,uint256,uint256)":         "",
			"UnstakeProcessed(address,uint256,uint256,uint256)": "",
			"UnstakeSkipped(address)":                           "",
			"NavUpdated(uint256,uint256)":                       "",
			"UnstakeAlreadyPending(address)":                    "",
			"ZeroAmount()":                                      "",
			"accrueYield(uint256)":                              "",
			"markDown(uint256)":                                 "",
			"markUp(uint256)":                                   "",
			"realizeLoss(uint256)":                              "",
			"fundQueue(uint256)":                                "",
			"fundQueueFromIdle(uint256)":                        "",
			"deploy(address,uint256)":                           "",
			"protocolFeeBps()":                                  "",
			"unrealizedLoss()":                                  "",
			"queueLiquidity()":                                  "",
			"queueLength()":                                     "",
			"pause()":                                           "0x8456cb59",
			"unpause()":                                         "0x3f4ba83a",
			"paused()":                                          "0x5c975abb",
		},
		"Multicall3": {
			"aggregate((address,bytes)[])":                    "0x252dba42",
			"aggregate3((address,bool,bytes)[])":              "0x82ad56cb",
			"aggregate3Value((address,bool,uint256,bytes)[])": "0x174dea71",
			"blockAndAggregate((address,bytes)[])":            "0xc3077fa9",
			"tryAggregate(bool,(address,bytes)[])":            "0xbce38bd7",
			"tryBlockAndAggregate(bool,(address,bytes)[])":    "0x399542e9",
			"getBasefee()":                "0x3e64a696",
			"getBlockHash(uint256)":       "0xee82ac5e",
			"getBlockNumber()":            "0x42cbb15c",
			"getChainId()":                "0x3408e470",
			"getCurrentBlockCoinbase()":   "0xa8b0574e",
			"getCurrentBlockDifficulty()": "0x72425d9d",
			"getCurrentBlockGasLimit()":   "0x86d516e8",
			"getCurrentBlockTimestamp()":  "0x0f28c97d",
			"getEthBalance(address)":      "0x4d2301cc",
			"getLastBlockHash()":          "0x27e86d6e",
		},
	} {
		artifact, err := LoadArtifact(contract)
		require.NoError(t, err)
		have := make(map[string]bool)
		for _, method := range artifact.ABI.Methods {
			have[method.Sig] = true
		}
		for _, event := range artifact.ABI.Events {
			have[event.Sig] = true
		}
		for _, custom := range artifact.ABI.Errors {
			have[custom.Sig] = true
		}
		for signature, id := range items {
			require.True(t, have[signature], "%s has no %s", contract, signature)
			if id != "" {
				require.Equal(t, id, hexutil.Encode(crypto.Keccak256([]byte(signature))[:4]), signature)
			}
		}
	}
}
