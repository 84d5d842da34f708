package slack

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

func md(source string) richtext.Document { return richtext.Parse(source, richtext.Options{}) }

func TestACardIsWrittenAsBlocks(t *testing.T) {
	golden(t, "card.json", writer.Blocks(chat.Say("declared",
		chat.Text(md("**Card payments fail at checkout**\n\nSay what you see; type `/inc` for what you can do.")),
		chat.Fields(
			chat.Fact{Label: "Severity", Value: md("Major")}, chat.Fact{Label: "Status", Value: md("Investigating")},
			chat.Fact{Label: "Lead", Value: richtext.Of(richtext.P(richtext.At(ada, "Ada Lovelace")))}, chat.Fact{Label: "Impact"},
		),
		chat.Buttons(
			chat.Button{Action: "incident.update.send", Value: "01HZ", Label: "Send update", Style: chat.Primary},
			chat.Button{Action: "incident.close", Value: "01HZ", Label: "Close", Style: chat.Danger, Confirm: "Close it for everybody?"},
			chat.Button{Action: "open", Label: "Open", URL: "/incidents/INC-3"},
		),
		chat.Divider(),
		chat.Section(md("No one writes for customers."), chat.Button{Action: "incident.role.take", Value: "01HC", Label: "Take it"}),
		chat.Section(md("No one leads."), chat.Button{Action: "incident.role.take", Value: "01HL", Label: "Take it"}),
		chat.Image("/files/graph.png", "Errors since 13:40"),
		chat.Image("/files/other.png", "Latency"),
		chat.Image("https://status.example.com/now.png", "Status page"),
		chat.Context(md("Next update at 14:30 · [the room](/incidents/INC-3)")),
	)))
}

func TestWordsKeepTheirStructure(t *testing.T) {
	source := strings.Join([]string{
		"# What we know", "", "It *began* at **13:40**, ~~at noon~~ see <https://status.example.com/>.", "Next line with `code`, @[Ada Lovelace](user:" + string(ada) + ") and @[Noor](user:" + string(noor) + ") :eyes:",
		"", "- one", "  1. inner", "  2. more", "- two", "", "3. three", "4. four", "", "> quoted", "> twice", "", "```go", "if a < b {", "}", "```", "---", "After the line",
	}, "\n")
	golden(t, "words.json", writer.Blocks(chat.Say("k", chat.Text(md(source)))))
}

func TestFilesAreShownOrNamed(t *testing.T) {
	w := writer
	w.Uploaded = func(file id.ID) Uploaded {
		return map[id.ID]Uploaded{
			ada:  {ID: "F0PICTURE", Picture: true},
			noor: {ID: "F0LOG", Permalink: "https://example.slack.com/files/U0/F0LOG/log.txt"},
		}[file]
	}
	golden(t, "files.json", w.Blocks(chat.Say("k", chat.File(ada, "graph.png"), chat.File(noor, "log.txt"), chat.File("01HZZZZZZZZZZZZZZZZZZZNONE", "lost.txt"))))
}

func TestMarkupInNamesStaysText(t *testing.T) {
	const name = "*not bold* _nor this_ ~this~ <b>no tag</b> <!channel> @here & <@U1> `x`\n> no quotation"
	d := richtext.Literal(name)
	data, err := json.Marshal(writer.Blocks(chat.Say("k", chat.Text(d))))
	if err != nil {
		t.Fatal(err)
	}
	var blocks []struct {
		Elements []struct{ Elements []struct{ Type, Text string } }
	}
	if err := json.Unmarshal(data, &blocks); err != nil {
		t.Fatal(err)
	}
	if said := blocks[0].Elements[0].Elements; len(said) != 1 || said[0].Type != "text" || said[0].Text != name {
		t.Errorf("the text reads %+v", said)
	}
	for what, made := range map[string]string{
		"markup":   writer.mrkdwn(d),
		"fallback": writer.Fallback(chat.Say("k", chat.Text(d))),
	} {
		if strings.ContainsAny(strings.ReplaceAll(made, "\u200b&gt;", ""), "<>") || strings.Contains(made, "<!channel") {
			t.Errorf("%s can be read as a tag: %s", what, made)
		}
	}
	if made := writer.mrkdwn(d); strings.ContainsAny(made, "*_~`") || strings.Contains(made, "\n&gt;") {
		t.Errorf("it can be read as markup: %s", made)
	}
	for _, same := range []string{"svc_payments_eu", "2 * 3", "*.example.com", "~5 minutes", "a*b*c"} {
		if made := writer.mrkdwn(richtext.Literal(same)); made != same {
			t.Errorf("%q became %q", same, made)
		}
	}
}

func TestMessagesStayWithinSlacksLimits(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.Custom(func(r *rapid.T) richtext.Document {
			source := rapid.SampledFrom([]string{"word ", "*a* b ", "<&>", "- item\n", "> q\n", "```\ncode\n```\n", "# H\n", "[l](/x) ", "---\n", "\n\n", "é👩🏽‍🚒"}).Draw(r, "piece")
			return md(strings.Repeat(source, rapid.SampledFrom([]int{0, 1, 3, 500}).Draw(r, "times")))
		})
		button := rapid.Custom(func(r *rapid.T) chat.Button {
			return chat.Button{
				Action: rapid.SampledFrom([]string{"a", "b"}).Draw(r, "action"), Label: strings.Repeat("Label ", rapid.IntRange(1, 20).Draw(r, "label")),
				Value: strings.Repeat("v", rapid.SampledFrom([]int{0, 1, 2000}).Draw(r, "value")), Confirm: strings.Repeat("Sure? ", rapid.SampledFrom([]int{0, 1, 100}).Draw(r, "confirm")),
			}
		})
		block := rapid.Custom(func(r *rapid.T) chat.Block {
			switch rapid.IntRange(0, 6).Draw(r, "kind") {
			case 0:
				return chat.Section(text.Draw(r, "text"), button.Draw(r, "button"))
			case 1:
				var facts []chat.Fact
				for range rapid.SampledFrom([]int{0, 2, 12}).Draw(r, "facts") {
					facts = append(facts, chat.Fact{Label: strings.Repeat("*x* ", rapid.IntRange(0, 60).Draw(r, "label")), Value: text.Draw(r, "value")})
				}
				return chat.Fields(facts...)
			case 2:
				return chat.Buttons(rapid.SliceOfN(button, 0, 30).Draw(r, "buttons")...)
			case 3:
				return chat.Context(text.Draw(r, "small"))
			case 4:
				return chat.Divider()
			case 5:
				return chat.Image("https://example.com/x.png", "x")
			}
			return chat.Text(text.Draw(r, "text"))
		})
		m := chat.Say("k", rapid.SliceOfN(block, 1, 4).Draw(r, "blocks")...)
		check(t, writer.Blocks(m), 50)
		for _, part := range writer.Parts(m) {
			check(t, part, 50)
			if length := len([]rune(string(must(json.Marshal(part))))); len(part) > 1 && length > mostMessage+len(part)+2 {
				r.Fatalf("a part has %d characters", length)
			}
		}
	})
}

func TestALongTextArrivesWholeInParts(t *testing.T) {
	var want strings.Builder
	for i := range 4000 {
		want.WriteString("w" + string(rune('a'+i%26)) + " ")
	}
	parts := writer.Parts(chat.Say("k", chat.Text(richtext.Literal(want.String()))))
	if len(parts) < 2 {
		t.Fatalf("%d parts", len(parts))
	}
	var got []string
	for _, part := range parts {
		for _, b := range part {
			data, _ := json.Marshal(b)
			var rich struct {
				Elements []struct{ Elements []struct{ Text string } }
			}
			if err := json.Unmarshal(data, &rich); err != nil {
				t.Fatal(err)
			}
			got = append(got, strings.Fields(rich.Elements[0].Elements[0].Text)...)
		}
	}
	if strings.Join(got, " ") != strings.TrimSpace(want.String()) {
		t.Errorf("%d words arrived", len(got))
	}
	if blocks := writer.Blocks(chat.Say("k", chat.Text(richtext.Literal(want.String())))); !strings.Contains(string(must(json.Marshal(blocks))), "too long") {
		t.Error("one message does not say that there is more")
	}
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}

func TestTheHomeTabIsOnePage(t *testing.T) {
	var blocks []chat.Block
	for range 150 {
		blocks = append(blocks, chat.Section(md("INC-1 Checkout is down"), chat.Button{Action: "join", Value: "01HZ", Label: "Join"}))
	}
	home := writer.Home(blocks...)
	check(t, home.Blocks.BlockSet, 100)
	if len(home.Blocks.BlockSet) != 100 {
		t.Errorf("%d blocks", len(home.Blocks.BlockSet))
	}
}
