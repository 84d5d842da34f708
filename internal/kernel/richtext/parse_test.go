package richtext_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/kernel/id"
	. "github.com/musterhq/muster/internal/kernel/richtext"
)

const ada = id.ID("01HZX3Q5J8Y6W9K2M4N7P0R1S5")

func TestParseReadsMarkdownAsPeopleTypeItInAChat(t *testing.T) {
	bold := func(text string) Node { return B(text) }
	item := func(nodes ...Node) Node { return Node{Kind: ListItem, Content: nodes} }
	for name, c := range map[string]struct {
		source string
		want   []Node
	}{
		"marks":                            {"**a** _b_ ~~c~~ `d`", []Node{P(bold("a"), T(" "), I("b"), T(" "), Node{Kind: Text, Text: "c", Marks: []Mark{{Style: Strike}}}, T(" "), C("d"))}},
		"a line break is a line break":     {"one\ntwo", []Node{P(T("one"), Br(), T("two"))}},
		"an empty line parts paragraphs":   {"one\n\n\n\ntwo", []Node{P(T("one")), P(T("two"))}},
		"windows line ends":                {"one\r\ntwo", []Node{P(T("one"), Br(), T("two"))}},
		"indented text is no code":         {"    panic: oh no", []Node{P(T("panic: oh no"))}},
		"html is text":                     {"<b>hi</b> & &lt;", []Node{P(T("<b>hi</b> & &lt;"))}},
		"a dashed line is no heading":      {"Title\n=====", []Node{P(T("Title"), Br(), T("====="))}},
		"address":                          {"see https://x.test/a_b_c?q=1*2, ok", []Node{P(T("see "), A("https://x.test/a_b_c?q=1*2", "https://x.test/a_b_c?q=1*2"), T(", ok"))}},
		"address in brackets":              {"(https://x.test/a_(b))", []Node{P(T("("), A("https://x.test/a_(b)", "https://x.test/a_(b)"), T(")"))}},
		"address in bold":                  {"**https://x.test**", []Node{P(Node{Kind: Text, Text: "https://x.test", Marks: []Mark{{Style: Link, Href: "https://x.test"}, {Style: Bold}}})}},
		"address among Chinese":            {"请看https://x.test/路径。谢谢", []Node{P(T("请看"), A("https://x.test/路径", "https://x.test/路径"), T("。谢谢"))}},
		"no address inside a word":         {"xhttps://x.test", []Node{P(T("xhttps://x.test"))}},
		"named link":                       {"[the docs](https://x.test/ \"t\")", []Node{P(A("the docs", "https://x.test/"))}},
		"link to script is words":          {"[click](javascript:alert(1))", []Node{P(T("click"))}},
		"explicit mention":                 {"@[Ada L.](user:" + string(ada) + ") look", []Node{P(At(ada, "Ada L."), T(" look"))}},
		"mention of a broken id is text":   {"@[Ada](user:nope)", []Node{P(T("@Ada"))}},
		"emoji shortcode":                  {":tada: done", []Node{P(Node{Kind: Emoji, Name: "tada"}, T(" done"))}},
		"a time is no emoji":               {"12:100:30 :nosuch:", []Node{P(T("12:100:30 :nosuch:"))}},
		"heading":                          {"## What *happened*", []Node{H(2, T("What "), I("happened"))}},
		"code block":                       {"```go\nx := 1\n\n\ty\n```", []Node{{Kind: CodeBlock, Language: "go", Content: []Node{T("x := 1\n\n\ty")}}}},
		"unclosed code block":              {"```\nabc", []Node{{Kind: CodeBlock, Content: []Node{T("abc")}}}},
		"bullets":                          {"- a\n- b\n  - c", []Node{{Kind: BulletList, Content: []Node{item(P(T("a"))), item(P(T("b")), Bullets(P(T("c"))))}}}},
		"numbers":                          {"3. a\n4. b", []Node{{Kind: OrderedList, Start: 3, Content: []Node{item(P(T("a"))), item(P(T("b")))}}}},
		"an answer under a quotation":      {"> they said\nI say", []Node{{Kind: Blockquote, Content: []Node{P(T("they said"))}}, P(T("I say"))}},
		"words under a list":               {"- a\nthen", []Node{Bullets(P(T("a"))), P(T("then"))}},
		"rule":                             {"a\n\n---\n\nb", []Node{P(T("a")), {Kind: HorizontalRule}, P(T("b"))}},
		"picture":                          {"![a graph](https://x.test/g.png)", []Node{P(Node{Kind: Image, Src: "https://x.test/g.png", Alt: "a graph"})}},
		"variables are text when unwanted": {"{{name}}", []Node{P(T("{{name}}"))}},
		"reference definitions stay":       {"[INC-1]: it broke", []Node{P(T("[INC-1]: it broke"))}},
		"escapes":                          {`\*not bold\* \@ C:\dir`, []Node{P(T(`*not bold* @ C:\dir`))}},
		"nothing":                          {" \n\t\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Parse(c.source, Options{}).Content); diff != "" {
				t.Errorf("reading %q (-want +got):\n%s", c.source, diff)
			}
		})
	}
}

func TestParseFindsPeopleByHandle(t *testing.T) {
	known := map[string]Person{"ada": {ada, "Ada"}, "Ada Lovelace": {ada, "Ada Lovelace"}, "josé": {ada, "José"}}
	find := func(handle string) (Person, bool) { p, ok := known[handle]; return p, ok }
	for source, want := range map[string][]Node{
		"@ada.":                 {At(ada, "Ada"), T(".")},
		"hi @Ada Lovelace now":  {T("hi "), At(ada, "Ada Lovelace"), T(" now")},
		"(@josé)":               {T("("), At(ada, "José"), T(")")},
		"mail bob@ada and @eve": {T("mail bob@ada and @eve")},
		"`@ada`":                {C("@ada")},
	} {
		if diff := cmp.Diff([]Node{P(want...)}, Parse(source, Options{Handle: find}).Content); diff != "" {
			t.Errorf("reading %q (-want +got):\n%s", source, diff)
		}
	}
}

func TestMentionCannotBorrowAnotherName(t *testing.T) {
	name := func(user id.ID) (string, bool) { return "Ada", user == ada }
	got := Parse("@[The Boss](user:"+string(ada)+") @[Eve](user:01HZX3Q5J8Y6W9K2M4N7P0R1S6)", Options{Name: name})
	if diff := cmp.Diff([]Node{P(At(ada, "Ada"), T(" @Eve"))}, got.Content); diff != "" {
		t.Error(diff)
	}
}

func TestVariablesSurviveMarkdownAndJSON(t *testing.T) {
	source := "Lead: {{incident.lead | truncate: 100 | omit_if_unset}}"
	d := Parse(source, Options{Variables: true})
	if d.Content[0].Content[1].Kind != Variable || d.Markdown() != source {
		t.Fatalf("the variable became %+v, written %q", d.Content, d.Markdown())
	}
	back, dropped, err := FromJSON(d.JSON())
	if err != nil || len(dropped) > 0 || !back.Equal(d) {
		t.Errorf("through JSON: %v %v %s", err, dropped, back.JSON())
	}
	const foreign = `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"varSpec","attrs":{"label":"Incident → Name","missing":false,"name":"incident.name","x":{"y":[1]}}}]}]}`
	kept, _, err := FromJSON([]byte(foreign))
	if err != nil || string(kept.JSON()) != foreign {
		t.Errorf("attributes of a variable changed: %s %v", kept.JSON(), err)
	}
}

// Each of these takes some parser quadratic time or a stack without end; 64 KiB is the most in which markup is looked for.
func TestHugeAndHostilePastesAreReadInTime(t *testing.T) {
	patterns := []string{
		"a log line with *stars* and _under_ :tada: https://x.test/a\n", "[a](", "[](", "![[](", "[a](<b", "[", "]", "*a **a ", "> ", "- ", "> - ", "1. ",
		"`a ``", "~~a", "@[a", "@a b c ", "{{a", ":a:", "http://", "<a", "\\", "a\n\n", "# ", "```\n", "👩‍👩‍👧‍👦", "\u202e", "\xff",
	}
	for i, pattern := range patterns {
		for _, size := range []int{64 << 10, MaxBytes} {
			if size == MaxBytes && i%9 != 0 {
				continue
			}
			began := time.Now()
			d := Parse(strings.Repeat(pattern, size/len(pattern)), Options{Variables: true, Handle: func(string) (Person, bool) { return Person{}, false }})
			shown := d.HTML(HTMLOptions{})
			_, _ = d.Markdown(), d.Excerpt(100)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("%d bytes of %q took %v", size, pattern, took)
			}
			if shown == "" {
				t.Errorf("%d bytes of %q show nothing", size, pattern)
			}
		}
	}
	log := strings.Repeat("12:00:01 **panic** in _worker_\n", MaxBytes/32)
	if got := Parse(log, Options{}).Plain(); got != strings.TrimRight(log, "\n") {
		t.Errorf("a log of %d bytes came back with %d", len(log), len(got))
	}
}

func TestDeepNestingBecomesShallow(t *testing.T) {
	var deep strings.Builder
	for i := range 300 {
		deep.WriteString(strings.Repeat("  ", i) + "- x\n")
	}
	d := Parse(deep.String(), Options{})
	if got := strings.Count(d.Line(), "x"); got != 300 {
		t.Errorf("%d of 300 words were kept", got)
	}
	depth, most := 0, 0
	for _, tag := range strings.Split(d.HTML(HTMLOptions{}), "<") {
		if strings.HasPrefix(tag, "ul") {
			depth++
		}
		if strings.HasPrefix(tag, "/ul") {
			depth--
		}
		most = max(most, depth)
	}
	if most > 12 {
		t.Errorf("lists are nested %d deep", most)
	}
}

func TestEveryScriptIsKept(t *testing.T) {
	for _, text := range []string{
		"مرحبا بالعالم، الحادث خطير", "שלום עולם", "こんにちは、障害です", "사건이 발생했습니다", "สวัสดีชาวโลก", "नमस्ते दुनिया", "Привет, мир", "Γειά σου",
		"👩🏽‍🚒 🇦🇪 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𓀀", "a\u0301 e\u0308", "ᠮᠣᠩᠭᠣᠯ", "አማርኛ",
	} {
		d := Parse(text, Options{})
		if d.Plain() != text {
			t.Errorf("%q became %q", text, d.Plain())
		}
		if html := d.HTML(HTMLOptions{}); !strings.Contains(html, `dir="auto"`) || !strings.Contains(html, text) {
			t.Errorf("%q is shown as %s", text, html)
		}
	}
}
