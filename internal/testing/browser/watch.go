package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// watch collects what a page complains about: errors of scripts and of its console, refused styles, failed requests.
type watch struct {
	mu         sync.Mutex
	complaints []string
	forgiven   []string
}

func (w *watch) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.complaints = append(w.complaints, fmt.Sprintf(format, args...))
}

// take answers the complaints that are not forgiven and forgets them all.
func (w *watch) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.complaints
	w.complaints = nil
	return slices.DeleteFunc(all, func(complaint string) bool {
		return slices.ContainsFunc(w.forgiven, func(words string) bool { return strings.Contains(complaint, words) })
	})
}

// Forgive names words of complaints that belong to the journey: a refused form, a line that was cut.
func (b *Tab) Forgive(words ...string) {
	b.watch.mu.Lock()
	defer b.watch.mu.Unlock()
	b.watch.forgiven = append(b.watch.forgiven, words...)
}

// Complaints are those since the last call.
func (b *Tab) Complaints() []string { return b.watch.take() }

func (w *watch) listen(ctx context.Context) error {
	return chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			text := e.ExceptionDetails.Text
			if e.ExceptionDetails.Exception != nil {
				text += " " + e.ExceptionDetails.Exception.Description
			}
			w.say("a script failed: %s", text)
		case *runtime.EventConsoleAPICalled:
			if e.Type != runtime.ConsoleAPICalledTypeError && e.Type != runtime.ConsoleAPICalledTypeAssert {
				return
			}
			var words []string
			for _, arg := range e.Args {
				words = append(words, arg.Description+string(arg.Value))
			}
			w.say("console: %s", strings.Join(words, " "))
		case *cdplog.EventEntryAdded:
			if e.Entry.Level == cdplog.EntryLevelError {
				w.say("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
			}
		case *network.EventLoadingFailed:
			if !e.Canceled && e.ErrorText != "net::ERR_ABORTED" { // a page that is left aborts what it waits for
				w.say("a request failed: %s %s", e.ErrorText, e.BlockedReason)
			}
		}
	})
}
