package codec

import "encoding/binary"

// amplification bounds the size of a decoded value to this many times the size of the data. Canonical
// encodings use each byte once; hand-made ones let equal (mostly empty) tails share one offset.
const amplification = 4

// Decoder reads the dynamic parts of one message and keeps count of how much it has decoded. Its methods take t,
// the data from the start of the enclosing tuple or array to the very end, and pos, the position in t of the
// word that holds the offset.
type Decoder struct {
	left int // bytes that may still be decoded
}

// NewDecoder returns the Decoder for a message of size bytes.
func NewDecoder(size int) Decoder { return Decoder{left: amplification * size} }

// take accounts for n bytes of t, or fails if they are not there or too much has been decoded already.
func (d *Decoder) take(t []byte, n int) error {
	if len(t) < n {
		return Short(t, n)
	}
	if d.left -= n; d.left < 0 {
		return Fail(t, 0, "", "", ErrAmplified)
	}
	return nil
}

// Tail returns t from the offset at pos on, with at least the head bytes that a dynamic tuple or array starts with.
func (d *Decoder) Tail(t []byte, pos, head int) ([]byte, error) {
	if len(t) < pos+wordSize {
		return nil, Short(t, pos+wordSize)
	}
	offset, ok := size(t[pos:])
	if !ok || offset > uint64(len(t)) {
		return nil, Fail(t, pos, "", "", ErrBadOffset)
	}
	tail := t[offset:]
	if err := d.take(tail, head); err != nil {
		return nil, err
	}
	return tail, nil
}

// Slice returns the length of the T[] at pos and the data from its first element on, of which each takes
// head bytes. The elements' heads are there: length*head bytes at least.
func (d *Decoder) Slice(t []byte, pos, head int) (int, []byte, error) {
	tail, err := d.Tail(t, pos, wordSize)
	if err != nil {
		return 0, nil, err
	}
	n, ok := size(tail)
	body := tail[wordSize:]
	if !ok || n > uint64(len(body)/head) {
		return 0, nil, Fail(tail, 0, "", "", ErrBadLength)
	}
	if err := d.take(body, int(n)*head); err != nil {
		return 0, nil, err
	}
	return int(n), body, nil
}

// Bytes sets dst to a copy of the bytes or string at pos. The padding up to the next word must be there and zero.
func (d *Decoder) Bytes(dst *[]byte, t []byte, pos int) error {
	b, err := d.bytes(t, pos, "bytes")
	if err == nil {
		*dst = append(make([]byte, 0, len(b)), b...)
	}
	return err
}

// String sets dst to the string at pos, like Bytes. It need not be valid UTF-8.
func (d *Decoder) String(dst *string, t []byte, pos int) error {
	b, err := d.bytes(t, pos, "string")
	if err == nil {
		*dst = string(b)
	}
	return err
}

func (d *Decoder) bytes(t []byte, pos int, typ string) ([]byte, error) {
	n, body, err := d.Slice(t, pos, 1)
	if err != nil {
		return nil, err
	}
	padded := (n + wordSize - 1) &^ (wordSize - 1)
	if len(body) < padded {
		return nil, Short(body, padded)
	}
	if !allZero(body[n:padded]) {
		return nil, Fail(body, n, "", typ, ErrDirtyPadding)
	}
	return body[:n], nil
}

// size returns the word w[:32] if it fits 64 bits.
func size(w []byte) (uint64, bool) {
	_ = w[31]
	high := binary.BigEndian.Uint64(w[0:8]) | binary.BigEndian.Uint64(w[8:16]) | binary.BigEndian.Uint64(w[16:24])
	low := binary.BigEndian.Uint64(w[24:32])
	return low, high == 0
}
