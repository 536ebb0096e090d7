package resilience

import (
	"context"
	"encoding/json"
	"time"
)

// Observation is one request that is over.
type Observation struct {
	Method   string
	Duration time.Duration
	Size     int   // of the reply's result, in bytes of JSON; zero when there was none
	Fault    Fault // None for success
	Err      error
}

// Observe reports every request.
type Observe struct {
	client Caller
	hook   func(context.Context, Observation)
}

// NewObserve returns a caller that reports to hook.
func NewObserve(client Caller, hook func(context.Context, Observation)) *Observe {
	return &Observe{client, hook}
}

// CallContext asks and reports.
func (o *Observe) CallContext(ctx context.Context, result any, method string, args ...any) error {
	started := time.Now()
	reply := sized{into: result}
	var into any = &reply
	if result == nil {
		into = nil
	}
	err := o.client.CallContext(ctx, into, method, args...)
	o.hook(ctx, Observation{Method: method, Duration: time.Since(started), Size: reply.size, Fault: Classify(err), Err: err})
	return err
}

// sized reads JSON into another value and remembers how much it was.
type sized struct {
	into any
	size int
}

// UnmarshalJSON reads the JSON.
func (s *sized) UnmarshalJSON(data []byte) error {
	s.size = len(data)
	return json.Unmarshal(data, s.into)
}
