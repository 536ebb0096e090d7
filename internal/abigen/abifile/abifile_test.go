package abifile

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/codec"
)

func TestParse(t *testing.T) {
	src := strings.Join([]string{
		"// About the contract.",
		"contract Token // a note",
		"",
		"// Not this.",
		"",
		"// What a holder owns.",
		"//",
		"// In base units.",
		"function balanceOf(address account) view returns (uint256) @confirmed // seen on chain",
		"function mint(address asset, uint24[3][] amounts) payable as MintAsset @assumed\r",
		"\tfunction odd (",
		"\t\tOuter outer, // first",
		"",
		"\t\tint16 ) pure returns (bytes7 a , string b) @reported",
		"event Moved(address indexed from, Inner[2] indexed inner, bytes data) @standard",
		"event Hidden(bool indexed) anonymous @assumed",
		"// Wait.",
		"error Paused() @confirmed",
		"struct Outer as Shell { Inner[] inner; bytes32 id; }",
		"// Both limits.",
		"struct Inner {",
		"\tint8 low; // at least",
		"\tuint128[2] high;",
		"}",
	}, "\n")
	c, err := Parse("token.abi", []byte(src))
	require.NoError(t, err)
	require.Equal(t, "Token", c.Name)
	require.Equal(t, []string{"About the contract."}, c.Doc)
	require.Len(t, c.Items, 6)

	balance := c.Items[0]
	require.Equal(t, []string{"What a holder owns.", "", "In base units."}, balance.Doc)
	require.Equal(t, Pos{"token.abi", 9, 10}, balance.Pos)
	require.Equal(t, "token.abi:9:10", balance.Pos.String())
	require.True(t, balance.View)
	require.Equal(t, codec.Confirmed, balance.Evidence)
	require.Equal(t, "balanceOf(address)", balance.Signature())
	hash := balance.Hash()
	require.Equal(t, "70a08231", hex.EncodeToString(hash[:4])) // as every ERC-20 token has it
	require.Equal(t, "function balanceOf(address account) view returns (uint256)", balance.String())

	mint := c.Items[1]
	require.Equal(t, "MintAsset", mint.GoName)
	require.Empty(t, mint.Doc)
	require.True(t, mint.Payable)
	require.Equal(t, codec.Assumed, mint.Evidence)
	require.Equal(t, "function mint(address asset, uint24[3][] amounts) payable", mint.String())

	odd := c.Items[2]
	require.True(t, odd.Pure)
	require.Equal(t, codec.Reported, odd.Evidence)
	require.Equal(t, "odd(((int8,uint128[2])[],bytes32),int16)", odd.Signature())
	require.Equal(t, "function odd(Outer outer, int16) pure returns (bytes7 a, string b)", odd.String())
	require.Equal(t, "", odd.Args[1].Name)

	moved := c.Items[3]
	require.Equal(t, codec.Event, moved.Kind)
	require.Equal(t, codec.Standard, moved.Evidence)
	require.Equal(t, []bool{true, true, false}, []bool{moved.Args[0].Indexed, moved.Args[1].Indexed, moved.Args[2].Indexed})
	require.Equal(t, "event Moved(address indexed from, Inner[2] indexed inner, bytes data)", moved.String())
	require.True(t, c.Items[4].Anonymous)
	require.Equal(t, "event Hidden(bool indexed) anonymous", c.Items[4].String())

	require.Equal(t, codec.Error, c.Items[5].Kind)
	require.Equal(t, []string{"Wait."}, c.Items[5].Doc)
	require.Equal(t, "error Paused()", c.Items[5].String())

	require.Len(t, c.Structs, 2)
	outer, inner := c.Structs[0], c.Structs[1]
	require.Equal(t, "Shell", outer.GoName)
	require.Equal(t, []string{"Both limits."}, inner.Doc)
	require.Equal(t, "struct Inner { int8 low; uint128[2] high; }", inner.String())
	require.Same(t, inner, outer.Fields[0].Type.Elem.Struct)

	tuple, element := odd.Args[0].Type, outer.Fields[0].Type.Elem
	require.True(t, tuple.Dynamic())
	require.Equal(t, []int{2, 1}, []int{tuple.Words(), tuple.HeadWords()})
	require.False(t, element.Dynamic())
	require.Equal(t, []int{3, 3}, []int{element.Words(), element.HeadWords()})
	require.Equal(t, []int{6, 6}, []int{moved.Args[1].Type.Words(), moved.Args[1].Type.HeadWords()})

	c, err = Parse("x.abi", []byte("contract -"))
	require.NoError(t, err)
	require.Empty(t, c.Name)
}

func TestElementaryTypes(t *testing.T) {
	for _, test := range []struct {
		text  string
		kind  TypeKind
		size  int
		words int
		value bool
	}{
		{"uint8", Uint, 8, 1, true}, {"uint256", Uint, 256, 1, true}, {"int136", Int, 136, 1, true},
		{"bool", Bool, 0, 1, true}, {"address", Address, 0, 1, true}, {"bytes1", FixedBytes, 1, 1, true}, {"bytes32", FixedBytes, 32, 1, true},
		{"bytes", Bytes, 0, 1, false}, {"string", String, 0, 1, false}, {"bool[]", Slice, 0, 1, false}, {"bool[7]", Array, 7, 7, false},
		{"bytes[7]", Array, 7, 7, false}, {"bool[2][3]", Array, 3, 6, false}, {"bool[][3]", Array, 3, 3, false}, {"bool[4096]", Array, 4096, 4096, false},
	} {
		c, err := Parse("x.abi", []byte("contract X\nfunction f("+test.text+") @assumed"))
		require.NoError(t, err, test.text)
		typ := c.Items[0].Args[0].Type
		require.Equal(t, test.kind, typ.Kind, test.text)
		require.Equal(t, test.size, typ.Size, test.text)
		require.Equal(t, test.words, typ.Words(), test.text)
		require.Equal(t, test.value, typ.Value(), test.text)
		require.Equal(t, test.text, typ.String())
		require.Equal(t, test.text, typ.Canonical())
		dynamic := test.text == "bytes" || test.text == "string" || strings.Contains(test.text, "[]") || test.text == "bytes[7]"
		require.Equal(t, dynamic, typ.Dynamic(), test.text)
	}
}

func TestErrors(t *testing.T) {
	const mark = "end the line with @confirmed, @standard, @reported or @assumed"
	nested := "struct S0 { bool a; }\n"
	for i := 1; i <= 8; i++ {
		nested += "struct S" + string(rune('0'+i)) + " { S" + string(rune('0'+i-1)) + " a; }\n"
	}
	long := strings.Repeat("bytes32 a, ", 1100)
	for _, test := range []struct{ src, want string }{
		{"", `1:1: the file must start with "contract Name" (or "contract -")`},
		{"// only\n", `2:1: the file must start with "contract Name" (or "contract -")`},
		{"function f() @assumed", `1:1: the file must start with "contract Name" (or "contract -"), not "function"`},
		{"contract", "1:9: expected contract name, found the end of the line"},
		{"contract token", `1:10: contract name "token" must start with a capital letter and hold letters and digits only: it becomes a Go name`},
		{"contract A_B", `1:10: contract name "A_B" must start`},
		{"contract 1", `1:10: expected contract name, found "1"`},
		{"contract A B", `1:12: expected the end of the line, found "B"`},
		{"contract A\ncontract B", "2:1: a second contract: write one .abi file for each"},
		{"contract A\nfoo", `2:1: expected function, event, error or struct, found "foo"`},
		{"contract A\n@assumed", `2:1: expected function, event, error or struct, found "@assumed"`},
		{"contract A\nfunction", "2:9: expected the name of the function, found the end of the line"},
		{"contract A\nevent 1x()", `2:7: expected the name of the event, found "1x"`},
		{"contract A\nerror (", `2:7: expected the name of the error, found "("`},
		{"contract A\nfunction f", `2:11: expected "(" before the arguments, found the end of the line`},
		{"contract A\nfunction f(", "2:12: expected a type, found the end of the file"},
		{"contract A\nfunction f(bool", `2:16: expected "," or ")" after an argument, found the end of the file`},
		{"contract A\nfunction f(bool,) @assumed", `2:17: expected a type, found ")"`},
		{"contract A\nfunction f(bool a b) @assumed", `2:19: expected "," or ")" after an argument, found "b"`},
		{"contract A\nfunction f(bool 1a) @assumed", `2:17: expected the name of an argument, found "1a"`},
		{"contract A\nfunction f(bool indexed a) @assumed", "2:17: only arguments of an event can be indexed"},
		{"contract A\nfunction f(bytes memory a) @assumed", `2:18: "memory" is no part of the ABI: leave it out`},
		{"contract A\nfunction f(address payable a) @assumed", `2:20: "payable" is no part of the ABI: leave it out`},
		{"contract A\nfunction f((bool,bool) a) @assumed", "2:12: a tuple needs a name: declare a struct and use it here"},
		{"contract A\nfunction f()", "2:13: function f has no evidence: " + mark},
		{"contract A\nfunction f() // @assumed", "2:14: function f has no evidence: " + mark},
		{"contract A\nfunction f() view pure @assumed", `2:19: unexpected "pure" in function f`},
		{"contract A\nfunction f() external @assumed", `2:14: unexpected "external" in function f`},
		{"contract A\nfunction f() returns (bool) view @assumed", `2:29: unexpected "view" in function f`},
		{"contract A\nfunction f() returns () @assumed", "2:14: returns () says nothing: leave it out"},
		{"contract A\nfunction f() returns bool @assumed", `2:22: expected "(" before the arguments, found "bool"`},
		{"contract A\nevent E() view @assumed", `2:11: unexpected "view" in event E`},
		{"contract A\nerror E() anonymous @assumed", `2:11: unexpected "anonymous" in error E`},
		{"contract A\nfunction f() @sure", `2:14: unknown evidence "@sure": use @confirmed, @standard, @reported or @assumed`},
		{"contract A\nfunction f() @", `2:14: unknown evidence "@": use`},
		{"contract A\nfunction f() @assumed @confirmed", `2:23: expected the end of the line, found "@confirmed"`},
		{"contract A\nfunction f() @assumed;", `2:22: expected the end of the line, found ";"`},
		{"contract A\nfunction f() as @assumed", `2:17: expected Go name, found "@assumed"`},
		{"contract A\nfunction f() as g @assumed", `2:17: Go name "g" must start with a capital letter`},
		{"contract A\nfunction f(uint a) @assumed", `2:12: "uint" stands for uint256: write that`},
		{"contract A\nfunction f(int a) @assumed", `2:12: "int" stands for int256: write that`},
		{"contract A\nfunction f(byte a) @assumed", `2:12: "byte" stands for bytes1: write that`},
		{"contract A\nfunction f(uint7 a) @assumed", `2:12: no type "uint7": uint goes from 8 to 256 in steps of 8`},
		{"contract A\nfunction f(uint264 a) @assumed", `2:12: no type "uint264"`},
		{"contract A\nfunction f(uint0 a) @assumed", `2:12: no type "uint0"`},
		{"contract A\nfunction f(uint08 a) @assumed", `2:12: no type "uint08"`},
		{"contract A\nfunction f(int99999999999999999999 a) @assumed", `2:12: no type "int99999999999999999999": int goes from 8 to 256 in steps of 8`},
		{"contract A\nfunction f(bytes33 a) @assumed", `2:12: no type "bytes33": bytes goes from 1 to 32 in steps of 1`},
		{"contract A\nfunction f(bytes0 a) @assumed", `2:12: no type "bytes0"`},
		{"contract A\nfunction f(fixed a) @assumed", `2:12: type "fixed" is not supported`},
		{"contract A\nfunction f(function a) @assumed", `2:12: type "function" is not supported`},
		{"contract A\nfunction f(tuple a) @assumed", `2:12: type "tuple" is not supported`},
		{"contract A\nfunction f(Fee a) @assumed", `2:12: unknown type "Fee": neither an ABI type nor a struct of this file`},
		{"contract A\nfunction f(bool[0] a) @assumed", `2:17: array length "0": want a number from 1 to 4096`},
		{"contract A\nfunction f(bool[4097] a) @assumed", `2:17: array length "4097"`},
		{"contract A\nfunction f(bool[01] a) @assumed", `2:17: array length "01"`},
		{"contract A\nfunction f(bool[n] a) @assumed", `2:17: array length "n"`},
		{"contract A\nfunction f(bool[-1] a) @assumed", `2:17: array length "-"`},
		{"contract A\nfunction f(bool[99999999999999999999] a) @assumed", `2:17: array length "99999999999999999999"`},
		{"contract A\nfunction f(bool[1 a) @assumed", `2:19: expected "]" after an array length, found "a"`},
		{"contract A\nfunction f(bool" + strings.Repeat("[]", 9) + " a) @assumed", "2:32: more than 8 dimensions"},
		{"contract A\nfunction f(bool[64][65] a) @assumed", "2:12: bool[64][65] is too large: 4160 words, at most 4096"},
		{"contract A\nfunction f(bool[4096] a, bool b) @assumed", "2:26: too many words with this argument: 4097, at most 4096"},
		{"contract A\nfunction f() returns (bool[4096] a, bool b) @assumed", "2:37: too many words with this argument"},
		{"contract A\nfunction f(" + long + "bool) @assumed", "2:10: function f is too large: 8807 characters in its signature, at most 8192"},
		{"contract A\nfunction f(S) @assumed\nstruct S { " + strings.ReplaceAll(long, ",", ";") + " }", "3:8: struct S is too large: 8801 characters in a signature, at most 8192"},
		{"contract A\nfunction f(S[2]) @assumed\nstruct S { bool[4000] a; bool[97] b; }", "3:26: too many words with this argument: 4097, at most 4096"},
		{"contract A\nstruct", "2:7: expected the name of the struct, found the end of the line"},
		{"contract A\nstruct bool { bool a; }", `2:8: struct "bool" has the name of a type`},
		{"contract A\nstruct uint7 { bool a; }", `2:8: struct "uint7" has the name of a type`},
		{"contract A\nstruct S", `2:9: expected "{" before the fields, found the end of the line`},
		{"contract A\nstruct S as s { bool a; }", `2:13: Go name "s" must start`},
		{"contract A\nstruct S { }", "2:8: struct S has no fields"},
		{"contract A\nstruct S { bool; }", "2:12: a field of struct S has no name"},
		{"contract A\nstruct S { bool a }", `2:19: expected ";" after a field, found "}"`},
		{"contract A\nstruct S { bool a; ", "2:20: expected a type, found the end of the file"},
		{"contract A\nstruct S { bool a; } @assumed", `2:22: expected the end of the line, found "@assumed"`},
		{"contract A\nstruct S { bool a; }\nstruct S { bool b; }", "3:8: struct S was declared at x.abi:2:8"},
		{"contract A\nstruct S { bool a; }", "2:8: struct S is not used: remove it"},
		{"contract A\nstruct S { S[] a; }", "2:8: struct S contains itself"},
		{"contract A\nstruct A { B b; }\nstruct B { A[2] a; }", "2:8: struct A contains itself"},
		{"contract A\nfunction f(S8) @assumed\n" + nested, "11:8: struct S8 nests deeper than 8"},
		{"contract A\nfunction f() @assumed\nfunction f() @assumed", "3:10: function f() has the selector of f() at x.abi:2:10"},
		// A known pair of functions with one selector.
		{"contract A\nfunction burn(uint256) @assumed\nfunction collate_propagate_storage(bytes16) @assumed",
			"3:10: function collate_propagate_storage(bytes16) has the selector of burn(uint256) at x.abi:2:10"},
		{"contract A\nevent E(bool) @assumed\nevent E(bool indexed) @assumed", "3:7: event E(bool) has the selector of E(bool) at x.abi:2:7"},
		{"contract A\nevent E(bool indexed, bool indexed, bool indexed, bool indexed) @assumed", "2:51: event E has more than 3 indexed arguments"},
		{"contract A\nevent E(bool indexed, bool indexed, bool indexed, bool indexed, bool indexed) anonymous @assumed", "2:65: event E has more than 4 indexed arguments"},
		{"contract A\nfunction f(bool=) @assumed", "2:16: unexpected character '='"},
		{"contract A\n\"", `2:1: unexpected character '"'`},
		{"contract A\nfunction é() @assumed", "2:10: unexpected character 'é'"},
		{"contract A\n// a\x00b", "2:1: comment holds a character that cannot be printed"},
		{"contract A\n// a\rb", "2:1: comment holds a character that cannot be printed"},
		{"contract A\n// a\xffb", "2:1: comment holds a character that cannot be printed"},
		{"contract A\n" + strings.Repeat("\n", maxFile), "1:1: file of 262155 bytes; at most 262144 are read"},
	} {
		_, err := Parse("x.abi", []byte(test.src))
		var e *SyntaxError
		require.ErrorAs(t, err, &e, test.src)
		require.ErrorIs(t, err, ErrSyntax)
		require.True(t, strings.HasPrefix(err.Error(), "x.abi:"+test.want), "%.200q\nwant %s\nhave %s", test.src, test.want, err)
	}
}

// A function and an error may share a selector: they never meet.
func TestSelectorsOfDifferentKinds(t *testing.T) {
	_, err := Parse("x.abi", []byte("contract A\nfunction F() @assumed\nerror F() @assumed\nevent F() @assumed"))
	require.NoError(t, err)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("contract A\nstruct S as T { uint8[2][] a; }\n// doc\nfunction f(S s, bytes7) view returns (int24) as G @assumed\n"))
	f.Add([]byte("contract -\nevent E(address indexed a, string indexed) anonymous @standard\nerror X(bool) @confirmed // c\n"))
	f.Add([]byte("contract A\nstruct A { B b; }\nstruct B { A[2] a; }"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 1<<14 {
			return
		}
		c, err := Parse("f.abi", src)
		if err != nil {
			require.ErrorIs(t, err, ErrSyntax)
			return
		}
		// What was parsed can be printed and parsed again to the same.
		var b strings.Builder
		b.WriteString("contract -\n")
		for _, s := range c.Structs {
			b.WriteString(s.String() + "\n")
		}
		for _, it := range c.Items {
			b.WriteString(it.String() + " @" + it.Evidence.String() + "\n")
		}
		again, err := Parse("f.abi", []byte(b.String()))
		require.NoError(t, err, b.String())
		require.Len(t, again.Items, len(c.Items))
		for i, it := range c.Items {
			require.Equal(t, it.String(), again.Items[i].String())
			require.Equal(t, it.Signature(), again.Items[i].Signature())
			require.LessOrEqual(t, len(it.Signature()), maxSignature)
		}
	})
}
