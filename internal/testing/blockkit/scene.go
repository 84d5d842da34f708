// Package blockkit draws what Muster says in Slack as people see it there, from the blocks that were sent: for the pictures of
// docs/slack.md. It is drawn by hand, in Slack's manner; nothing of Slack's is in it.
package blockkit

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
)

// Scene is a channel, a modal or a Home tab at one moment. Everything in it was recorded.
type Scene struct {
	// Channel is the name of a channel, without "#"; Topic and Bookmarks stand above it.
	Channel   string   `json:"channel,omitempty"`
	Private   bool     `json:"private,omitempty"`
	Topic     string   `json:"topic,omitempty"`
	Bookmarks []string `json:"bookmarks,omitempty"`
	// Messages are those of the channel, the oldest first.
	Messages []Message `json:"messages,omitempty"`
	// View is a modal or a Home tab.
	View json.RawMessage `json:"view,omitempty"`
	// People are the names of those who are mentioned, by Slack's ids.
	People map[string]string `json:"people,omitempty"`
}

// Message is one message with what hangs on it.
type Message struct {
	Name      string          `json:"name"`
	App       bool            `json:"app,omitempty"`    // it bears the mark of an app
	Muster    bool            `json:"muster,omitempty"` // it has the app's own picture
	At        string          `json:"at"`
	Only      bool            `json:"only,omitempty"` // only the reader sees it
	Text      string          `json:"text,omitempty"` // where there are no blocks
	Blocks    json.RawMessage `json:"blocks,omitempty"`
	Pictures  []string        `json:"pictures,omitempty"` // files of people, by their names
	Pinned    bool            `json:"pinned,omitempty"`
	Reactions []Reaction      `json:"reactions,omitempty"`
	Thread    []Message       `json:"thread,omitempty"`
}

// Reaction is an emoji with how many chose it.
type Reaction struct {
	Emoji string `json:"emoji"`
	Count int    `json:"count"`
}

//go:embed style.css
var style string

// artist draws one scene.
type artist struct {
	strings.Builder
	scene Scene
	// picture returns the address of a picture, by its name or by Slack's id of the file.
	picture func(name string) string
}

// Page draws a scene as one HTML page.
func Page(scene Scene, picture func(name string) string) (string, error) {
	a := &artist{scene: scene, picture: picture}
	a.WriteString("<!doctype html><html lang=en><meta charset=utf-8><title>Slack</title><style>" + style + "</style><body>")
	var err error
	if scene.View != nil {
		err = a.view(scene.View)
	} else {
		err = a.channel()
	}
	a.WriteString("</body></html>")
	return a.String(), err
}

func (a *artist) put(format string, words ...string) {
	escaped := make([]any, len(words))
	for n, word := range words {
		escaped[n] = template.HTMLEscapeString(word)
	}
	fmt.Fprintf(a, format, escaped...)
}

func (a *artist) channel() error {
	mark := "#"
	if a.scene.Private {
		mark = "🔒"
	}
	if a.scene.Channel != "" {
		a.put("<header><h1><span>%s</span> %s</h1><p>%s</p></header>", mark, a.scene.Channel, a.scene.Topic)
	}
	if len(a.scene.Bookmarks) > 0 {
		a.put("<nav>")
		for _, b := range a.scene.Bookmarks {
			a.put("<span>%s</span>", b)
		}
		a.put("</nav>")
	}
	a.put("<main>")
	for _, m := range a.scene.Messages {
		if err := a.message(m); err != nil {
			return err
		}
	}
	a.put("</main>")
	return nil
}

// hues are how many colors the pictures of people have.
const hues = 5

func (a *artist) message(m Message) error {
	class := "message"
	if m.Pinned {
		class += " pinned"
	}
	a.put(`<article class="%s">`, class)
	if m.Only {
		a.put(`<p class="only">Only visible to you</p>`)
	}
	if m.Pinned {
		a.put(`<p class="pin">📌 Pinned</p>`)
	}
	picture := "muster"
	if !m.Muster {
		sum := 0
		for _, r := range m.Name {
			sum += int(r)
		}
		picture = fmt.Sprintf("hue%d", sum%hues)
	}
	a.put(`<div class="avatar %s">%s</div><div class="body"><p class="by"><b>%s</b>`, picture, string([]rune(m.Name + " ")[:1]), m.Name)
	if m.App {
		a.put(`<i>APP</i>`)
	}
	a.put(`<time>%s</time></p>`, m.At)
	if len(m.Blocks) > 0 {
		if err := a.blocks(m.Blocks); err != nil {
			return err
		}
	} else {
		a.put(`<div class="block text">`)
		a.mrkdwn(m.Text)
		a.put(`</div>`)
	}
	for _, name := range m.Pictures {
		a.image(name, name)
	}
	if len(m.Reactions) > 0 {
		a.put(`<p class="reactions">`)
		for _, r := range m.Reactions {
			a.put(`<span>%s %s</span>`, emoji(r.Emoji), fmt.Sprint(r.Count))
		}
		a.put(`</p>`)
	}
	if len(m.Thread) > 0 {
		a.put(`<div class="thread">`)
		for _, reply := range m.Thread {
			if err := a.message(reply); err != nil {
				return err
			}
		}
		a.put(`</div>`)
	}
	a.put(`</div></article>`)
	return nil
}
