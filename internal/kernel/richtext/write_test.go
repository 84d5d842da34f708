package richtext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/kernel/id"
	. "github.com/musterhq/muster/internal/kernel/richtext"
)

func TestHTMLMarksTheViewersOwnMention(t *testing.T) {
	d := Parse("@[Ada](user:"+string(ada)+") see [<it>](https://x.test/?a=1&b=2)", Options{})
	const want = `<p dir="auto"><span class="mention mention--you" dir="auto" data-user="01HZX3Q5J8Y6W9K2M4N7P0R1S5">@Ada</span> see ` +
		`<a href="https://x.test/?a=1&amp;b=2" rel="noopener nofollow">&lt;it&gt;</a></p>`
	if diff := cmp.Diff(want, d.HTML(HTMLOptions{Viewer: ada})); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(d.HTML(HTMLOptions{}), "--you") {
		t.Error("a mention stands out for nobody in particular")
	}
}

func TestUnknownNodesAreReportedAndTheirWordsStay(t *testing.T) {
	d, dropped, err := FromJSON([]byte(`{"type":"doc","content":[
		{"type":"panel","content":[{"type":"paragraph","content":[{"type":"text","text":"kept","marks":[{"type":"glow"},{"type":"bold"}]},{"type":"chip","content":[{"type":"text","text":" too"}]}]}]},
		{"type":"paragraph","content":[{"type":"text","text":"link","marks":[{"type":"link","attrs":{"href":"javascript:x"}}]}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Node{P(B("kept"), T(" too")), P(T("link"))}, d.Content); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Dropped{"panel", "glow", "chip", "link"}, dropped, cmp.Transformer("set", func(d Dropped) map[string]bool {
		set := map[string]bool{}
		for _, what := range d {
			set[what] = true
		}
		return set
	})); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "[]", `{"type":"paragraph"}`, `"doc"`, "{"} {
		if _, _, err := FromJSON([]byte(bad)); err == nil {
			t.Errorf("%q was taken for a document", bad)
		}
	}
}

func TestJSONNestedDeeplyIsFlattened(t *testing.T) {
	deep := `{"type":"doc","content":[` + strings.Repeat(`{"type":"blockquote","content":[`, 1000) + `{"type":"paragraph"}` + strings.Repeat(`]}`, 1000) + `]}`
	d, dropped, err := FromJSON([]byte(deep))
	if err != nil || len(dropped) == 0 {
		t.Fatalf("%v, dropped %v", err, dropped)
	}
	if got := strings.Count(d.HTML(HTMLOptions{}), "<blockquote"); got > 12 {
		t.Errorf("%d quotations inside one another", got)
	}
}

func TestRestrictNamesWhatAPlaceCannotShow(t *testing.T) {
	d := Parse("# Down\n\n**All** of [it](https://x.test)\n\n- one\n- two\n\n![graph](https://x.test/g.png)", Options{})
	for set, want := range map[FeatureSet]struct {
		plain   string
		dropped Dropped
	}{
		RichWithImages:  {"Down\n\nAll of it\n\n• one\n• two\n\ngraph", nil},
		Rich:            {"Down\n\nAll of it\n\n• one\n• two\n\ngraph", Dropped{"image"}},
		BasicNoLinks:    {"Down\n\nAll of it\n\n• one\n• two\n\ngraph", Dropped{"heading", "link", "list", "image"}},
		PlainMultiLine:  {"Down\n\nAll of it\n\n• one\n• two\n\ngraph", Dropped{"heading", "bold", "link", "list", "image"}},
		PlainSingleLine: {"Down All of it • one • two graph", Dropped{"heading", "bold", "link", "list", "image"}},
	} {
		got, dropped := Restrict(d, set)
		if diff := cmp.Diff(want.plain, got.Plain()); diff != "" {
			t.Errorf("%s: %s", set, diff)
		}
		if diff := cmp.Diff(want.dropped, dropped); diff != "" {
			t.Errorf("%s dropped: %s", set, diff)
		}
	}
}

func TestTruncateNeverCutsACharacter(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  string
	}{
		{"hello", 5, "hello"},
		{"hello world", 7, "hello…"},
		{"👩‍👩‍👧‍👦👩🏽‍🚒🇦🇪🇳🇴", 3, "👩‍👩‍👧‍👦👩🏽‍🚒…"},
		{"🇦🇪🇳🇴🇦🇪", 2, "🇦🇪…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"1️⃣2️⃣3️⃣", 2, "1️⃣…"},
		{"각각각", 2, "각…"},
		{"नमस्ते", 2, "न…"},
		{"x", 0, ""},
		{"", 3, ""},
	} {
		if got := Truncate(c.text, c.limit); got != c.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", c.text, c.limit, got, c.want)
		}
	}
	if got := Characters("👩‍👩‍👧‍👦 é"); got != 3 {
		t.Errorf("counted %d characters of 3", got)
	}
}

func TestSlackMarkup(t *testing.T) {
	d := Parse("## Up & <running>\n\n**bold**er *it* ~~no~~ `c` [docs](https://x.test) https://y.test @[Ada](user:"+string(ada)+")\n\n- a\n  1. b\n\n> q\n\n```go\nx<1\n```", Options{})
	const want = "*Up &amp; &lt;running&gt;*\n\n*bold*\u200ber _it_ ~no~ `c` <https://x.test|docs> <https://y.test> <@U1>\n\n• a\n    1. b\n\n> q\n\n```\nx&lt;1\n```"
	if diff := cmp.Diff(want, d.Mrkdwn(func(id.ID) string { return "U1" })); diff != "" {
		t.Error(diff)
	}
}

func TestMailSaysTheSameTwice(t *testing.T) {
	html, text := Parse("**Down**: see [status](https://x.test)", Options{}).Mail()
	if want := "Down: see status (https://x.test)"; text != want {
		t.Errorf("text is %q, want %q", text, want)
	}
	if want := `<p dir="auto" style="margin:0 0 12px"><strong>Down</strong>: see <a href="https://x.test" rel="noopener nofollow">status</a></p>`; html != want {
		t.Errorf("HTML is %s", html)
	}
}

func TestWhatADocumentHolds(t *testing.T) {
	d := Parse("@[Ada](user:"+string(ada)+") @[Ada](user:"+string(ada)+") https://x.test [again](https://x.test)", Options{})
	if diff := cmp.Diff([]id.ID{ada}, d.Mentions()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"https://x.test"}, d.Links()); diff != "" {
		t.Error(diff)
	}
	if d.Empty() || !Parse(" \n ", Options{}).Empty() || Parse(":tada:", Options{}).Empty() {
		t.Error("Empty is wrong")
	}
	if got := d.Excerpt(6); got != "@Ada…" {
		t.Errorf("the excerpt is %q", got)
	}
}

func TestLiteralTextIsNeverReadAsMarkup(t *testing.T) {
	d := Literal("**no** `x`\n@[A](user:b) <i>")
	if diff := cmp.Diff([]Node{P(T("**no** `x`"), Br(), T("@[A](user:b) <i>"))}, d.Content); diff != "" {
		t.Error(diff)
	}
}

func TestHashesAtTheEndOfAHeadingStay(t *testing.T) {
	for _, text := range []string{"#", "C#", `\#`, "a ##"} {
		if got := Parse(Of(H(2, T(text))).Markdown(), Options{}); !got.Equal(Of(H(2, T(text)))) {
			t.Errorf("the heading %q came back as %q", text, got.Plain())
		}
	}
}
