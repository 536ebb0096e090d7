// Package faultproxy stands between a client and a node in tests and spoils what goes through, over HTTP and WebSocket.
package faultproxy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// Fault is what happens to one request.
type Fault int

// The faults.
const (
	None    Fault = iota
	Drop          // the connection is closed without a reply
	Half          // it is closed amid the reply
	Limited       // 429
	Down          // 503
	Garbage       // a web page for a reply
	WrongID       // the reply of another request
	Stale         // the head of some blocks ago
	NoBlock       // null for a block, an error for its logs
	Pruned        // the state is not there any more
	Slow          // the reply comes late
	Faults        // how many there are
)

// Proxy is a node that fails. Choose says how, for each request, and must be set before it is used; over a WebSocket it is
// asked with "websocket" for each piece of the node's answers, and anything but None and Slow closes the connection.
type Proxy struct {
	Choose func(method string) Fault

	upstream string // host and port
	server   *httptest.Server
	mu       sync.Mutex
	counts   [Faults]int
}

// New returns a proxy of a node at an http:// address of this machine.
func New(upstream string) *Proxy {
	p := &Proxy{upstream: strings.TrimPrefix(upstream, "http://")}
	p.server = httptest.NewServer(http.HandlerFunc(p.serve))
	return p
}

// URL returns the http:// address of the proxy; with ws:// in front it is the WebSocket's.
func (p *Proxy) URL() string { return p.server.URL }

// Close ends the proxy and its connections.
func (p *Proxy) Close() {
	p.server.CloseClientConnections()
	p.server.Close()
}

// Counts returns how often each fault happened.
func (p *Proxy) Counts() [Faults]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts
}

func (p *Proxy) choose(method string) Fault {
	fault := p.Choose(method)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[fault]++
	return fault
}

type request struct {
	Version string            `json:"jsonrpc"`
	ID      json.RawMessage   `json:"id"`
	Method  string            `json:"method"`
	Params  []json.RawMessage `json:"params,omitempty"`
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		p.tunnel(w, r)
		return
	}
	var call request
	body, err := io.ReadAll(io.LimitReader(r.Body, 10<<20))
	if err != nil || json.Unmarshal(body, &call) != nil {
		http.Error(w, "not a request", http.StatusBadRequest)
		return
	}
	fault := p.choose(call.Method)
	switch fault {
	case Drop:
		hangUp(w, nil)
		return
	case Limited:
		http.Error(w, "slow down", http.StatusTooManyRequests)
		return
	case Down:
		http.Error(w, "maintenance", http.StatusServiceUnavailable)
		return
	case Garbage:
		_, _ = io.WriteString(w, "<html>it works</html>")
		return
	case Pruned:
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32000,"message":"missing trie node 00ab (path ) state 0xab is not available"}}`, call.ID)
		return
	case NoBlock:
		if strings.HasPrefix(call.Method, "eth_getBlock") {
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":null}`, call.ID)
			return
		}
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32000,"message":"unknown block"}}`, call.ID)
		return
	case Slow:
		select {
		case <-time.After(50 * time.Millisecond):
		case <-r.Context().Done():
		}
	case Stale:
		if call.Method == "eth_getBlockByNumber" && string(call.Params[0]) == `"latest"` {
			call.Params[0] = p.older(r.Context())
		}
	}
	if fault == WrongID {
		call.Method, call.Params = "eth_chainId", nil
	}
	reply, err := p.forward(r.Context(), call)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	switch fault {
	case Half:
		hangUp(w, reply)
		return
	case WrongID:
		reply = bytes.Replace(reply, append([]byte(`"id":`), call.ID...), []byte(`"id":987654321`), 1)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(reply)
}

func (p *Proxy) forward(ctx context.Context, call request) ([]byte, error) {
	body, err := json.Marshal(call)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.upstream, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := p.server.Client().Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

// older returns the number of the block four below the head, as a parameter.
func (p *Proxy) older(ctx context.Context) json.RawMessage {
	var head struct {
		Result string `json:"result"`
	}
	var number uint64
	reply, err := p.forward(ctx, request{Version: "2.0", ID: json.RawMessage("1"), Method: "eth_blockNumber"})
	if err == nil && json.Unmarshal(reply, &head) == nil {
		_, _ = fmt.Sscanf(head.Result, "0x%x", &number)
	}
	return json.RawMessage(fmt.Sprintf(`"%#x"`, number-min(number, 4)))
}

// hangUp closes the connection, after the head and half of a reply if there is one.
func hangUp(w http.ResponseWriter, reply []byte) {
	connection, buffer, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer connection.Close()
	if reply != nil {
		fmt.Fprintf(buffer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(reply))
		_, _ = buffer.Write(reply[:len(reply)/2])
		_ = buffer.Flush()
	}
}

// tunnel passes a WebSocket through.
func (p *Proxy) tunnel(w http.ResponseWriter, r *http.Request) {
	up, err := new(net.Dialer).DialContext(r.Context(), "tcp", p.upstream)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer up.Close()
	r.Host = p.upstream
	if err := r.Write(up); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	down, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer down.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(up, down)
		_ = up.Close()
	}()
	piece := make([]byte, 32<<10)
	for {
		n, err := up.Read(piece)
		if err != nil {
			break
		}
		if fault := p.choose("websocket"); fault == Slow {
			time.Sleep(20 * time.Millisecond)
		} else if fault != None {
			break
		}
		if _, err := down.Write(piece[:n]); err != nil {
			break
		}
	}
	_ = down.Close()
	<-done
}
