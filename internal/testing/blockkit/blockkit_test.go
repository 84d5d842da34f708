package blockkit_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/testing/blockkit"
)

func page(t *testing.T, blocks string) string {
	t.Helper()
	drawn, err := blockkit.Page(blockkit.Scene{
		Messages: []blockkit.Message{{Name: "Ada <b>", At: "13:40", Blocks: json.RawMessage(blocks)}}, People: map[string]string{"U1": "Noor & Co"},
	}, func(name string) string { return "/files/" + name })
	if err != nil {
		t.Fatal(err)
	}
	return drawn
}

func TestWhatPeopleWroteIsDrawnAsTheyWroteIt(t *testing.T) {
	drawn := page(t, `[
		{"type": "section", "text": {"type": "mrkdwn", "text": "*bold* <https://a.example.com|a &lt;link&gt;> <@U1> :eyes: 2 * 3\n&gt; said"},
		 "accessory": {"type": "button", "text": {"type": "plain_text", "text": "Take it :tada:"}, "style": "primary"}},
		{"type": "rich_text", "elements": [
			{"type": "rich_text_section", "elements": [{"type": "text", "text": "<i>*so*</i>", "style": {"bold": true, "code": true}}, {"type": "user", "user_id": "U1"}]},
			{"type": "rich_text_list", "style": "ordered", "offset": 2, "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "third"}]}]}]},
		{"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a \"graph\""}]`)
	for _, want := range []string{
		"Ada &lt;b&gt;", "<b>bold</b> <a>a &lt;link&gt;</a>", "@Noor &amp; Co", "👀 2 * 3", `<span class="quote">said`, `button primary">Take it 🎉`,
		"<b><code>&lt;i&gt;*so*&lt;/i&gt;</code></b>", `<ol class="indent0" start="3">`, `src="/files/F1"`, "a &#34;graph&#34;",
	} {
		if !strings.Contains(drawn, want) {
			t.Errorf("there is no %s in %s", want, drawn[strings.Index(drawn, "<body>"):])
		}
	}
}

func TestAModalShowsItsQuestionsAndAnswers(t *testing.T) {
	drawn, err := blockkit.Page(blockkit.Scene{View: json.RawMessage(`{"type": "modal", "title": {"type": "plain_text", "text": "Declare"}, "submit": {"type": "plain_text", "text": "Go"}, "blocks": [
		{"type": "input", "optional": true, "label": {"type": "plain_text", "text": "How bad"}, "element": {"type": "radio_buttons",
		 "options": [{"value": "1", "text": {"type": "plain_text", "text": "Minor"}}, {"value": "2", "text": {"type": "mrkdwn", "text": "*Major*"}, "description": {"type": "plain_text", "text": "Many"}}],
		 "initial_option": {"value": "2", "text": {"type": "mrkdwn", "text": "*Major*"}}}}]}`)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h1>Declare</h1>", "How bad <em>(optional)</em>", `<span class="circle"></span><div>Minor`, `<span class="circle chosen"></span><div><b>Major</b><p>Many</p>`, `button primary">Go`} {
		if !strings.Contains(drawn, want) {
			t.Errorf("there is no %s in %s", want, drawn[strings.Index(drawn, "<body>"):])
		}
	}
}

func TestABlockThatCannotBeDrawnIsNotLeftOut(t *testing.T) {
	_, err := blockkit.Page(blockkit.Scene{Messages: []blockkit.Message{{Blocks: json.RawMessage(`[{"type": "video"}]`)}}}, nil)
	if err == nil || !strings.Contains(err.Error(), "video") {
		t.Errorf("it is drawn with %v", err)
	}
}
