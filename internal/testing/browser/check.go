package browser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// measureShift runs before the scripts of each page and adds up what moves under the reader's eyes.
const measureShift = `window.musterShift = 0; try { new PerformanceObserver((list) => {
	for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.musterShift += entry.value;
}).observe({ type: "layout-shift", buffered: true }); } catch {}`

// Shift is by how much the page moved under the reader since it was opened, as the web measures it: 0.05 is hardly seen.
func (b *Tab) Shift() float64 {
	b.t.Helper()
	return Eval[float64](b, "window.musterShift ?? 0")
}

// Overflow says by how many pixels the page can be moved sideways, and what sticks out most.
func (b *Tab) Overflow() (pixels int, by string) {
	b.t.Helper()
	found := Eval[struct {
		Pixels int
		By     string
	}](b, `(() => {
		const width = document.documentElement.clientWidth, pixels = Math.max(document.documentElement.scrollWidth, document.body?.scrollWidth ?? 0) - width;
		let by = "", most = width;
		if (pixels > 0) for (const e of document.querySelectorAll("body *")) { const right = e.getBoundingClientRect().right; if (right > most) { most = right; by = e.outerHTML.slice(0, 120); } }
		return { pixels, by };
	})()`)
	return found.Pixels, found.By
}

// Controls lists what can be pressed or filled and is in view without scrolling, apart from messages of a conversation.
func (b *Tab) Controls(except string) []string {
	b.t.Helper()
	return Eval[[]string](b, `(except) => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].filter((e) => {
		if (!e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || e.closest(except) || e.matches(".vh, .skip")) return false;
		const box = e.getBoundingClientRect();
		return box.width > 1 && box.height > 1 && box.top < innerHeight && box.bottom > 0 && box.left < innerWidth && box.right > 0;
	}).map((e) => (e.innerText || e.getAttribute("aria-label") || e.name || e.className).replace(/\s+/g, " ").trim())`, except)
}

var axe = sync.OnceValues(func() (string, error) {
	folder, err := os.Getwd()
	for err == nil {
		source, missing := os.ReadFile(filepath.Join(folder, "node_modules/axe-core/axe.min.js")) //nolint:gosec // our own tree
		if missing == nil {
			return string(source), nil
		}
		if _, top := os.Stat(filepath.Join(folder, "go.mod")); top == nil || folder == filepath.Dir(folder) {
			return "", errors.New("axe-core is not there; make assets fetches it")
		}
		folder = filepath.Dir(folder)
	}
	return "", err
})

// Axe lists what keeps people with a disability from using the page, by the rules of WCAG 2.2 AA and by good practice; with
// rules named, by those alone.
func (b *Tab) Axe(rules ...string) []string {
	b.t.Helper()
	source, err := axe()
	if err != nil {
		b.t.Fatalf("look at the page with axe: %v", err)
	}
	if !Eval[bool](b, "!!window.axe") {
		Eval[bool](b, source+"\n;true")
	}
	found := Eval[[]struct {
		ID, Help string
		Nodes    []struct{ HTML, Why string }
	}](b, `async (rules) => {
		await Promise.all(document.getAnimations().filter((a) => a instanceof CSSTransition).map((a) => a.finished.catch(() => undefined)));
		const only = rules ? { type: "rule", values: rules } : { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
		const found = await axe.run(document, { resultTypes: ["violations"], preload: false, runOnly: only });
		return found.violations.map((v) => ({ id: v.id, help: v.help, nodes: v.nodes.slice(0, 4).map((n) => ({ html: n.html.slice(0, 160), why: n.failureSummary })) }));
	}`, rules)
	var wrong []string
	for _, v := range found {
		for _, n := range v.Nodes {
			wrong = append(wrong, fmt.Sprintf("%s (%s): %s: %s", v.ID, v.Help, n.HTML, strings.Join(strings.Fields(n.Why), " ")))
		}
	}
	return wrong
}
