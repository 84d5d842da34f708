// Package htmlcheck reads rendered pages and says what is wrong with their HTML, for the tests of surfaces.
package htmlcheck

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Page fails the test for everything that is wrong with a whole page.
func Page(t testing.TB, text string) {
	t.Helper()
	for _, wrong := range Look(text, true) {
		t.Errorf("the page is wrong: %s", wrong)
	}
}

// Part is Page for a part of one, which needs no heading and may refer to what is elsewhere on the page.
func Part(t testing.TB, text string) {
	t.Helper()
	for _, wrong := range Look(text, false) {
		t.Errorf("the part is wrong: %s", wrong)
	}
}

// Look lists what is wrong with the text, in the order of the text: ids that are there twice or that nothing has,
// fields without a label, styles and scripts in attributes, buttons, links and pictures without a name, forms that post
// nowhere, controls within controls; and for a whole page the number of its first headings, its title and language.
func Look(text string, whole bool) []string {
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return []string{err.Error()}
	}
	c := &check{ids: map[string]bool{}, labels: map[string]bool{}}
	c.collect(root)
	c.walk(root, nil)
	if whole {
		c.page(root)
		for _, ref := range c.refs {
			if !c.ids[ref.id] {
				c.say(ref.by, "refers by %s to #%s, which is not there", ref.attribute, ref.id)
			}
		}
	}
	return c.wrong
}

type reference struct {
	by            *html.Node
	attribute, id string
}

type check struct {
	ids, labels map[string]bool
	refs        []reference
	wrong       []string
}

func (c *check) say(n *html.Node, format string, args ...any) {
	c.wrong = append(c.wrong, describe(n)+": "+fmt.Sprintf(format, args...))
}

// collect notes ids and what labels point to, which may come after what they are for.
func (c *check) collect(n *html.Node) {
	if id, has := attribute(n, "id"); has {
		switch {
		case id == "" || strings.ContainsAny(id, " \t\n"):
			c.say(n, "its id is no id")
		case c.ids[id]:
			c.say(n, "its id %q is there twice", id)
		}
		c.ids[id] = true
	}
	if n.Data == "label" {
		if to, has := attribute(n, "for"); has && name(n) != "" {
			c.labels[to] = true
		}
	}
	for child := range n.ChildNodes() {
		c.collect(child)
	}
}

var interactive = []string{"a", "button", "input", "select", "textarea", "summary"}

func (c *check) walk(n *html.Node, above []*html.Node) {
	if n.Type == html.ElementNode {
		c.element(n, above)
	}
	above = append(slices.Clip(above), n)
	for child := range n.ChildNodes() {
		c.walk(child, above)
	}
}

func (c *check) element(n *html.Node, above []*html.Node) {
	for _, a := range n.Attr {
		switch {
		case a.Key == "style":
			c.say(n, "a style in an attribute is refused by the browser")
		case strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on"):
			c.say(n, "a script in an attribute is refused by the browser")
		case strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:"):
			c.say(n, "a script in %s is refused by the browser", a.Key)
		}
		if n.Data == "dialog" && n.FirstChild == nil {
			continue // its title comes with what fills it
		}
		if slices.Contains([]string{"aria-labelledby", "aria-describedby", "aria-controls", "popovertarget", "for"}, a.Key) {
			for _, id := range strings.Fields(a.Val) {
				c.refs = append(c.refs, reference{n, a.Key, id})
			}
		}
	}
	if slices.Contains(interactive, n.Data) && !hidden(n) {
		for _, outer := range above {
			if outer.Data == "a" || outer.Data == "button" {
				c.say(n, "it stands within %s", describe(outer))
			}
		}
	}
	switch n.Data {
	case "input", "select", "textarea":
		c.field(n, above)
	case "button":
		if name(n) == "" {
			c.say(n, "the button has no name")
		}
	case "a":
		if _, leads := attribute(n, "href"); leads && name(n) == "" {
			c.say(n, "the link has no name")
		}
	case "img":
		if _, has := attribute(n, "alt"); !has {
			c.say(n, "the picture has no alt")
		}
	case "form":
		if method, _ := attribute(n, "method"); strings.EqualFold(method, "post") {
			if action, _ := attribute(n, "action"); action == "" {
				c.say(n, "the form posts nowhere")
			}
		}
	case "ul", "ol":
		for child := range n.ChildNodes() {
			if child.Type == html.ElementNode && child.Data != "li" {
				c.say(child, "it stands in a list and is no item")
			}
		}
	case "script":
		if src, _ := attribute(n, "src"); src == "" {
			c.say(n, "a script within the page is refused by the browser")
		}
	case "style":
		c.say(n, "a style within the page is refused by the browser")
	}
}

func (c *check) field(n *html.Node, above []*html.Node) {
	if hidden(n) {
		return
	}
	if id, has := attribute(n, "id"); has && c.labels[id] {
		return
	}
	for _, label := range []string{"aria-label", "aria-labelledby"} {
		if text, _ := attribute(n, label); strings.TrimSpace(text) != "" {
			return
		}
	}
	if unseen, _ := attribute(n, "aria-hidden"); unseen == "true" {
		return
	}
	for _, outer := range above {
		if outer.Data == "label" && name(outer) != "" {
			return
		}
	}
	c.say(n, "the field has no label")
}

func (c *check) page(root *html.Node) {
	headings, title, language := 0, "", ""
	var look func(n *html.Node)
	look = func(n *html.Node) {
		switch n.Data {
		case "h1":
			headings++
		case "title":
			if n.Parent != nil && n.Parent.Data == "head" {
				title = name(n)
			}
		case "html":
			language, _ = attribute(n, "lang")
		}
		for child := range n.ChildNodes() {
			look(child)
		}
	}
	look(root)
	if headings != 1 {
		c.say(root, "it has %d first headings", headings)
	}
	if title == "" {
		c.say(root, "it has no title")
	}
	if language == "" {
		c.say(root, "it does not say its language")
	}
}

func hidden(n *html.Node) bool {
	kind, _ := attribute(n, "type")
	return n.Data == "input" && kind == "hidden"
}

// name is what a screen reader calls the element, near enough.
func name(n *html.Node) string {
	if label, has := attribute(n, "aria-label"); has {
		return strings.TrimSpace(label)
	}
	if alt, has := attribute(n, "alt"); has && n.Data == "img" {
		return strings.TrimSpace(alt)
	}
	if unseen, _ := attribute(n, "aria-hidden"); unseen == "true" {
		return ""
	}
	if n.Type == html.TextNode {
		return strings.TrimSpace(n.Data)
	}
	var parts []string
	for child := range n.ChildNodes() {
		if part := name(child); part != "" {
			parts = append(parts, part)
		}
	}
	if title, has := attribute(n, "title"); has && len(parts) == 0 {
		return strings.TrimSpace(title)
	}
	return strings.Join(parts, " ")
}

func attribute(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// describe names an element so that it is found in its template.
func describe(n *html.Node) string {
	if n.Type != html.ElementNode {
		return "the page"
	}
	text := "<" + n.Data
	for _, a := range n.Attr {
		if slices.Contains([]string{"id", "class", "name", "href", "action", "value"}, a.Key) {
			text += fmt.Sprintf(" %s=%q", a.Key, a.Val)
		}
	}
	return text + ">"
}
