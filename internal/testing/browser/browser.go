// Package browser drives a real Chromium for journeys and pictures: one browser for a test binary, and for each person
// a profile of their own in it, with the clicks, taps and keys of a person and the eyes of one.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/chromedp/chromedp"
)

// Browser is a running Chromium.
type Browser struct {
	ctx    context.Context
	cancel context.CancelFunc
	folder string
}

// Start starts a Chromium without a window; Close ends it.
func Start() (*Browser, error) {
	program, err := find(runtime.GOOS, exec.LookPath)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "muster-browser")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the browser: %w", err)
	}
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(folder), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("font-render-hinting", "none"), chromedp.Flag("disable-lcd-text", true),
	)...)
	ctx, cancel := chromedp.NewContext(allocator)
	b := &Browser{ctx: ctx, folder: folder, cancel: func() { cancel(); cancelAllocator() }}
	if err := chromedp.Do(ctx); err != nil {
		b.Close()
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	return b, nil
}

// Close ends the browser and removes its folder.
func (b *Browser) Close() {
	_ = chromedp.Cancel(b.ctx) // asks it to leave; what is killed instead leaves locks behind
	b.cancel()
	for range 100 { // helpers of the browser may still write
		if os.RemoveAll(b.folder) == nil {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
}

// find looks for the browser where Debian, macOS and Chrome's own packages put it.
func find(system string, look func(string) (string, error)) (string, error) {
	places := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
	if system == "darwin" {
		places = append(places, "/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
			filepath.Join(os.Getenv("HOME"), "Applications/Chromium.app/Contents/MacOS/Chromium"))
	}
	for _, place := range places {
		if path, err := look(place); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no Chromium and no Chrome on this machine; bin/setup test installs one")
}

var shared = sync.OnceValues(Start)

// Main runs the tests of a package and then ends the browser that they share. It returns the code to exit with.
func Main(run func() int) int {
	code := run()
	if used.Load() {
		if b, err := shared(); err == nil {
			b.Close()
		}
	}
	return code
}
