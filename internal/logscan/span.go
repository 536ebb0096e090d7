package logscan

import "sync"

const (
	firstSpan = 10_000 // what most providers take
	mostSpan  = 1 << 18
	mostLogs  = 4096 // in one reply, about 3 MB of JSON; replies are made no larger on purpose
	patient   = 16
	mostHeld  = 1 << 10
)

// Span is how many blocks to ask for. It doubles until the node refuses or a reply is large, then closes in on the largest
// size that the node takes. After a while it tries for more again, ever more rarely, because most limits count
// logs, not blocks. It is safe for concurrent use.
type Span struct {
	mu       sync.Mutex
	size     uint64
	good     uint64 // largest size known to be taken; 0 for none
	refused  uint64 // smallest size known to be refused; 0 for none
	held     int    // answers since the last refusal
	patience int    // answers before a refused size is tried again
}

// NewSpan returns what is to be assumed of a node that is not known yet.
func NewSpan() *Span { return &Span{size: firstSpan, patience: patient} }

func (s *Span) next() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size
}

// tooLarge makes the span smaller than asked, which was refused and is more than one block.
func (s *Span) tooLarge(asked uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.good >= asked { // these blocks hold more than those before
		s.good = 0
	}
	s.refused, s.held = asked, 0
	s.size = max(s.good, asked/2)
}

// fits takes note that a range of asked blocks was answered with so many logs.
func (s *Span) fits(asked uint64, logs int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if logs > mostLogs {
		s.size = max(1, min(s.size, asked*mostLogs/uint64(logs)))
		return
	}
	if asked < s.size {
		return // a last, short piece says nothing
	}
	s.good = asked
	if s.held++; s.refused != 0 && s.held >= s.patience {
		s.refused, s.held, s.patience = 0, 0, min(s.patience*2, mostHeld)
	}
	switch {
	case logs > mostLogs/2: // large enough
		s.size = asked
	case s.refused == 0:
		s.size = min(asked*2, mostSpan)
	case s.refused > asked && (s.refused-asked)/2 > asked/8: // nearer is not worth another refusal
		s.size = asked + (s.refused-asked)/2
	}
}
