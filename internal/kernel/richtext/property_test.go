package richtext_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/microcosm-cc/bluemonday"
	"pgregory.net/rapid"

	"github.com/musterhq/muster/internal/kernel/id"
	. "github.com/musterhq/muster/internal/kernel/richtext"
)

// Words of the generator hold everything that Markdown could mistake for markup.
var words = rapid.OneOf(
	rapid.StringMatching(`[a-z]{1,6}`),
	rapid.SampledFrom([]string{
		"#", "-", "+", ">", "1.", "2)", "*", "**", "_", "__", "~", "~~", "`", "``", "[x]", "](y)", "![", "<b>", "&amp;", "\\", "\\*", "a_b_c", "snake_case_",
		"{{x}}", "@ada", "@[x](y)", ":tada:", ":x", "http://a", "://", "```", "===", "---", "|", "مرحبا", "日本", "👩‍🚒", "é", "10.", "(x)", "a*b", "!", "#1", "*)",
	}),
)

func phrase(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(words, 1, 4).Draw(t, "words"), " ")
}

func inline(t *rapid.T) []Node {
	var out []Node
	for i := range rapid.IntRange(1, 5).Draw(t, "spans") {
		if i > 0 {
			if rapid.IntRange(0, 4).Draw(t, "break") == 0 {
				out = append(out, Br())
			} else {
				out = append(out, T(" "))
			}
		}
		switch rapid.IntRange(0, 8).Draw(t, "span") {
		case 0:
			out = append(out, At("01HZX3Q5J8Y6W9K2M4N7P0R1S5", strings.Join(strings.Fields(phrase(t)), " ")))
		case 1:
			out = append(out, Node{Kind: Emoji, Name: rapid.SampledFrom([]string{"tada", "+1", "eyes"}).Draw(t, "emoji")})
		case 2:
			href := rapid.SampledFrom([]string{"https://x.test/a_b(c)*d", "https://x.test", "/incidents/1", "mailto:a@x.test"}).Draw(t, "href")
			text := phrase(t)
			if rapid.Bool().Draw(t, "bare") {
				text = href
			}
			out = append(out, A(text, href))
		case 3:
			out = append(out, C(phrase(t)))
		case 4:
			out = append(out, Node{Kind: Image, Src: "https://x.test/i.png", Alt: phrase(t)})
		default:
			n := T(phrase(t))
			for _, style := range []Style{Bold, Italic, Strike} {
				if rapid.IntRange(0, 3).Draw(t, "mark") == 0 {
					n.Marks = append(n.Marks, Mark{Style: style})
					n.Text = strings.ReplaceAll(n.Text, "~", "") // goldmark ends no strike after a tilde
					n.Text = strings.TrimSpace(n.Text) + "x"
				}
			}
			out = append(out, n)
		}
	}
	return out
}

func blocks(t *rapid.T, depth int) []Node {
	var out []Node
	for range rapid.IntRange(1, 3).Draw(t, "blocks") {
		kind := rapid.IntRange(0, 7).Draw(t, "block")
		if depth > 2 {
			kind %= 4
		}
		switch kind {
		case 1:
			var one []Node
			for _, n := range inline(t) {
				if n.Kind == HardBreak {
					n = T(" ")
				}
				one = append(one, n)
			}
			out = append(out, H(rapid.IntRange(1, 6).Draw(t, "level"), one...))
		case 2:
			out = append(out, Codes(regexp.MustCompile(`(?m)^ +$`).ReplaceAllString(rapid.StringMatching("[a-z` \n#>~-]{0,20}[a-z]").Draw(t, "code"), ""), rapid.SampledFrom([]string{"", "go"}).Draw(t, "language")).Content...)
		case 3:
			out = append(out, Node{Kind: HorizontalRule})
		case 4:
			out = append(out, Node{Kind: Blockquote, Content: blocks(t, depth+1)})
		case 5, 6:
			list := Node{Kind: BulletList}
			if kind == 6 {
				list = Node{Kind: OrderedList, Start: rapid.IntRange(0, 12).Draw(t, "start")}
			}
			for range rapid.IntRange(1, 3).Draw(t, "items") {
				list.Content = append(list.Content, Node{Kind: ListItem, Content: append([]Node{P(inline(t)...)}, blocks(t, depth+1)...)})
			}
			out = append(out, list)
		default:
			out = append(out, P(inline(t)...))
		}
	}
	return out
}

func TestMarkdownReadsBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Of(blocks(t, 0)...)
		source := want.Markdown()
		if diff := cmp.Diff(want.Content, Parse(source, Options{}).Content); diff != "" {
			t.Fatalf("written as\n%s\n(-want +got):\n%s", source, diff)
		}
	})
}

func TestJSONReadsBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Of(blocks(t, 0)...)
		got, dropped, err := FromJSON(want.JSON())
		if err != nil || len(dropped) > 0 || !got.Equal(want) {
			t.Fatalf("%v, dropped %v: %s", err, dropped, cmp.Diff(want.Content, got.Content))
		}
		want.Source = "as typed"
		stored, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var back Document
		if err := json.Unmarshal(stored, &back); err != nil || back.Source != want.Source || !back.Equal(want) {
			t.Fatalf("stored and read: %v %s", err, stored)
		}
	})
}

func TestRestrictingTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Of(blocks(t, 0)...)
		set := rapid.SampledFrom(FeatureSets()).Draw(t, "set")
		once, _ := Restrict(d, set)
		twice, dropped := Restrict(once, set)
		if len(dropped) > 0 || !once.Equal(twice) {
			t.Fatalf("%s dropped %v the second time: %s", set, dropped, cmp.Diff(once.Content, twice.Content))
		}
	})
}

// sanitizer is an independent judge of what is safe; it must find nothing to take away.
func sanitizer() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "pre", "code", "strong", "em", "s", "u", "br", "span", "a", "img")
	p.AllowAttrs("dir").Matching(regexp.MustCompile("^(auto|ltr)$")).Globally()
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(mention( mention--you)?|emoji|variable|language-[\pL\pN+#._-]+)$`)).OnElements("span", "code")
	p.AllowAttrs("data-user").Matching(regexp.MustCompile(`^[0-9A-Za-z]{26}$`)).OnElements("span")
	p.AllowAttrs("role").Matching(regexp.MustCompile("^img$")).OnElements("span")
	p.AllowAttrs("aria-label").OnElements("span")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("src", "alt").OnElements("img")
	p.AllowAttrs("loading").Matching(regexp.MustCompile("^lazy$")).OnElements("img")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile("^noopener nofollow$")).OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(false)
	return p
}

var dangerous = regexp.MustCompile(`(?i)<[^>]*(\son[a-z]+\s*=|javascript:)|<(script|style|iframe|object|svg|form|input)`)

func judge(t interface{ Errorf(string, ...any) }, d Document) {
	html := d.HTML(HTMLOptions{Viewer: ada})
	if tags := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(html, `""`); dangerous.MatchString(tags) || strings.Contains(html, `="javascript:`) {
		t.Errorf("dangerous HTML: %s", html)
	}
	if strip := func(s string) string { return regexp.MustCompile(`<[^>]*>`).ReplaceAllString(s, "") }; strip(html) != strip(sanitizer().Sanitize(html)) {
		t.Errorf("the sanitizer changed\n%s\nto\n%s", html, sanitizer().Sanitize(html))
	}
}

func TestSanitizerFindsNothingToTakeAway(t *testing.T) {
	policy := sanitizer()
	rapid.Check(t, func(t *rapid.T) {
		d := Of(blocks(t, 0)...)
		html := d.HTML(HTMLOptions{Viewer: ada})
		if safe := policy.Sanitize(html); safe != html {
			t.Fatalf("(-ours +sanitized)\n%s", cmp.Diff(html, safe))
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"**a** _b_ [c](https://x.test) `d`", "> q\n- l\n  1. m\n```go\nx\n```", "@[A](user:01HZX3Q5J8Y6W9K2M4N7P0R1S5) :tada: {{x|y}}",
		`<script>alert(1)</script> <img src=x onerror=alert(1)>`, `[x](javascript:alert(1)) ![y](data:text/html,x)`, "[a](https://x\" onclick=\"alert(1))",
		"```\" onload=\"x\ncode", "\x00\xff\u202e", "<https://x.test/?\"onclick=x>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		d := Parse(source, Options{Variables: true, Handle: func(h string) (Person, bool) { return Person{ID: ada, Name: h}, len(h) == 3 }})
		judge(t, d)
		if _, dropped, err := FromJSON(d.JSON()); err != nil || len(dropped) > 0 {
			t.Errorf("a document that was read is no valid document: %v %v %s", err, dropped, d.JSON())
		}
		judge(t, Parse(d.Markdown(), Options{}))
		d.Mail()
		d.Mrkdwn(func(id.ID) string { return "U1" })
		d.Excerpt(10)
	})
}

func FuzzFromJSON(f *testing.F) {
	for _, seed := range []string{
		`{"type":"doc"}`, `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"<script>","marks":[{"type":"link","attrs":{"href":"javascript:x"}},{"type":"bold"}]}]}]}`,
		`{"type":"doc","content":[{"type":"codeBlock","attrs":{"language":"\" onclick=\"x"},"content":[{"type":"text","text":"x"}]}]}`,
		`{"type":"doc","content":[{"type":"heading","attrs":{"level":99}},{"type":"bulletList","content":[{"type":"paragraph"}]},{"type":"mystery","content":[{"type":"text","text":"a"}]}]}`,
		`{"type":"doc","content":[{"type":"image","attrs":{"src":"https://x.test/\" onerror=\"x"}},{"type":"mention","attrs":{"id":"\"><script>","label":"x"}}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, _, err := FromJSON(data)
		if err != nil {
			return
		}
		judge(t, d)
		again, dropped, err := FromJSON(d.JSON())
		if err != nil || len(dropped) > 0 || !again.Equal(d) {
			t.Errorf("reading it twice changed it: %v %v\n%s\n%s", err, dropped, d.JSON(), again.JSON())
		}
		judge(t, Parse(d.Markdown(), Options{}))
		for _, set := range FeatureSets() {
			Restrict(d, set)
		}
		d.Mail()
		d.Mrkdwn(nil)
	})
}
