package resilience

import (
	"context"
	"sync"

	"github.com/gaib-go/gaib/internal/node"
)

// Session binds requests together: within one, a Failover asks a single node and fails rather than change it.
type Session struct {
	mu     sync.Mutex
	pinned map[*Failover]*member
}

type sessionKey struct{}

// WithSession returns a context whose requests are bound together.
func WithSession(ctx context.Context) (context.Context, *Session) {
	session := &Session{}
	return context.WithValue(ctx, sessionKey{}, session), session
}

func sessionOf(ctx context.Context) *Session {
	session, _ := ctx.Value(sessionKey{}).(*Session)
	return session
}

// Blame tells the Failovers that answered within the session that their node's answers were of no use: err shows it.
// They ask another one for a while.
func (s *Session) Blame(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for failover, one := range s.pinned {
		failover.blame(one, err)
	}
}

// node returns the node that a Failover is bound to, nil for none yet.
func (s *Session) node(of *Failover) *member {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pinned[of]
}

// bind binds a Failover to the node that answered first; it returns which that is.
func (s *Session) bind(of *Failover, to *member) *member {
	if s == nil {
		return to
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if before := s.pinned[of]; before != nil {
		return before
	}
	if s.pinned == nil {
		s.pinned = make(map[*Failover]*member)
	}
	s.pinned[of] = to
	return to
}

// Caller is the one method of a node.
type Caller = node.Caller
