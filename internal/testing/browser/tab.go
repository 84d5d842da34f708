package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Test is what a tab needs of a test, so that a program which takes pictures can stand in for one.
type Test interface {
	Helper()
	Name() string
	Cleanup(fn func())
	Failed() bool
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Look is the device and what the person asked of it; the zero value is a laptop by day.
type Look struct {
	// Width and Height are of the window in CSS pixels.
	Width, Height int64
	Dark          bool
	// Phone is a device that is touched.
	Phone bool
	// Scale is how many pixels of the screen make one of CSS; 1 when zero.
	Scale float64
}

// The devices of journeys: a laptop, and a phone as small as those in use.
var (
	Laptop = Look{Width: 1440, Height: 900}
	Phone  = Look{Width: 390, Height: 844, Phone: true}
)

// patience is how long something may take that a person would wait for, on a machine that is busy with other things.
const patience = 20 * time.Second

// Tab is what one person looks at.
type Tab struct {
	// Taps counts clicks, taps and presses of keys that do something; letters of a text are none.
	Taps int

	t      Test
	name   string
	origin string
	ctx    context.Context
	look   Look
	watch  *watch
}

var used atomic.Bool

// Open opens a tab for a person, with cookies of their own, in the browser that the tests of a package share. When the
// test ends, what the page complained about fails it.
func Open(t Test, name, origin string, look Look) *Tab {
	t.Helper()
	used.Store(true)
	b, err := shared()
	if err != nil {
		t.Fatalf("open a browser: %v", err)
	}
	return b.Open(t, name, origin, look)
}

// Open is the package's Open in this browser.
func (b *Browser) Open(t Test, name, origin string, look Look) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	tab := &Tab{t: t, name: name, origin: origin, ctx: ctx, watch: &watch{}}
	t.Cleanup(cancel)
	t.Cleanup(tab.end)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab for %s: %v", name, err)
	}
	if err := tab.watch.listen(ctx); err != nil {
		t.Fatalf("listen to the tab of %s: %v", name, err)
	}
	// Every tab believes that it is looked at, whichever came last.
	call(tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: measureShift})
	tab.Wear(look)
	return tab
}

// Wear changes the device.
func (b *Tab) Wear(look Look) {
	b.t.Helper()
	if look.Width == 0 {
		look.Width, look.Height = Laptop.Width, Laptop.Height
	}
	if look.Scale == 0 {
		look.Scale = 1
	}
	b.look = look
	scheme := "light"
	if look.Dark {
		scheme = "dark"
	}
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: look.Width, Height: look.Height, DeviceScaleFactor: look.Scale, Mobile: look.Phone})
	call(b, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: look.Phone})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// Scriptless switches the scripts of pages off from the next page on.
func (b *Tab) Scriptless() {
	b.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// end says what the page complained about, and keeps a picture where the test failed.
func (b *Tab) end() {
	for _, complaint := range b.watch.take() {
		b.t.Errorf("the page of %s complained: %s", b.name, complaint)
	}
	if !b.t.Failed() || b.ctx.Err() != nil {
		return
	}
	folder := filepath.Join(os.TempDir(), "muster-journeys")
	file := filepath.Join(folder, strings.NewReplacer("/", "-", " ", "-").Replace(b.t.Name()+"-"+b.name)+".png")
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(folder, 0o755) //nolint:gosec // a picture of made-up data
	}
	if err == nil {
		err = os.WriteFile(file, picture, 0o644) //nolint:gosec // likewise
	}
	if err != nil {
		b.t.Logf("no picture of what %s saw: %v", b.name, err)
		return
	}
	where, _ := chromedp.Run(b.ctx, chromedp.Location())
	b.t.Logf("what %s saw at %s: %s", b.name, where, file)
}

func call[P, R any](b *Tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	answer, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatalf("%s: %s: %v", b.name, command.Method, err)
	}
	return answer
}

func do(b *Tab, action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, action); err != nil {
		b.t.Fatalf("%s: %v", b.name, err)
	}
}

// Go opens a path of the application, or a whole address, and waits until the page has come.
func (b *Tab) Go(where string) {
	b.t.Helper()
	if strings.HasPrefix(where, "/") {
		where = b.origin + where
	}
	do(b, chromedp.Navigate(where))
}

// Reload fetches the page again.
func (b *Tab) Reload() {
	b.t.Helper()
	do(b, chromedp.Reload())
}

// Path is where the tab is, without the origin.
func (b *Tab) Path() string {
	b.t.Helper()
	return Eval[string](b, "location.pathname + location.search")
}

// Eval answers what a script gives; a promise is waited for.
func Eval[T any](b *Tab, script string, args ...any) T {
	b.t.Helper()
	value, err := try[T](b, script, args...)
	if err != nil {
		b.t.Fatalf("%s: run %s: %v", b.name, script, err)
	}
	return value
}

func try[T any](b *Tab, script string, args ...any) (T, error) {
	if len(args) > 0 {
		words := make([]string, len(args))
		for n, arg := range args {
			word, err := json.Marshal(arg)
			if err != nil {
				var none T
				return none, err
			}
			words[n] = string(word)
		}
		script = fmt.Sprintf("(%s)(%s)", script, strings.Join(words, ","))
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// Until waits for a script to give true; a page that goes away under it is asked again.
func (b *Tab) Until(what, script string, args ...any) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		yes, err := try[bool](b, script, args...)
		if err == nil && yes {
			return
		}
		if time.Now().After(deadline) || b.ctx.Err() != nil {
			where, _ := try[string](b, "location.pathname")
			b.t.Fatalf("%s waited in vain for %s at %s (%v)", b.name, what, where, err)
		}
		<-time.After(15 * time.Millisecond)
	}
}

// The scripts with which a person looks: what is not shown is not there.
const (
	shown = `(css, text) => [...document.querySelectorAll(css)].filter((e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: false })
		&& (!text || (e.innerText || e.value || e.getAttribute("aria-label") || "").replace(/\s+/g, " ").includes(text)))`
	sees  = `(text) => document.body.innerText.replace(/\s+/g, " ").includes(text)`
	point = `(css, text) => {
		const element = (` + shown + `)(css, text)[0];
		if (!element) return null;
		let box = element.getBoundingClientRect();
		if (box.top < 0 || box.left < 0 || box.bottom > innerHeight || box.right > innerWidth) element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
		box = element.getClientRects()[0] ?? element.getBoundingClientRect();
		const x = box.left + box.width / 2, y = box.top + box.height / 2;
		const hit = document.elementFromPoint(x, y);
		if (!hit || !(element.contains(hit) || hit.contains(element) && hit.matches("label, a, button"))) return null;
		return { x, y };
	}`
)

// Sees waits until the words can be read on the page.
func (b *Tab) Sees(words ...string) {
	b.t.Helper()
	for _, word := range words {
		b.Until("the words "+word, sees, word)
	}
}

// Lacks waits until the words can be read nowhere on the page.
func (b *Tab) Lacks(words ...string) {
	b.t.Helper()
	for _, word := range words {
		b.Until("the words "+word+" to go", "(text) => !("+sees+")(text)", word)
	}
}

// Shows waits for an element, which may have to hold a text.
func (b *Tab) Shows(css string, text ...string) {
	b.t.Helper()
	b.Until(css+" "+strings.Join(text, ""), "(css, text) => ("+shown+")(css, text).length > 0", css, strings.Join(text, ""))
}

// Hides waits until no such element is shown.
func (b *Tab) Hides(css string, text ...string) {
	b.t.Helper()
	b.Until(css+" "+strings.Join(text, "")+" to go", "(css, text) => ("+shown+")(css, text).length === 0", css, strings.Join(text, ""))
}

// Count is how many such elements are shown now.
func (b *Tab) Count(css string, text ...string) int {
	b.t.Helper()
	return Eval[int](b, "(css, text) => ("+shown+")(css, text).length", css, strings.Join(text, ""))
}

// Text is what the first such element says, with single spaces.
func (b *Tab) Text(css string) string {
	b.t.Helper()
	b.Shows(css)
	return Eval[string](b, `(css) => ((`+shown+`)(css, "")[0]?.innerText ?? "").replace(/\s+/g, " ").trim()`, css)
}

// Value is what a field holds.
func (b *Tab) Value(css string) string {
	b.t.Helper()
	b.Shows(css)
	return Eval[string](b, `(css) => (`+shown+`)(css, "")[0].value`, css)
}

// Click presses the first such element where a person would: it must be in view, and nothing may lie over it.
func (b *Tab) Click(css string, text ...string) {
	b.t.Helper()
	b.Taps++
	word := strings.Join(text, "")
	var at *struct{ X, Y float64 }
	deadline := time.Now().Add(patience)
	for {
		var err error
		if at, err = try[*struct{ X, Y float64 }](b, point, css, word); err == nil && at != nil {
			break
		}
		if time.Now().After(deadline) || b.ctx.Err() != nil {
			b.t.Fatalf("%s cannot press %s %s (%v)", b.name, css, word, err)
		}
		<-time.After(15 * time.Millisecond)
	}
	if b.look.Phone {
		do(b, chromedp.TapXY(at.X, at.Y))
		return
	}
	do(b, chromedp.MouseClickXY(at.X, at.Y))
}

// Hover moves the pointer over the element.
func (b *Tab) Hover(css string, text ...string) {
	b.t.Helper()
	b.Shows(css, text...)
	at := Eval[struct{ X, Y float64 }](b, `(css, text) => { const e = (`+shown+`)(css, text)[0]; e.scrollIntoView({ block: "nearest" }); const box = e.getBoundingClientRect(); return { x: box.left + box.width / 2, y: box.top + box.height / 2 }; }`, css, strings.Join(text, ""))
	do(b, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at.X, at.Y))
}

// Fill presses a field, empties it and writes.
func (b *Tab) Fill(css, text string) {
	b.t.Helper()
	b.Click(css)
	b.Until("the field "+css+" to take the keys", `(css) => document.activeElement?.matches(css) ?? false`, css)
	if Eval[string](b, "document.activeElement.value") != "" {
		Eval[bool](b, "document.activeElement.select() ?? true")
	}
	b.Type(text)
}

// Type writes a text at once, as by paste or by a keyboard that completes words, where the focus is.
func (b *Tab) Type(text string) {
	b.t.Helper()
	call(b, input.InsertText, input.InsertTextParams{Text: text})
}

// Keys presses the keys of a text one after the other, where the focus is.
func (b *Tab) Keys(text string) {
	b.t.Helper()
	for _, letter := range text {
		b.key(letter)
	}
}

// key sends a key as a keyboard does: the letter comes with the press, so that a page which takes the key gets no letter.
func (b *Tab) key(code rune, options ...chromedp.KeyOption) {
	b.t.Helper()
	events := kb.Encode(code)
	for n, event := range events {
		for _, option := range options {
			option(event)
		}
		if event.Type == kb.KeyChar {
			continue
		}
		if n+1 < len(events) && events[n+1].Type == kb.KeyChar && event.Modifiers&int64(kb.ModifierCtrl) == 0 {
			event.Text, event.UnmodifiedText = events[n+1].Text, events[n+1].UnmodifiedText
		}
		call(b, input.DispatchKeyEvent, *event)
	}
}

var named = map[string]string{"Enter": kb.Enter, "Escape": kb.Escape, "Tab": kb.Tab, "ArrowDown": kb.ArrowDown, "ArrowUp": kb.ArrowUp, "Backspace": kb.Backspace}

// Press presses a key by its name, such as Enter, Control+Enter or c.
func (b *Tab) Press(key string) {
	b.t.Helper()
	b.Taps++
	rest, control := strings.CutPrefix(key, "Control+")
	var options []chromedp.KeyOption
	if control {
		options = append(options, chromedp.KeyModifiers(kb.ModifierCtrl))
	}
	if code, known := named[rest]; known {
		rest = code
	}
	for _, code := range rest {
		b.key(code, options...)
	}
}

// Focused waits until what has the focus matches.
func (b *Tab) Focused(css string) {
	b.t.Helper()
	b.Until("the focus on "+css, `(css) => document.activeElement?.matches(css) ?? false`, css)
}

// Settle waits until fonts and pictures are there, nothing moves any more and short words about what was done are gone.
func (b *Tab) Settle() {
	b.t.Helper()
	b.Until("the page to settle", `document.fonts.status === "loaded" && [...document.images].every((i) => i.complete || i.getBoundingClientRect().bottom < 0 || i.getBoundingClientRect().top > innerHeight)
		&& !document.querySelector(".toast") && document.getAnimations().every((a) => a.playState !== "running")`)
}

// Picture is what is seen now, as PNG.
func (b *Tab) Picture() []byte {
	b.t.Helper()
	return call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{}).Data
}
