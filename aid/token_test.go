package aid_test

import (
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/fakenode"
)

func TestAmounts(t *testing.T) {
	amount, err := aid.Parse("1,250.5")
	require.NoError(t, err)
	require.Equal(t, n("1250500000000000000000"), amount)
	require.Equal(t, amount, aid.MustParse("1250.5"))
	require.Equal(t, "1250.5", aid.Format(amount))
	require.Equal(t, "1,250.5 AID", aid.Unit().Format(amount))
	require.PanicsWithValue(t, `aid.MustParse: "x" is not an amount: 'x' is not a digit`, func() { aid.MustParse("x") })
}

// OpenZeppelin publishes the hashes of the first two; the contract's admin role is zero.
func TestRoleHashes(t *testing.T) {
	require.Equal(t, common.Hash{}, aid.AdminRole.Hash())
	require.Equal(t, common.HexToHash("0x9f2df0fed2c77648de5860a4cc508cd0818c85b8b8a1ab4ceeef8d981c8956a6"), aid.MinterRole.Hash())
	hashes := map[common.Hash]bool{}
	for _, role := range []aid.Role{aid.AdminRole, aid.MinterRole, aid.BridgeMinterRole, aid.DenyListGuardRole, aid.DeniedRole} {
		hashes[role.Hash()] = true
	}
	require.Len(t, hashes, 5)
}

func TestTokenEvidence(t *testing.T) {
	chain, token := newBook(gaib.Mainnet()), aid.NewToken(gaib.Mainnet())
	chain.on(gaib.AID, contract.TokenHasRole{}, u(1))
	chain.on(gaib.AID, contract.TokenPaused{}, u(1))
	chain.on(gaib.AID, gaib.ERC2612Nonces{}, u(1))
	for _, role := range []aid.Role{aid.AdminRole, aid.MinterRole} {
		has, err := token.HasRole(role, alice).Call(t.Context(), chain, gaib.Latest)
		require.NoError(t, err, role)
		require.True(t, has)
	}
	for name, query := range map[string]gaib.Reader{
		"deny list": token.IsDenied(alice), "guard": token.HasRole(aid.DenyListGuardRole, alice), "bridge": token.HasRole(aid.BridgeMinterRole, alice),
		"own role": token.HasRole("MY_ROLE", alice), "paused": token.Paused(), "nonce": token.Nonce(alice),
	} {
		_, err := gaib.Read(t.Context(), chain, gaib.Latest, query)
		require.ErrorIs(t, err, gaib.ErrUnverified, name)
	}
	for name, call := range map[string]gaib.Call{"add": token.AddToDenyList(alice), "remove": token.RemoveFromDenyList(alice)} {
		require.ErrorIs(t, call.Err(), gaib.ErrUnverified, name)
	}
	require.NoError(t, token.Mint(alice, u(1)).Err())
	require.NoError(t, token.Transfer(alice, u(1)).Err())
	token = aid.NewToken(allowed())
	denied, err := token.IsDenied(alice).Call(t.Context(), chain, gaib.Latest)
	require.NoError(t, err)
	require.True(t, denied)
	require.NoError(t, token.AddToDenyList(alice).Err())
	paused, err := token.Paused().Call(t.Context(), chain, gaib.Latest)
	require.NoError(t, err)
	require.True(t, paused)
}

// A role is asked for with its own hash, and the deny list is the role that denied accounts hold.
func TestRoleArguments(t *testing.T) {
	chain, token := newBook(allowed()), aid.NewToken(allowed())
	var asked contract.TokenHasRole
	chain.contracts[gaib.AID][contract.TokenHasRole{}.Item().Selector] = func(_ uint64, data []byte) ([]byte, error) {
		require.NoError(t, asked.Decode(data))
		return fakenode.Word(0), nil
	}
	_, err := token.IsDenied(alice).Call(t.Context(), chain, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, contract.TokenHasRole{Role: aid.DeniedRole.Hash(), Account: alice}, asked)
	_, err = token.HasRole(aid.MinterRole, bob).Call(t.Context(), chain, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, contract.TokenHasRole{Role: aid.MinterRole.Hash(), Account: bob}, asked)
}

func TestTokenCalls(t *testing.T) {
	token := aid.NewToken(allowed())
	require.Equal(t, "mint 1 AID to "+bob.Hex(), token.Mint(bob, aid.MustParse("1")).Describe())
	require.Equal(t, "put 2 accounts on AID's deny list", token.AddToDenyList(alice, bob).Describe())
	require.Equal(t, "take 1 accounts off AID's deny list", token.RemoveFromDenyList(alice).Describe())
	require.ErrorIs(t, token.Mint(common.Address{}, u(1)).Err(), gaib.ErrZeroAddress)
	var add contract.TokenAddToDenyList
	require.NoError(t, add.Decode(token.AddToDenyList(alice, bob).Data))
	require.Equal(t, []common.Address{alice, bob}, add.Accounts)
	seen := map[string]gaib.Evidence{}
	for _, item := range token.Items() {
		if strings.EqualFold(item.Kind.String(), "function") {
			seen[item.Signature] = item.Evidence
		}
	}
	require.Equal(t, gaib.Assumed, seen["permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"])
	require.Equal(t, gaib.Confirmed, seen["mint(address,uint256)"])
	require.Contains(t, seen, "transfer(address,uint256)")
}

// A deny-listed account's transfer and a paused token are typed errors.
func TestTokenReverts(t *testing.T) {
	chain, token := newBook(allowed()), aid.NewToken(allowed())
	item := (&gaib.AddressDeniedError{}).Item()
	chain.reverts(gaib.AID, gaib.ERC20BalanceOf{}, common.Bytes2Hex(item.Selector[:])+common.Bytes2Hex(common.LeftPadBytes(alice[:], 32)))
	_, err := token.BalanceOf(alice).Call(t.Context(), chain, gaib.Latest)
	var denied *gaib.AddressDeniedError
	require.ErrorAs(t, err, &denied)
	require.Equal(t, alice, denied.Account)
	chain.reverts(gaib.AID, gaib.ERC20TotalSupply{}, "d93c0665")
	_, err = token.TotalSupply().Call(t.Context(), chain, gaib.Latest)
	var paused *gaib.EnforcedPauseError
	require.ErrorAs(t, err, &paused)
}

func TestTokenEvents(t *testing.T) {
	chain, token := newBook(gaib.Mainnet()), aid.NewToken(gaib.Mainnet())
	at := token.Address()
	list, err := contract.TokenAddToDenyList{Accounts: []common.Address{alice, bob}}.Encode()
	require.NoError(t, err)
	role := aid.MinterRole.Hash()
	chain.Logs = []fakenode.Log{
		{Address: at, Topics: []common.Hash{contract.TokenAddedToDenyListEvent{}.Item().Topic}, Data: list[4:], Block: 1},
		{Address: at, Topics: []common.Hash{contract.TokenRemovedFromDenyListEvent{}.Item().Topic}, Data: list[4:], Block: 2},
		{Address: at, Topics: []common.Hash{contract.TokenRoleGrantedEvent{}.Item().Topic, role, topicOf(alice), topicOf(bob)}, Block: 3},
		{Address: at, Topics: []common.Hash{contract.TokenRoleRevokedEvent{}.Item().Topic, role, topicOf(alice), topicOf(bob)}, Block: 4},
		{Address: at, Topics: []common.Hash{contract.TokenUpgradedEvent{}.Item().Topic, topicOf(bob)}, Block: 5},
	}
	var events []any
	for block, err := range gaib.Logs(t.Context(), chain, 0, gaib.Latest, token.Denials(), token.Readmissions(), token.RoleGrants(), token.RoleRevocations(), token.Upgrades()) {
		require.NoError(t, err)
		require.NoError(t, block.Logs[0].Err)
		events = append(events, block.Logs[0].Event)
	}
	require.Equal(t, []any{
		&contract.TokenAddedToDenyListEvent{Accounts: []common.Address{alice, bob}},
		&contract.TokenRemovedFromDenyListEvent{Accounts: []common.Address{alice, bob}},
		&contract.TokenRoleGrantedEvent{Role: role, Account: alice, Sender: bob},
		&contract.TokenRoleRevokedEvent{Role: role, Account: alice, Sender: bob},
		&contract.TokenUpgradedEvent{Implementation: bob},
	}, events)
}
