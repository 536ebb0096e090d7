package book

import (
	"slices"
	"sort"
)

// order is a sorted list of (key, handle) in blocks. The zero value is empty.
type order struct {
	firsts []entry // first entry of each block, which a search looks at before it touches a block
	blocks []*block
}

// entry is a position's place in the order; equal keys are ordered by handle, so that each entry can be found again.
type entry struct {
	key    float64
	handle uint32
}

func (e entry) compare(f entry) int {
	switch {
	case e.key < f.key:
		return -1
	case e.key > f.key:
		return 1
	case e.handle < f.handle:
		return -1
	case e.handle > f.handle:
		return 1
	}
	return 0
}

const blockSize = 256

// block holds keys and handles apart, so that a search reads keys only. It is never empty.
type block struct {
	count   int
	keys    [blockSize]float64
	handles [blockSize]uint32
}

func (b *block) at(i int) entry { return entry{b.keys[i], b.handles[i]} }

// search returns the index of the first entry not below e.
func (b *block) search(e entry) int {
	low, high := 0, b.count
	for low < high {
		middle := int(uint(low+high) >> 1)
		if k := b.keys[middle]; k < e.key || k == e.key && b.handles[middle] < e.handle {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// append adds the entries from to count of another block.
func (b *block) append(from *block, start int) {
	copy(b.keys[b.count:], from.keys[start:from.count])
	copy(b.handles[b.count:], from.handles[start:from.count])
	b.count += from.count - start
}

// fill sets an empty order to sorted entries, leaving room in each block.
func (o *order) fill(entries []entry) {
	for chunk := range slices.Chunk(entries, blockSize*7/8) {
		b := &block{count: len(chunk)}
		for i, e := range chunk {
			b.keys[i], b.handles[i] = e.key, e.handle
		}
		o.firsts = append(o.firsts, chunk[0])
		o.blocks = append(o.blocks, b)
	}
}

// locate returns the index of the block that e belongs to.
func (o *order) locate(e entry) int {
	return max(0, sort.Search(len(o.firsts), func(i int) bool { return o.firsts[i].compare(e) > 0 })-1)
}

func (o *order) insert(e entry) {
	if len(o.blocks) == 0 {
		o.fill([]entry{e})
		return
	}
	at := o.locate(e)
	b := o.blocks[at]
	if b.count == blockSize {
		right := &block{}
		right.append(b, blockSize/2)
		b.count = blockSize / 2
		o.blocks = slices.Insert(o.blocks, at+1, right)
		o.firsts = slices.Insert(o.firsts, at+1, right.at(0))
		if right.at(0).compare(e) < 0 {
			at, b = at+1, right
		}
	}
	i := b.search(e)
	copy(b.keys[i+1:b.count+1], b.keys[i:b.count])
	copy(b.handles[i+1:b.count+1], b.handles[i:b.count])
	b.keys[i], b.handles[i] = e.key, e.handle
	b.count++
	o.firsts[at] = b.at(0)
}

// remove takes out an entry that is in the order.
func (o *order) remove(e entry) {
	at := o.locate(e)
	b := o.blocks[at]
	i := b.search(e)
	copy(b.keys[i:], b.keys[i+1:b.count])
	copy(b.handles[i:], b.handles[i+1:b.count])
	b.count--
	if b.count == 0 {
		o.drop(at)
		return
	}
	o.firsts[at] = b.at(0)
	if b.count < blockSize/4 {
		o.merge(at)
	}
}

// merge joins a sparse block with a neighbour if both fit in one with room to spare.
func (o *order) merge(at int) {
	for _, left := range [2]int{at - 1, at} {
		if left < 0 || left+1 >= len(o.blocks) {
			continue
		}
		if a, b := o.blocks[left], o.blocks[left+1]; a.count+b.count <= blockSize*3/4 {
			a.append(b, 0)
			o.drop(left + 1)
			return
		}
	}
}

func (o *order) drop(at int) {
	o.blocks = slices.Delete(o.blocks, at, at+1)
	o.firsts = slices.Delete(o.firsts, at, at+1)
}
