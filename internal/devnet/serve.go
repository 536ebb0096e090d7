package devnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
)

// endpoint is a listener that serves the chain.
type endpoint struct {
	http *http.Server
	rpc  *rpc.Server
	done chan struct{}
}

// close ends the listener and every connection, WebSockets included. Closing twice is fine.
func (e *endpoint) close() error {
	err := e.http.Close()
	e.rpc.Stop()
	<-e.done
	return err
}

// Serve serves JSON-RPC over HTTP and WebSocket, on one port, until ctx ends or the chain is closed. addr is a
// host and a port such as "127.0.0.1:8545"; port 0 picks a free one. The host must be a loopback address: the keys
// are public and the methods unprotected. Serve returns the http:// address; with ws:// in front it is the
// WebSocket's.
func (c *Chain) Serve(ctx context.Context, addr string) (url string, err error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("devnet: address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", fmt.Errorf("devnet: %q is not a loopback address: use 127.0.0.1, ::1 or localhost", host)
	}
	server, err := c.newServer()
	if err != nil {
		return "", err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return "", fmt.Errorf("devnet: listen: %w", err)
	}
	sockets := server.WebsocketHandler(nil) // from a browser, pages of this machine only
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !localHost(r.Host) {
			http.Error(w, "the devnet answers to loopback names only", http.StatusForbidden)
			return
		}
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			sockets.ServeHTTP(w, r)
			return
		}
		server.ServeHTTP(w, r)
	})
	e := &endpoint{
		http: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second},
		rpc:  server,
		done: make(chan struct{}),
	}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return "", errors.Join(ErrClosed, listener.Close())
	}
	c.servers = append(c.servers, e)
	c.mu.Unlock()

	go func() {
		defer close(e.done)
		_ = e.http.Serve(listener) // it ends with close
	}()
	context.AfterFunc(ctx, func() { _ = e.close() })
	return "http://" + listener.Addr().String(), nil
}

// localHost tells whether a Host header names this machine. It keeps a web page that points a name of its own at
// the loopback address from reaching the chain.
func localHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
