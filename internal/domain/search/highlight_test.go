package search

import (
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/kernel/richtext"
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

func TestOfALogTheLineThatHitIsShown(t *testing.T) {
	t.Parallel()
	log := "level=info msg=started\nlevel=error service=payments err=deadline\nlevel=info msg=done"
	for name, tc := range map[string]struct {
		document richtext.Document
		sought   string
		want     string
		code     bool
	}{
		"the words beside it say nothing": {richtext.Parse("Look:\n```\n"+log+"\n```", richtext.Options{}), "payments deadline", "level=error service=payments err=deadline", true},
		"the words say as much":           {richtext.Parse("The payments log\n```\n"+log+"\n```", richtext.Options{}), "payments", "The payments log", false},
		"found in parts":                  {richtext.Parse("Payments\n```\n"+log+"\n```", richtext.Options{}), "started done", "level=info msg=started", true},
	} {
		pieces, code, err := passage(tc.document.JSON(), "", terms(tc.sought))
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, piece := range pieces {
			text.WriteString(piece.Text)
		}
		if text.String() != tc.want || code != tc.code {
			t.Errorf("%s: %q (code %v), want %q", name, text.String(), code, tc.want)
		}
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
