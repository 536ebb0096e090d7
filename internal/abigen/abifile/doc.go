// Package abifile reads .abi files, the human-readable description of one contract that bindings are generated from.
//
// A file names its contract and then has one item after the other:
//
//		contract Token
//
//		// What a holder owns, in base units.
//		function balanceOf(address account) view returns (uint256) @confirmed
//		function mint(address asset, address to, uint256 amount) as MintAsset @assumed
//		event Transfer(address indexed from, address indexed to, uint256 value) @confirmed
//		error ERC20InvalidSender(address sender) @reported
//		struct Fee { uint256 nativeFee; uint256 lzTokenFee; }
//
//	  - "contract Name" comes first. Name is put before every generated Go name; "-" stands for no prefix.
//	  - Every function, event and error ends with its evidence: @confirmed, @standard, @reported or @assumed.
//	  - A function may have view, pure or payable, then returns (...). An event may be anonymous.
//	  - "as GoName" replaces the Go name that would be made from the item's name; overloads need it. It stands
//	    before the evidence, and in a struct before the brace.
//	  - An item ends with its line; inside brackets a line may be broken.
//	  - // starts a comment. The comment lines directly above an item become its Go documentation, and for an error also
//	    the advice that its message gives.
//
// Types are those of the contract ABI, written out: uint8 to uint256 and int8 to int256 in steps of 8, bool, address,
// bytes1 to bytes32, bytes, string, structs of the same file (also such as follow later), and arrays T[] and T[N] of them.
// Names of arguments are free: they are no part of the signature. An argument may go without.
//
// [Parse] checks everything that can be checked without Go: types, structs that contain themselves, evidence, selectors
// that are used twice, and sizes, so that whatever it returns can be generated and its work is bounded by the input.
package abifile
