package htmlcheck_test

import (
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/testing/htmlcheck"
)

const good = `<!DOCTYPE html><html lang="en"><head><title>Good</title></head><body><h1>Good</h1>
<form method="post" action="/x"><input type="hidden" name="a"><label for="b">B</label><input id="b" aria-describedby="c"><p id="c">Why</p>
<label><input type="radio" name="d"> D</label><button aria-label="Close"><svg aria-hidden="true"></svg></button></form>
<ul><li><a href="/y"><img src="/z" alt="Zed"></a></li></ul></body></html>`

func TestGoodPagePasses(t *testing.T) {
	htmlcheck.Page(t, good)
}

func TestEachFaultIsSeen(t *testing.T) {
	for _, c := range []struct{ old, bad, says string }{
		{`<p id="c">`, `<p id="b">`, "there twice"},
		{`<label for="b">B</label>`, ``, "no label"},
		{`<label for="b">B</label>`, `<label for="b"></label>`, "no label"},
		{`<p id="c">`, `<p>`, "refers by aria-describedby to #c"},
		{`<h1>Good</h1>`, ``, "0 first headings"},
		{`<h1>Good</h1>`, `<h1>Good</h1><h1>Bad</h1>`, "2 first headings"},
		{`<title>Good</title>`, ``, "no title"},
		{` lang="en"`, ``, "language"},
		{`<button aria-label="Close">`, `<button>`, "button has no name"},
		{` alt="Zed"`, ``, "no alt"},
		{` alt="Zed"`, ` alt=""`, "link has no name"},
		{` action="/x"`, ``, "posts nowhere"},
		{`<ul>`, `<ul><p>Stray</p>`, "no item"},
		{`<h1>`, `<h1 style="color:red">`, "style in an attribute"},
		{`<h1>`, `<h1 onclick="x()">`, "script in an attribute"},
		{`href="/y"`, `href=" JavaScript:x()"`, "script in href"},
		{`<h1>Good</h1>`, `<h1>Good</h1><script>x()</script>`, "script within the page"},
		{`<img src="/z" alt="Zed">`, `<button>Z</button>`, "stands within <a"},
	} {
		text := strings.Replace(good, c.old, c.bad, 1)
		if wrong := strings.Join(htmlcheck.Look(text, true), "; "); !strings.Contains(wrong, c.says) {
			t.Errorf("with %s it says %q, want %q", c.bad, wrong, c.says)
		}
	}
}

func TestPartMayPointElsewhere(t *testing.T) {
	htmlcheck.Part(t, `<p aria-describedby="elsewhere">Part</p>`)
}
