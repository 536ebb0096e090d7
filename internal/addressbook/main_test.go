package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGeneratedCodeIsCurrent(t *testing.T) {
	data, err := os.ReadFile("../../deployments.json")
	require.NoError(t, err)
	want, err := generate(data)
	require.NoError(t, err)
	have, err := os.ReadFile("../../deployments_gen.go")
	require.NoError(t, err)
	require.Equal(t, string(want), string(have), "run go generate in the root of the module")
}

func TestGenerateRefuses(t *testing.T) {
	const good = `[{"chainId":1,"chain":"Ethereum","contracts":[{"name":"AID","address":"0x18F52B3fb465118731d9e0d276d4Eb3599D57596","evidence":"confirmed"}]}]`
	_, err := generate([]byte(good))
	require.NoError(t, err)
	for _, c := range []struct{ name, old, new, want string }{
		{"wrong checksum", "0x18F5", "0x18f5", "EIP-55"},
		{"lower case", "0x18F52B3fb465118731d9e0d276d4Eb3599D57596", "0x18f52b3fb465118731d9e0d276d4eb3599d57596", "EIP-55"},
		{"short address", "57596", "5759", "EIP-55"},
		{"no evidence", "confirmed", "", "evidence"},
		{"unknown evidence", "confirmed", "sure", "evidence"},
		{"unknown field", `"evidence"`, `"proof":"x","evidence"`, "unknown field"},
		{"unknown proxy", `"evidence"`, `"proxy":"clone","evidence"`, "proxy"},
		{"no name", `"AID"`, `""`, "no name"},
		{"no chain id", `"chainId":1`, `"chainId":0`, "no id"},
		{"twice", `[{"name"`, `[{"name":"AID","address":"0x18F52B3fb465118731d9e0d276d4Eb3599D57596","evidence":"confirmed"},{"name"`, "twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := generate([]byte(strings.Replace(good, c.old, c.new, 1)))
			require.ErrorContains(t, err, c.want)
		})
	}
}
