// Package evmcode looks into deployed bytecode.
package evmcode

const (
	push1  = 0x60
	push32 = 0x7f
)

// Selectors returns the constants of up to four bytes that the code pushes, as a contract's dispatcher does with the
// selectors it knows; the compiler drops a selector's leading zero bytes. A function missing here is not dispatched.
// One that is here may be pushed for another reason, such as a call of another contract.
func Selectors(code []byte) map[[4]byte]bool {
	found := make(map[[4]byte]bool)
	for at := 0; at < len(code); at++ {
		op := code[at]
		if op < push1 || op > push32 {
			continue
		}
		size := int(op-push1) + 1
		if size <= 4 && at+size < len(code) {
			var word [4]byte
			copy(word[4-size:], code[at+1:at+1+size])
			found[word] = true
		}
		at += size
	}
	return found
}
