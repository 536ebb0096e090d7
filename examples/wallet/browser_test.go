package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// browser is a Chromium without a window, led over its debugging pipe.
type browser struct {
	in      *os.File
	out     *bufio.Reader
	session string
	last    int
	faults  []string // exceptions and errors that the page logged
}

// newBrowser skips the test where there is no Chromium, unless GAIB_BROWSER=required.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		const missing = "there is no Chromium on this machine (on Debian: apt-get install chromium), so the page was not used"
		if os.Getenv("GAIB_BROWSER") == "required" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	read, in, err := os.Pipe()
	require.NoError(t, err)
	out, write, err := os.Pipe()
	require.NoError(t, err)
	command := exec.Command(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
		"--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "about:blank")
	command.ExtraFiles = []*os.File{read, write} // its descriptors 3 and 4
	require.NoError(t, command.Start())
	require.NoError(t, read.Close())
	require.NoError(t, write.Close())
	require.NoError(t, out.SetReadDeadline(time.Now().Add(3*time.Minute)))
	b := &browser{in: in, out: bufio.NewReader(out)}
	t.Cleanup(func() {
		b.session = ""
		b.do(t, "Browser.close", nil)
		require.NoError(t, command.Wait())
		in.Close()
		out.Close()
	})
	target := b.do(t, "Target.createTarget", map[string]any{"url": "about:blank"})["targetId"]
	b.session = b.do(t, "Target.attachToTarget", map[string]any{"targetId": target, "flatten": true})["sessionId"].(string)
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.do(t, domain+".enable", nil)
	}
	b.do(t, "Emulation.setDeviceMetricsOverride", map[string]any{"width": 1280, "height": 1500, "deviceScaleFactor": 1, "mobile": false})
	return b
}

// do sends a command and returns its result.
func (b *browser) do(t *testing.T, method string, params map[string]any) map[string]any {
	t.Helper()
	b.last++
	message := map[string]any{"id": b.last, "method": method}
	if params != nil {
		message["params"] = params
	}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	data, err := json.Marshal(message)
	require.NoError(t, err)
	_, err = b.in.Write(append(data, 0))
	require.NoError(t, err)
	for {
		data, err := b.out.ReadBytes(0)
		require.NoError(t, err, "%s", method)
		var answer struct {
			ID     int
			Method string
			Params json.RawMessage
			Result map[string]any
			Error  *struct{ Message string }
		}
		require.NoError(t, json.Unmarshal(bytes.TrimRight(data, "\x00"), &answer))
		if answer.Method == "Runtime.exceptionThrown" || answer.Method == "Log.entryAdded" {
			b.faults = append(b.faults, string(answer.Params))
		}
		if answer.ID == b.last {
			require.Nil(t, answer.Error, "%s: %+v", method, answer.Error)
			return answer.Result
		}
	}
}

// eval returns the value of an expression on the page.
func (b *browser) eval(t *testing.T, expression string) any {
	t.Helper()
	answer := b.do(t, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true})
	require.NotContains(t, answer, "exceptionDetails", expression)
	return answer["result"].(map[string]any)["value"]
}

func (b *browser) text(t *testing.T, selector string) string {
	t.Helper()
	text, _ := b.eval(t, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector)).(string)
	return text
}

// wait waits until an element says something.
func (b *browser) wait(t *testing.T, selector, want string) {
	t.Helper()
	until(t, selector+" says "+want, func() bool { return strings.Contains(b.text(t, selector), want) })
}

// exact waits until an amount on the page is the one wanted, to the base unit.
func (b *browser) exact(t *testing.T, chain, field, want string) {
	t.Helper()
	until(t, field+" is "+want, func() bool {
		return b.eval(t, fmt.Sprintf(`document.querySelector('[data-chain="%s"] [data-field="%s"]')?.dataset.exact ?? ''`, chain, field)) == want
	})
}

// click clicks with the mouse in the middle of an element, as far as it is shown and nothing lies over it.
func (b *browser) click(t *testing.T, selector string) {
	t.Helper()
	var x, y float64
	until(t, selector+" can be clicked", func() bool {
		at, ok := b.eval(t, fmt.Sprintf(`(() => {
			const e = document.querySelector(%q);
			if (!e || e.disabled) return "";
			e.scrollIntoView({block: "center"});
			const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
			return r.width && e.contains(document.elementFromPoint(x, y)) ? x + " " + y : "";
		})()`, selector)).(string)
		first, second, _ := strings.Cut(at, " ")
		var err error
		if x, err = strconv.ParseFloat(first, 64); err == nil {
			y, err = strconv.ParseFloat(second, 64)
		}
		return ok && err == nil
	})
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		b.do(t, "Input.dispatchMouseEvent", map[string]any{"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1})
	}
}

// prepare fills in a chain's form with the keyboard, and asks for the explanation.
func (b *browser) prepare(t *testing.T, chain, action, amount string) {
	t.Helper()
	form := `[data-chain="` + chain + `"] form`
	b.eval(t, fmt.Sprintf(`document.querySelector('%s select').value = %q`, form, action))
	if amount == "" {
		b.click(t, form+" [name=all]")
	} else {
		b.eval(t, fmt.Sprintf(`document.querySelector('%s [name=amount]').value = ""`, form))
		b.click(t, form+" [name=amount]")
		b.do(t, "Input.insertText", map[string]any{"text": amount})
	}
	b.click(t, form+" [type=submit]")
}

// shot keeps a picture of the page in the folder of GAIB_SHOTS, if that is set, and returns how bright its ground is.
func (b *browser) shot(t *testing.T, name, scheme string) uint8 {
	t.Helper()
	b.do(t, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
	b.eval(t, "window.scrollTo(0, 0)")
	data, err := base64.StdEncoding.DecodeString(b.do(t, "Page.captureScreenshot", map[string]any{"format": "png"})["data"].(string))
	require.NoError(t, err)
	if folder := os.Getenv("GAIB_SHOTS"); folder != "" {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name+"-"+scheme+".png"), data, 0o600))
	}
	picture, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	return color.GrayModel.Convert(picture.At(2, 2)).(color.Gray).Y
}

// Alice stakes, unstakes, waits for the queue and redeems, all by mouse and keyboard. The amounts are those of TestWay.
func TestBrowser(t *testing.T) {
	b := newBrowser(t)
	_, server := serve(t)
	b.do(t, "Page.navigate", map[string]any{"url": server.URL})
	b.wait(t, "#people [aria-pressed=true]", "Alice")
	for _, chain := range []string{"1", "31337"} {
		b.exact(t, chain, "aid", "10000")
		require.Equal(t, "1.055148472560343645", b.text(t, `[data-chain="`+chain+`"] [data-field=deposit]`))
	}
	require.Equal(t, "1.046565377846580126", b.text(t, `[data-chain="1"] [data-field=unstaking]`))
	require.Equal(t, "0.81%", b.text(t, `[data-chain="1"] [data-field=haircut]`))
	require.Equal(t, "1.055148472560343645", b.text(t, `[data-chain="31337"] [data-field=unstaking]`))

	// What cannot be is said, and nothing opens.
	b.prepare(t, "1", "stake", "ten")
	b.wait(t, "#notice", "not an amount")
	b.prepare(t, "1", "stake", "10000.5")
	b.wait(t, "#notice", "you have 10,000 AID, 10,000.5 AID were asked for")
	require.Equal(t, false, b.eval(t, `document.getElementById("order").open`))

	// An order that is discarded does nothing.
	b.prepare(t, "1", "stake", "7")
	b.wait(t, "#sentence", "stake 7 AID")
	b.click(t, "#discard")
	require.Equal(t, false, b.eval(t, `document.getElementById("order").open`))

	b.prepare(t, "1", "stake", "1250.5")
	b.wait(t, "#sentence", "Approve 1,250.5 AID for sAID; stake 1,250.5 AID for 1,185.141269233543107815 sAID at the present NAV")
	b.wait(t, "#changes", "-1,250.5 AID")
	b.wait(t, "#changes", "+1,185.141269233543107815 sAID")
	b.wait(t, "#notes", "0.81% less")
	b.wait(t, "#steps", "deposit(uint256,address) of 0xB3B3c527BA57cd61648e2EC2F5e006A0B390A9F8, standard")
	b.wait(t, "#where", "Alice, on Ethereum, embedded (chain 1)")
	for scheme, dark := range map[string]bool{"light": false, "dark": true} {
		require.Equal(t, dark, b.shot(t, "order", scheme) < 96)
	}
	b.click(t, "#sign")
	b.exact(t, "1", "said", "1185.141269233543107815")
	b.exact(t, "1", "aid", "8749.5")
	b.exact(t, "1", "exit", "1240.328510011809372732")
	b.wait(t, `[data-chain="1"] .orders .done`, "Mined in block 3")
	b.wait(t, `[data-chain="1"] .feed`, "Staked 1,250.5 AID")

	b.prepare(t, "1", "unstake", "")
	b.wait(t, "#notes", `by the rule "first day of the month after next", which is assumed, on 1 October 2026`)
	b.click(t, "#sign")
	b.exact(t, "1", "pending", "1240.328510011809373262")
	b.exact(t, "1", "said", "0")
	b.wait(t, `[data-chain="1"] [data-field=due]`, "due 1 Oct 2026 (assumed)")

	b.click(t, `[data-chain="1"] [data-lever=settle]`)
	b.wait(t, "#notice", "It is 1 October 2026, and the queue is paid.")
	b.exact(t, "1", "pending", "0")
	b.exact(t, "1", "aid", "9989.828510011809373262")

	b.prepare(t, "1", "redeem", "500")
	b.wait(t, "#notes", "The fee is 0.5 AID.")
	b.wait(t, "#changes", "+499.5 USDC")
	b.click(t, "#sign")
	b.exact(t, "1", "usdc", "975499.5")
	b.exact(t, "1", "aid", "9489.828510011809373262")
	b.wait(t, `[data-chain="1"] .feed`, "Received 499.5 USDC from the Redeemer")
	b.wait(t, `[data-chain="1"] .orders .done`, "Order 4")

	// A reorganisation takes the redemption back; it is sent again, and stands in the feed once.
	b.click(t, `[data-chain="1"] [data-lever=reorg]`)
	b.wait(t, `[data-chain="1"] .trail`, "was taken back by a reorganisation")
	b.wait(t, `[data-chain="1"] .orders .done`, "sent again after a reorganisation")
	b.exact(t, "1", "usdc", "975499.5")
	b.wait(t, `[data-chain="1"] .feed`, "Received 499.5 USDC from the Redeemer")
	require.Equal(t, 1, strings.Count(b.text(t, `[data-chain="1"] .feed`), "Received 499.5 USDC"))

	// The other chain and the other people have not moved.
	b.exact(t, "31337", "aid", "10000")
	for scheme, dark := range map[string]bool{"light": false, "dark": true} {
		require.Equal(t, dark, b.shot(t, "end", scheme) < 96)
	}
	b.click(t, "#people button:nth-child(2)")
	b.wait(t, "#people [aria-pressed=true]", "Bob")
	b.exact(t, "1", "aid", "10000")
	b.wait(t, `[data-chain="1"] .feed`, "Nothing has happened yet.")

	// A narrow window has nothing that sticks out.
	b.do(t, "Emulation.setDeviceMetricsOverride", map[string]any{"width": 390, "height": 2400, "deviceScaleFactor": 1, "mobile": false})
	b.shot(t, "narrow", "light")
	require.Equal(t, float64(390), b.eval(t, "document.documentElement.scrollWidth"))
	require.Len(t, b.faults, 2, "the two refusals above are logged, nothing else: %s", b.faults)
}
