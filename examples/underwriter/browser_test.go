package main

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// browser returns a Chromium that runs without a window. Without one the test is skipped, unless GAIB_BROWSER=required.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "there is no Chromium on this machine (on Debian: apt-get install chromium), so the page was not opened"
	if os.Getenv("GAIB_BROWSER") == "required" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

func open(t *testing.T, program, file string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args = append([]string{"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
		"--user-data-dir=" + t.TempDir(), "--window-size=1000,3000"}, args...)
	command := exec.CommandContext(ctx, program, append(args, "file://"+file)...)
	command.WaitDelay = 10 * time.Second
	output, err := command.Output()
	require.NoError(t, err)
	return output
}

// The page opens in a real browser, says the figures, and is drawn in light and in dark.
func TestBrowser(t *testing.T) {
	program := browser(t)
	file := filepath.Join(t.TempDir(), "report.html")
	for name, test := range map[string]struct {
		args, want []string
	}{
		"sample":    {nil, []string{"Deal deal-1", "0.99, period to 2029-03-01", "senior review", "Unstaking NAV", "16,000,000", "66.4 %"}},
		"portfolio": {[]string{"-portfolio", "deals"}, []string{"Deal austin", "Deal lisbon", "Deal osaka", "Deal oslo", "13,750,880", "HHI 2555 by borrower"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, run(t.Context(), append(test.args, "-out", file), io.Discard, io.Discard))
			dom := string(open(t, program, file, "--dump-dom"))
			for _, want := range test.want {
				require.Contains(t, dom, want)
			}
			for scheme, dark := range map[string]bool{"0": true, "1": false} {
				shot := filepath.Join(t.TempDir(), "shot.png")
				open(t, program, file, "--blink-settings=preferredColorScheme="+scheme, "--screenshot="+shot)
				look(t, shot, dark)
			}
		})
	}
}

// look holds a screenshot to be of the right ground, and drawn on from top to bottom.
func look(t *testing.T, file string, dark bool) {
	t.Helper()
	data, err := os.Open(file)
	require.NoError(t, err)
	defer data.Close()
	picture, err := png.Decode(data)
	require.NoError(t, err)
	bounds := picture.Bounds()
	require.Equal(t, image.Pt(1000, 3000), bounds.Size())
	ground := color.GrayModel.Convert(picture.At(2, 2)).(color.Gray).Y
	require.Equal(t, dark, ground < 64, "ground %d", ground)
	require.Equal(t, dark, ground < 192)
	colours := map[color.Color]bool{}
	drawn := 0
	for y := bounds.Min.Y; y < bounds.Max.Y; y += 3 {
		empty := true
		for x := bounds.Min.X; x < bounds.Max.X; x += 2 {
			at := picture.At(x, y)
			colours[at] = true
			if shade := color.GrayModel.Convert(at).(color.Gray).Y; max(shade, ground)-min(shade, ground) > 80 {
				empty = false
			}
		}
		if !empty {
			drawn++
		}
	}
	require.Greater(t, len(colours), 100, "text and charts have many colours")
	require.Greater(t, drawn, 300, "of 1000 rows looked at")
}
