package slack

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

var names = Names{
	User: func(user string) (id.ID, string, bool) {
		switch user {
		case "U0ADA":
			return ada, "Ada Lovelace", true
		case "U0GUEST":
			return "", "Guest of Ours", true
		}
		return "", "", false
	},
	Channel: func(channel string) string { return map[string]string{"C0TALK": "talk"}[channel] },
	Group:   func(group string) string { return map[string]string{"S0DB": "databases"}[group] },
}

func TestSlacksMarkupIsReadAsOurs(t *testing.T) {
	mention := "@[Ada Lovelace](user:" + string(ada) + ")"
	for text, want := range map[string]string{
		"plain words":                                                     "plain words",
		"*bold* _slanted_ ~gone~ `code`":                                  "**bold** _slanted_ ~~gone~~ `code`",
		"*bold _and slanted_*":                                            "**bold _and slanted_**",
		"2 * 3 * 4 and a*b*c":                                             `2 \* 3 \* 4 and a\*b\*c`,
		"snake_case_name and __init__":                                    `snake_case_name and \_\_init\_\_`,
		"a **b** [c](https://d.example)":                                  `a \*\*b\*\* \[c\](https\://d.example)`,
		"# no heading\n- no list\n1. none":                                "\\# no heading\n\\- no list\n1\\. none",
		"<@U0ADA> and <@U0ADA|ada>":                                       mention + " and " + mention,
		"<@U0NOBODY|sam> <@U0GUEST> <@U9>":                                "@sam @Guest of Ours @U9",
		"<#C0TALK> <#C0X|x> <#C0Y|>":                                      `\#talk #x #C0Y`,
		"<!here> <!channel|@channel> <!subteam^S0DB> <!subteam^S0X|@ops>": "@here @channel @databases @ops",
		"<!date^1700000000^{date}|14 November>":                           "14 November",
		"<https://status.example.com/a?b=1&amp;c=2|the status> <https://x.example>": "[the status](<https://status.example.com/a?b=1&c=2>) https://x.example",
		"<mailto:ada@example.com|ada@example.com>":                                  "[ada@example.com](mailto:ada@example.com)",
		"<javascript:alert(1)|click>":                                               "click",
		"a &lt;b&gt; &amp;amp; c":                                                   `a \<b> &amp; c`,
		"well :+1: :custom-one: :+1::skin-tone-3: 10:30:45 :flag-de:":               "well :+1: :custom-one: 👍🏼 10:30:45 🇩🇪",
		"&gt; quoted\n&gt; twice\nnot":                                              "> quoted\n> twice\n\nnot",
		"before\n&gt;&gt;&gt; all\n\nof it":                                         "before\n\n> all\n>\n> of it",
		"list:\n• one\n• *two*\n    ◦ inner\n• three\nend":                          "list:\n- one\n- **two**\n  - inner\n- three\n\nend",
		"```\nif a &lt; b {\n\n}\n```":                                              "```\nif a < b {\n\n}\n```",
		"see ```curl <https://x.example>``` now":                                    "see\n\n```\ncurl https://x.example\n```\n\nnow",
		"never ``` closed":                                                          "never \\`\\`\\` closed",
		"`a *b* <https://x.example|x.example>`":                                     "`a *b* x.example`",
		"one\n\ntwo\nthree":                                                         "one\n\ntwo\nthree",
		"*unclosed and _this":                                                       `\*unclosed and \_this`,
		"مرحبا *بالعالم*":                                                           "مرحبا **بالعالم**",
	} {
		if got := Source(Message{Text: text}, names); got != want {
			t.Errorf("%q is read as %q, not %q", text, got, want)
		}
	}
}

func TestRichTextIsReadAsOurs(t *testing.T) {
	blocks := `[{"type":"rich_text","elements":[
		{"type":"rich_text_section","elements":[
			{"type":"text","text":"It "},{"type":"text","text":"*began* ","style":{"bold":true}},{"type":"user","user_id":"U0ADA"},
			{"type":"text","text":" in "},{"type":"channel","channel_id":"C0TALK"},{"type":"text","text":" "},{"type":"usergroup","usergroup_id":"S0DB"},
			{"type":"text","text":" "},{"type":"broadcast","range":"here"},{"type":"text","text":"\n\nsee "},
			{"type":"link","url":"https://x.example/?a=1&b=2","text":"this","style":{"italic":true}},{"type":"text","text":" "},{"type":"link","url":"https://y.example"},
			{"type":"text","text":" "},{"type":"emoji","name":"eyes","unicode":"1f440"},{"type":"emoji","name":"wave","unicode":"1f44b-1f3fd","skin_tone":4},{"type":"emoji","name":"our-own"},
			{"type":"text","text":" "},{"type":"date","timestamp":1700000000,"format":"{date}","fallback":"14 November"},{"type":"color","value":"#ff0000"},{"type":"hologram","text":"!"}
		]},
		{"type":"rich_text_list","style":"ordered","indent":0,"offset":2,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"three"}]}]},
		{"type":"rich_text_list","style":"bullet","indent":1,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"inner"}]}]},
		{"type":"rich_text_list","style":"ordered","indent":0,"offset":3,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"four"}]}]},
		{"type":"rich_text_list","style":"bullet","indent":0,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"other"}]}]},
		{"type":"rich_text_quote","elements":[{"type":"text","text":"quoted\ntwice"}]},
		{"type":"rich_text_preformatted","elements":[{"type":"text","text":"if a < b {"},{"type":"link","url":"https://z.example"}]}
	]}]`
	want := strings.Join([]string{
		`It **\*began\*** @[Ada Lovelace](user:` + string(ada) + `) in #talk @databases @here`, "",
		`see [_this_](<https://x.example/?a=1&b=2>) https://y.example :eyes:👋🏽:our-own: 14 November#ff0000!`, "",
		"3. three", "   - inner", "4. four", "", "- other", "", "> quoted", "> twice", "", "```", "if a < b {https://z.example", "```",
	}, "\n")
	if diff := cmp.Diff(want, Source(Message{Text: "fallback", Blocks: json.RawMessage(blocks)}, names)); diff != "" {
		t.Error(diff)
	}
}

func TestOtherAppsAreHeardToo(t *testing.T) {
	m := Message{
		Text: "short", Blocks: json.RawMessage(`[{"type":"header","text":{"type":"plain_text","text":"Disk *full* :warning:"}},
			{"type":"section","text":{"type":"mrkdwn","text":"*db-1* is at 99 %"},"fields":[{"type":"mrkdwn","text":"*Since*\n13:40"}]},
			{"type":"context","elements":[{"type":"image","image_url":"https://x.example/i.png","alt_text":"graph"},{"type":"plain_text","text":"by *us*"}]},
			{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Silence"}}]},{"type":"image","image_url":"https://x.example/g.png","alt_text":"graph","title":{"type":"plain_text","text":"Space"}}]`),
		Attachments: []Attachment{
			{Title: "Alert", Text: "value &gt; 5", Fields: []struct{ Title, Value string }{{"Host", "db-1"}}},
			{FromURL: "https://status.example.com", Title: "an unfurl", Text: "which is not said"},
			{Shared: true, FromURL: "https://example.slack.com/archives/C0/p1", AuthorName: "Noor", Text: "*look* here"},
		},
	}
	want := strings.Join([]string{
		`**Disk \*full\*** **:warning:**`, "", "**db-1** is at 99 %", "", "**Since**", "13:40", "", "[graph](https://x.example/i.png)", "", `by \*us\*`, "", "[Space](https://x.example/g.png)", "",
		"> Alert", ">", `> value > 5`, ">", "> **Host**: db-1", "", "> [**Noor**](https://example.slack.com/archives/C0/p1)", ">", "> **look** here",
	}, "\n")
	got := Source(m, names)
	if diff := cmp.Diff(strings.ReplaceAll(want, `**Disk \*full\*** **:warning:**`, ""), strings.ReplaceAll(got, strings.SplitN(got, "\n", 2)[0], "")); diff != "" {
		t.Error(diff)
	}
	if heading := strings.SplitN(got, "\n", 2)[0]; !strings.Contains(heading, `\*full\*`) || !strings.Contains(heading, ":warning:") {
		t.Errorf("the heading is %q", heading)
	}
}

func TestBlocksThatCannotBeReadLeaveTheText(t *testing.T) {
	for _, blocks := range []string{"", "null", "{", `{"type":"rich_text"}`, `[{"type":"rich_text","elements":"x"}]`, `[{"type":"unknown"}]`, `[1,2]`} {
		if got := Source(Message{Text: "still *said*", Blocks: json.RawMessage(blocks)}, names); got != "still **said**" {
			t.Errorf("%s gives %q", blocks, got)
		}
	}
}

func TestCommandsNamePeopleAsMusterDoes(t *testing.T) {
	for text, want := range map[string]string{
		"lead <@U0ADA|ada>":                                  "lead @[Ada Lovelace](user:" + string(ada) + ")",
		"lead <@U0NOBODY|sam>":                               "lead @sam",
		"attach <https://x.example/a|x.example/a> *now*":     "attach https://x.example/a *now*",
		"note a &lt; b &amp;&amp; c in <#C0TALK|talk>":       "note a < b && c in #talk",
		"update <mailto:a@example.com|a@example.com> is off": "update a@example.com is off",
		"": "",
	} {
		if got := CommandText(text, names); got != want {
			t.Errorf("%q is understood as %q, not %q", text, got, want)
		}
	}
}

func TestEmojiHaveOneNameInSlack(t *testing.T) {
	for name, character := range map[string]string{
		"+1": "👍", "+1::skin-tone-3": "👍🏼", "eyes": "👀", "heart": "❤️", "flag-nl": "🇳🇱", "face_palm": "🤦", "female-firefighter": "👩‍🚒",
		"female-firefighter::skin-tone-6": "👩🏿‍🚒", "large_purple_circle": "🟣", "v::skin-tone-2": "✌🏻", "our-own": ":our-own:",
	} {
		if got := Emoji(name); got != character {
			t.Errorf("%s is %q, not %q", name, got, character)
		}
		if got, known := EmojiName(character); !known || got != name {
			t.Errorf("%s is called %q", character, got)
		}
	}
	if got := Emoji("thumbsup"); got != "👍" {
		t.Errorf("another name gives %q", got)
	}
	for _, none := range []string{"", "x", "👍👍", "::"} {
		if name, known := EmojiName(none); known {
			t.Errorf("%q is called %q", none, name)
		}
	}
	// Every emoji that people can choose in Muster's room has a name in Slack.
	for _, name := range richtext.EmojiNames("", 10_000) {
		character, _ := richtext.EmojiCharacter(name)
		if slacks, known := EmojiName(character); !known || bare(Emoji(slacks)) != bare(character) {
			t.Errorf("%s %s has the name %q in Slack", name, character, slacks)
		}
	}
}

// phrase holds what one markup or the other could mistake.
var phrase = rapid.Custom(func(r *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
		"word", "a", "*b*", "_c_", "~d~", "`e`", "<f>", "&amp;", "a_b", "2*3", "#", "-", ">", "1.", "•", "@ada", ":tada:", "(x)", "مرحبا", "é", "!", "x|y", "[l](m)", "http://a.example", "\\",
	}), 1, 4).Draw(r, "words"), " ")
})

func document(r *rapid.T, depth int) []richtext.Node {
	var out []richtext.Node
	line := func() richtext.Node {
		var nodes []richtext.Node
		for range rapid.IntRange(1, 4).Draw(r, "spans") {
			text := phrase.Draw(r, "text")
			switch rapid.IntRange(0, 6).Draw(r, "span") {
			case 0:
				nodes = append(nodes, richtext.B(text))
			case 1:
				nodes = append(nodes, richtext.I(text))
			case 2:
				nodes = append(nodes, richtext.C(text))
			case 3:
				nodes = append(nodes, richtext.A(text, "https://x.example/a"))
			case 4:
				nodes = append(nodes, richtext.At(ada, "Ada Lovelace"))
			case 5:
				nodes = append(nodes, richtext.Br(), richtext.T(text))
			default:
				nodes = append(nodes, richtext.T(text))
			}
			nodes = append(nodes, richtext.T(" "))
		}
		return richtext.P(append(nodes, richtext.T("end"))...)
	}
	for range rapid.IntRange(1, 3).Draw(r, "blocks") {
		switch rapid.IntRange(0, 4+depth).Draw(r, "block") {
		case 0:
			out = append(out, richtext.Codes("if a < b {\n\tx*y*z\n}", "").Content...)
		case 1:
			out = append(out, richtext.Node{Kind: richtext.Blockquote, Content: []richtext.Node{line()}})
		case 2, 3:
			list := richtext.Node{Kind: richtext.BulletList}
			if rapid.Bool().Draw(r, "ordered") {
				list = richtext.Node{Kind: richtext.OrderedList, Start: rapid.IntRange(1, 5).Draw(r, "start")}
			}
			for range rapid.IntRange(1, 3).Draw(r, "items") {
				item := richtext.Node{Kind: richtext.ListItem, Content: []richtext.Node{line()}}
				if depth < 2 && rapid.Bool().Draw(r, "nested") {
					inner := richtext.Bullets(line(), line())
					item.Content = append(item.Content, inner)
				}
				list.Content = append(list.Content, item)
			}
			out = append(out, list, line())
		default:
			out = append(out, line())
		}
	}
	return out
}

func TestWhatWePostComesBackTheSame(t *testing.T) {
	known := writer
	known.Person = func(id.ID) string { return "U0ADA" }
	rapid.Check(t, func(r *rapid.T) {
		d := richtext.Of(document(r, 0)...)
		blocks := must(json.Marshal(known.Blocks(chat.Say("k", chat.Text(d)))))
		back := Document(Message{Blocks: blocks}, names)
		if !back.Equal(d) {
			r.Fatalf("it came back as\n%s\nnot\n%s", back.Markdown(), d.Markdown())
		}
		if again := richtext.Parse(Source(Message{Blocks: blocks}, names), richtext.Options{}); loose(again.Plain()) != loose(d.Plain()) {
			r.Fatalf("the room reads\n%s\nnot\n%s", again.Plain(), d.Plain())
		}
	})
}

func TestMarkupThatWeWriteKeepsItsWords(t *testing.T) {
	said := strings.NewReplacer("∗", "*", "ˍ", "_", "∼", "~", "ˋ", "`", "\u200b", "", "•", "", "¦", "|")
	rapid.Check(t, func(r *rapid.T) {
		d := richtext.Of(document(r, 1)...)
		written := writer.mrkdwn(d)
		back := Document(Message{Text: written}, Names{User: names.User})
		if got, want := loose(said.Replace(back.Plain())), loose(said.Replace(d.Plain())); got != want {
			r.Fatalf("%q came back as\n%s\nnot\n%s", written, got, want)
		}
	})
}

// loose leaves out what markup cannot keep: where lines begin and how they are marked.
func loose(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \n\t-.0123456789>", r) }), " ")
}

func FuzzSource(f *testing.F) {
	f.Add("*a* <@U1> ```x``` &gt; • :tada:", `[{"type":"rich_text","elements":[{"type":"rich_text_list","elements":[],"indent":9}]}]`)
	f.Fuzz(func(t *testing.T, text, blocks string) {
		source := Source(Message{Text: text, Blocks: json.RawMessage(blocks)}, names)
		_ = richtext.Parse(source, richtext.Options{})
	})
}
