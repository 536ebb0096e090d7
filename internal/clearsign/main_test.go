package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/abigen/abifile"
)

// The committed files are what the sources make, and there are no others.
func TestDrift(t *testing.T) {
	files, err := generate("../..")
	require.NoError(t, err)
	require.Len(t, files, len(displays))
	for name, want := range files {
		have, err := os.ReadFile(filepath.Join("../..", name))
		require.NoError(t, err, "run go generate in internal/clearsign")
		require.Equal(t, string(want), string(have), name)
	}
	for _, folder := range []string{"aid/contract", "said/contract"} {
		found, err := filepath.Glob(filepath.Join("../..", folder, "calldata-*.json"))
		require.NoError(t, err)
		for _, name := range found {
			relative, err := filepath.Rel("../..", name)
			require.NoError(t, err)
			require.Contains(t, files, filepath.ToSlash(relative))
		}
	}
}

// What the published schema (version 2) asks of the parts that are used here.
func TestShape(t *testing.T) {
	files, err := generate("../..")
	require.NoError(t, err)
	for name, text := range files {
		var document struct {
			Context struct {
				Contract struct {
					Deployments []struct {
						ChainID uint64
						Address string
					}
				}
			}
			Display struct {
				Formats map[string]struct {
					Intent string
					Fields []struct {
						Path, Label, Format, Visible string
						Params                       map[string]any
					}
				}
			}
		}
		require.NoError(t, json.Unmarshal(text, &document))
		require.NotEmpty(t, document.Context.Contract.Deployments, name)
		for _, place := range document.Context.Contract.Deployments {
			require.NotZero(t, place.ChainID)
			require.Regexp(t, "^0x[0-9a-fA-F]{40}$", place.Address)
		}
		require.NotEmpty(t, document.Display.Formats, name)
		for signature, format := range document.Display.Formats {
			require.Regexp(t, `^[a-zA-Z]+\((([a-z0-9\[\]]+ [a-zA-Z0-9]+)(, )?)*\)$`, signature)
			require.NotEmpty(t, format.Intent)
			for _, field := range format.Fields {
				require.Contains(t, []string{"tokenAmount", "addressName", "raw"}, field.Format)
				require.NotEmpty(t, field.Label)
				require.Equal(t, "always", field.Visible)
				if field.Format == "tokenAmount" {
					require.True(t, field.Params["token"] != nil || field.Params["tokenPath"] != nil)
				}
			}
		}
	}
}

// What cannot be shown wholly is not shown at all.
func TestRefusals(t *testing.T) {
	contract, err := abifile.Parse("x.abi", []byte("contract X\n\nfunction pay(address to, uint256 value) @confirmed\n"))
	require.NoError(t, err)
	to, value := field{"to", "To", account, ""}, field{"value", "Amount", amount, "@.to"}
	for name, fields := range map[string][]field{
		"not all arguments": {to}, "no such argument": {to, value, {"memo", "Memo", raw, ""}}, "twice": {to, to, value}, "another type": {to, {"value", "Amount", account, ""}},
	} {
		_, err := function{"pay", "Pay", fields}.format(contract.Items[0])
		require.Error(t, err, name)
	}
	_, err = function{"pay", "Pay", []field{to, value}}.format(contract.Items[0])
	require.NoError(t, err)
	for name, broken := range map[string]display{
		"unknown contract": {name: "Nobody"}, "unknown function": {name: "AID", abi: []string{"erc20.abi"}, functions: []function{{name: "fly"}}},
		"a view": {name: "AID", abi: []string{"erc20.abi"}, functions: []function{{name: "balanceOf"}}}, "no file": {name: "AID", abi: []string{"none.abi"}},
		"assumed": {name: "Minter", abi: []string{"aid/contract/minter.abi"}, functions: []function{{name: "mint"}}},
	} {
		_, err := broken.document("../..", []deployed{{ChainID: 1, Contracts: []struct {
			Name       string `json:"name"`
			Address    string `json:"address"`
			Underlying string `json:"underlying"`
		}{{Name: "AID"}, {Name: "Minter"}}}})
		require.Error(t, err, name)
	}
}
