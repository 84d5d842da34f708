package search

import (
	"strings"
	"testing"
)

func TestHighlights(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ sought, text, want string }{
		{"pay", "Payments fail, pay later", "[Pay]ments fail, [pay] later"},
		{"is", "This is it", "This [is] it"}, // short words only whole, as the index finds them
		{"支付", "支付失败", "[支付]失败"},
		{"émile", "ÉMILE wrote", "[ÉMILE] wrote"},
		{"<b>", "a <b>bold</b> b", "a <[b]>bold</[b]> [b]"},
		{"nothing", "some words", "some words"},
		{"İ", "İstanbul", "İstanbul"},
	} {
		var got strings.Builder
		for _, piece := range marked(c.text, terms(c.sought)) {
			if piece.Found {
				got.WriteString("[" + piece.Text + "]")
			} else {
				got.WriteString(piece.Text)
			}
		}
		if got.String() != c.want {
			t.Errorf("%q in %q: %s, want %s", c.sought, c.text, got.String(), c.want)
		}
	}
}

func TestExcerptHoldsWhatWasFound(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 400) + "quartz" + strings.Repeat(" mot", 400)
	var text strings.Builder
	found := false
	for _, piece := range excerpt(long, terms("quartz")) {
		text.WriteString(piece.Text)
		found = found || piece.Found
	}
	if !found || text.Len() > 2*around || !strings.HasPrefix(text.String(), "… ") || !strings.HasSuffix(text.String(), " …") {
		t.Errorf("%q", text.String())
	}
}

func FuzzHighlights(f *testing.F) {
	f.Add("pay", "Payments")
	f.Fuzz(func(t *testing.T, sought, text string) {
		var all strings.Builder
		for _, piece := range marked(text, terms(sought)) {
			all.WriteString(piece.Text)
		}
		if all.String() != text {
			t.Errorf("%q became %q", text, all.String())
		}
	})
}
