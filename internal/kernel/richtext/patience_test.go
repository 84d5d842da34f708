package richtext

import (
	"strings"
	"testing"
	"time"
)

// TestSourceMadeToBeSlowIsReadSoon guards the locks that are held while a text is read. Each of these took seconds; the
// bound is generous, because other tests run at the same time.
func TestSourceMadeToBeSlowIsReadSoon(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"[", "[a](", "![](", "[a]((", "@[a](user:", "*", "*a", "_a*", "**a _", "~~a", "`a", "``a`", "http://a", "https://(", "<http://", "> ", "- ", "a\n", "*_`["} {
		source := strings.Repeat(piece, mostMarkup/len(piece))
		begun := time.Now()
		Parse(source, Options{Variables: true})
		if took := time.Since(begun); took > 1500*time.Millisecond {
			t.Errorf("%q again and again is read in %v", piece, took)
		}
	}
}

func TestMarkupBeyondWhatAnybodyWritesStaysText(t *testing.T) {
	t.Parallel()
	d := Parse(strings.Repeat("*a* ", mostMarks), Options{})
	if html := d.HTML(HTMLOptions{}); strings.Count(html, "<em>") != mostMarks/2 || !strings.HasSuffix(strings.TrimSpace(strings.ReplaceAll(html, "</p>", "")), "*a*") {
		t.Errorf("%d of %d words are emphasized", strings.Count(html, "<em>"), mostMarks)
	}
}
