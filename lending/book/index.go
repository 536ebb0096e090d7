package book

import "hash/maphash"

// index finds the handle of an account: open addressing with linear probing, which takes a third of the memory of a map
// since the accounts themselves are in the records. Hashes are seeded, so that nobody can choose accounts that collide.
// The zero value is empty.
type index struct {
	seed  maphash.Seed
	slots []slot // a power of two, or none
	used  int
}

// slot keeps the account's hash so that probes and growth need not look at records. Handle is zero in a free slot, and
// otherwise one more than the record's.
type slot struct{ hash, handle uint32 }

func (x *index) hash(account *Account) uint32 { return uint32(maphash.Bytes(x.seed, account[:])) }

// find returns the slot of an account with the given hash; ok is false if there is none, and the slot is then where it
// belongs. There must be a free slot.
func (x *index) find(records *records, account *Account, hash uint32) (at int, ok bool) {
	mask := len(x.slots) - 1
	for at = int(hash) & mask; ; at = (at + 1) & mask {
		s := x.slots[at]
		if s.handle == 0 {
			return at, false
		}
		if s.hash == hash && records.at(s.handle-1).account == *account {
			return at, true
		}
	}
}

// get returns the handle of an account.
func (x *index) get(records *records, account *Account) (handle uint32, ok bool) {
	if x.used == 0 {
		return 0, false
	}
	at, ok := x.find(records, account, x.hash(account))
	if !ok {
		return 0, false
	}
	return x.slots[at].handle - 1, true
}

// add enters an account that is not in the index.
func (x *index) add(records *records, account *Account, handle uint32) {
	if 4*(x.used+1) > 3*len(x.slots) {
		x.grow()
	}
	hash := x.hash(account)
	at, _ := x.find(records, account, hash)
	x.slots[at] = slot{hash, handle + 1}
	x.used++
}

func (x *index) grow() {
	old := x.slots
	if old == nil {
		x.seed = maphash.MakeSeed()
	}
	x.slots = make([]slot, max(16, 2*len(old)))
	mask := len(x.slots) - 1
	for _, s := range old {
		if s.handle == 0 {
			continue
		}
		at := int(s.hash) & mask
		for x.slots[at].handle != 0 {
			at = (at + 1) & mask
		}
		x.slots[at] = s
	}
}

// remove takes out an account that is in the index, and moves up what had to probe past it.
func (x *index) remove(records *records, account *Account) {
	mask := len(x.slots) - 1
	hole, _ := x.find(records, account, x.hash(account))
	for at := (hole + 1) & mask; x.slots[at].handle != 0; at = (at + 1) & mask {
		// A slot may move to the hole if its home is not cyclically in (hole, at].
		if home := int(x.slots[at].hash) & mask; (at-home)&mask >= (at-hole)&mask {
			x.slots[hole], hole = x.slots[at], at
		}
	}
	x.slots[hole] = slot{}
	x.used--
}
