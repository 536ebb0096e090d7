package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/gaib-go/gaib"
)

//go:embed page
var pages embed.FS

const (
	answerTime = 15 * time.Second // for one request
	maxBody    = 8 << 10          // bytes of a request
)

// newHandler serves the page and what it asks for. Work that outlives a request ends with life.
func newHandler(life context.Context, work *sync.WaitGroup, w *wallet, d *demo) http.Handler {
	mux := http.NewServeMux()
	for path, file := range map[string]string{"/{$}": "page/index.html", "/page.css": "page/page.css", "/page.js": "page/page.js"} {
		mux.HandleFunc("GET "+path, func(rw http.ResponseWriter, r *http.Request) { http.ServeFileFS(rw, r, pages, file) })
	}
	mux.HandleFunc("GET /api/people", func(rw http.ResponseWriter, _ *http.Request) {
		type owner struct {
			Name    string `json:"name"`
			Address string `json:"address"`
		}
		owners := make([]owner, len(w.people))
		for i, p := range w.people {
			owners[i] = owner{p.Name, p.Address.Hex()}
		}
		reply(rw, owners, nil)
	})
	mux.HandleFunc("GET /api/state", func(rw http.ResponseWriter, r *http.Request) {
		account, err := w.account(r.URL.Query().Get("account"))
		if err != nil {
			reply(rw, nil, err)
			return
		}
		reply(rw, w.state(r.Context(), account), nil)
	})
	type prepareRequest struct {
		Account, Action, Amount string
		Chain                   uint64
	}
	post(mux, "/api/prepare", func(ctx context.Context, q prepareRequest) (any, error) {
		n, err := w.network(q.Chain)
		if err != nil {
			return nil, err
		}
		account, err := w.account(q.Account)
		if err != nil {
			return nil, err
		}
		return w.prepare(ctx, n, account, q.Action, q.Amount)
	})
	type signRequest struct {
		Order  int
		Chain  uint64
		Digest common.Hash
	}
	post(mux, "/api/sign", func(_ context.Context, q signRequest) (any, error) {
		account, err := w.digest(q.Order, q.Chain, q.Digest)
		if err != nil {
			return nil, err
		}
		signature, err := d.sign(account, q.Digest)
		return map[string]string{"signature": signature}, err
	})
	type sendRequest struct {
		Order      int
		Chain      uint64
		Signatures []hexutil.Bytes
	}
	post(mux, "/api/send", func(_ context.Context, q sendRequest) (any, error) {
		return map[string]int{"order": q.Order}, w.send(life, work, q.Order, q.Chain, q.Signatures)
	})
	type leverRequest struct {
		Chain uint64
		Lever string
	}
	post(mux, "/api/demo", func(ctx context.Context, q leverRequest) (any, error) {
		n, err := w.network(q.Chain)
		if err != nil {
			return nil, err
		}
		lever, ok := levers[q.Lever]
		if !ok {
			return nil, refuse(fmt.Errorf("there is no lever %q; there are settle and reorg", q.Lever))
		}
		text, err := lever(d, ctx, n)
		return map[string]string{"text": text}, err
	})

	// Another site's page may neither post here nor, by a name of its own that points to this machine, read.
	crossSite := http.NewCrossOriginProtection()
	crossSite.SetDenyHandler(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		problem(rw, http.StatusForbidden, "the request comes from another site; use the wallet's own page")
	}))
	guarded := crossSite.Handler(mux)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !loopback(host) {
			problem(rw, http.StatusForbidden, "the wallet answers to loopback names only, such as 127.0.0.1")
			return
		}
		header := rw.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		ctx, cancel := context.WithTimeout(r.Context(), answerTime)
		defer cancel()
		guarded.ServeHTTP(rw, r.WithContext(ctx))
	})
}

// loopback tells whether a host is this machine by a name that no other site can have.
func loopback(host string) bool {
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// post has requests of one JSON object answered.
func post[Q any](mux *http.ServeMux, path string, answer func(context.Context, Q) (any, error)) {
	mux.HandleFunc("POST "+path, func(rw http.ResponseWriter, r *http.Request) {
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			problem(rw, http.StatusUnsupportedMediaType, "send JSON, with Content-Type: application/json")
			return
		}
		decoder := json.NewDecoder(http.MaxBytesReader(rw, r.Body, maxBody))
		decoder.DisallowUnknownFields()
		var question Q
		err := decoder.Decode(&question)
		if err == nil {
			if _, after := decoder.Token(); after != io.EOF {
				if err = after; err == nil {
					err = errors.New("there is something after the object")
				}
			}
		}
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			problem(rw, http.StatusRequestEntityTooLarge, fmt.Sprintf("the request is larger than %d bytes", large.Limit))
			return
		}
		if err != nil {
			problem(rw, http.StatusBadRequest, "the request is not the JSON object that is expected: "+err.Error())
			return
		}
		result, err := answer(r.Context(), question)
		reply(rw, result, err)
	})
}

// reply sends the answer, or why there is none: 400 for what the request got wrong, 409 for what does not go with what was done,
// 422 for what the contracts would refuse, 502 and 504 for trouble with a node.
func reply(rw http.ResponseWriter, answer any, err error) {
	var wrong *refusal
	switch {
	case err == nil:
		data, err := json.Marshal(answer)
		if err != nil {
			problem(rw, http.StatusInternalServerError, err.Error())
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write(data) // the client may be gone
	case errors.As(err, &wrong):
		problem(rw, wrong.status, wrong.text)
	case errors.Is(err, context.DeadlineExceeded):
		problem(rw, http.StatusGatewayTimeout, fmt.Sprintf("no answer within %s; try again", answerTime))
	case gaib.Retryable(err):
		problem(rw, http.StatusBadGateway, "a node fails: "+err.Error())
	default:
		problem(rw, http.StatusUnprocessableEntity, err.Error())
	}
}

func problem(rw http.ResponseWriter, status int, text string) {
	data, _ := json.Marshal(map[string]string{"error": text}) // strings always marshal
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_, _ = rw.Write(data)
}
