package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
)

func serve(t *testing.T) (*house, *httptest.Server) {
	t.Helper()
	h := newHouse(t)
	server := httptest.NewServer(newHandler(h.life, h.work, h.wallet, h.demo))
	t.Cleanup(server.Close)
	return h, server
}

func problemOf(t *testing.T, body io.Reader) string {
	t.Helper()
	var answer struct{ Error string }
	require.NoError(t, json.NewDecoder(body).Decode(&answer))
	return answer.Error
}

func TestBadRequests(t *testing.T) {
	h, server := serve(t)
	alice := h.account(0).Hex()
	prepare := func(account, chain, action, amount string) string {
		return fmt.Sprintf(`{"account":%q,"chain":%s,"action":%q,"amount":%q}`, account, chain, action, amount)
	}
	for name, c := range map[string]struct {
		path, body string
		header     map[string]string
		status     int
		want       string
	}{
		"wrong chain":        {"prepare", prepare(alice, "5", "stake", "1"), nil, 400, "there is no chain 5 here; there are 1 and 31337"},
		"negative chain":     {"prepare", prepare(alice, "-1", "stake", "1"), nil, 400, "not the JSON object that is expected"},
		"no number":          {"prepare", prepare(alice, "1", "stake", "ten"), nil, 400, gaib.ErrUnits.Error()},
		"negative amount":    {"prepare", prepare(alice, "1", "stake", "-1"), nil, 400, gaib.ErrUnits.Error()},
		"no amount":          {"prepare", prepare(alice, "1", "stake", ""), nil, 400, gaib.ErrUnits.Error()},
		"19 decimals":        {"prepare", prepare(alice, "1", "stake", "0.0000000000000000001"), nil, 400, gaib.ErrUnits.Error()},
		"past 256 bits":      {"prepare", prepare(alice, "1", "stake", "1"+strings.Repeat("0", 78)), nil, 400, gaib.ErrUnits.Error()},
		"zero":               {"prepare", prepare(alice, "1", "stake", "0"), nil, 422, "amount is zero"},
		"too much":           {"prepare", prepare(alice, "1", "stake", "10001"), nil, 422, "you have 10,000 AID, 10,001 AID were asked for"},
		"nothing to unstake": {"prepare", prepare(alice, "1", "unstake", "1"), nil, 422, "you have 0 sAID, 1 sAID were asked for"},
		"unknown action":     {"prepare", prepare(alice, "1", "burn", "1"), nil, 400, `there is no action "burn"`},
		"bad checksum":       {"prepare", prepare(strings.Replace(alice, "A", "a", 1), "1", "stake", "1"), nil, 400, "checksum"},
		"no address":         {"prepare", prepare("alice", "1", "stake", "1"), nil, 400, gaib.ErrAddress.Error()},
		"foreign account":    {"prepare", prepare("0x00000000000000000000000000000000000000aa", "1", "stake", "1"), nil, 400, "no account of this wallet"},
		"unknown field":      {"prepare", `{"key":"0x1"}`, nil, 400, `unknown field "key"`},
		"cut JSON":           {"prepare", `{"account":`, nil, 400, "unexpected EOF"},
		"more than one":      {"prepare", prepare(alice, "1", "stake", "1") + `{}`, nil, 400, "something after the object"},
		"rubbish after":      {"prepare", prepare(alice, "1", "stake", "1") + `]`, nil, 400, "not the JSON object"},
		"empty":              {"send", "", nil, 400, "EOF"},
		"large":              {"prepare", `{"account":"` + strings.Repeat("a", maxBody) + `"}`, nil, 413, "larger than 8192 bytes"},
		"form":               {"prepare", "account=1", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415, "send JSON"},
		"plain text":         {"prepare", prepare(alice, "1", "stake", "1"), map[string]string{"Content-Type": "text/plain"}, 415, "send JSON"},
		"another origin":     {"prepare", prepare(alice, "1", "stake", "1"), map[string]string{"Origin": "https://evil.example"}, 403, "another site"},
		"another site":       {"sign", `{}`, map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, "another site"},
		"another port":       {"demo", `{"chain":1,"lever":"reorg"}`, map[string]string{"Origin": "http://127.0.0.1:1"}, 403, "another site"},
		"no such order":      {"sign", `{"order":7,"chain":1,"digest":"0x` + strings.Repeat("00", 32) + `"}`, nil, 400, "there is no order 7"},
		"short digest":       {"sign", `{"order":7,"chain":1,"digest":"0x00"}`, nil, 400, "hex string has length 2"},
		"no such lever":      {"demo", `{"chain":1,"lever":"mint"}`, nil, 400, `there is no lever "mint"`},
		"nobody waits":       {"demo", `{"chain":1,"lever":"settle"}`, nil, 400, "nobody waits"},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/api/"+c.path, strings.NewReader(c.body))
			require.NoError(t, err)
			request.Header.Set("Content-Type", "application/json")
			for key, value := range c.header {
				request.Header.Set(key, value)
			}
			response, err := server.Client().Do(request)
			require.NoError(t, err)
			defer response.Body.Close()
			require.Equal(t, c.status, response.StatusCode)
			require.Contains(t, problemOf(t, response.Body), c.want)
		})
	}
	require.Empty(t, h.orders)

	for path, status := range map[string]int{"/api/state": 400, "/api/state?account=0x12": 400, "/api/send": 405, "/nothing": 404, "/page/index.html": 404} {
		response, err := server.Client().Get(server.URL + path)
		require.NoError(t, err)
		response.Body.Close()
		require.Equal(t, status, response.StatusCode, path)
	}
}

// A name that another site points to this machine is not answered, not even for reading.
func TestHost(t *testing.T) {
	_, server := serve(t)
	for host, status := range map[string]int{"evil.example": 403, "evil.example:8080": 403, "localhost:8080": 200, "[::1]:8080": 200, "127.0.0.1": 200, "127.0.0.1.evil.example": 403, "": 200} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/people", nil)
		require.NoError(t, err)
		request.Host = host // the address itself when it is empty
		response, err := server.Client().Do(request)
		require.NoError(t, err)
		require.Equal(t, status, response.StatusCode, host)
		if status == 403 {
			require.Contains(t, problemOf(t, response.Body), "loopback names only")
		}
		response.Body.Close()
	}
}

func TestReply(t *testing.T) {
	for err, status := range map[error]int{
		refuse(io.EOF):                            400,
		conflict("order %d", 1):                   409,
		context.DeadlineExceeded:                  504,
		io.ErrUnexpectedEOF:                       502,
		errors.New("the contract would not have"): 422,
	} {
		recorder := httptest.NewRecorder()
		reply(recorder, nil, err)
		require.Equal(t, status, recorder.Code, "%v", err)
		require.NotEmpty(t, problemOf(t, recorder.Body))
	}
}

// The page runs its own script and style only, and puts nothing into itself as markup.
func TestPage(t *testing.T) {
	_, server := serve(t)
	texts := make(map[string]string)
	for path, kind := range map[string]string{"/": "text/html", "/page.css": "text/css", "/page.js": "text/javascript"} {
		response, err := server.Client().Get(server.URL + path)
		require.NoError(t, err)
		require.Equal(t, 200, response.StatusCode)
		require.Contains(t, response.Header.Get("Content-Type"), kind)
		require.Contains(t, response.Header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'")
		require.Empty(t, response.Header.Get("Access-Control-Allow-Origin"))
		data, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		response.Body.Close()
		texts[path] = string(data)
		require.NotRegexp(t, regexp.MustCompile(`https?://`), texts[path], "nothing from elsewhere")
	}
	require.NotRegexp(t, regexp.MustCompile(`\son\w+=|style=|<script>|<style>`), texts["/"])
	require.NotRegexp(t, regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(`), texts["/page.js"])
}

// A client that never finishes its request is let go.
func TestSlowClient(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-addr", "127.0.0.1:0"}, in) }()
	url, rest := started(t, out)
	go func() {
		for rest.Scan() {
		}
	}()
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/"))
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "POST /api/prepare HTTP/1.1\r\nHost: 127.0.0.1\r\n")
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(30*time.Second)))
	_, err = io.ReadAll(conn)
	require.NoError(t, err, "the server ends the connection before the deadline")
	cancel()
	require.NoError(t, <-ended)
}
