package incidents

import (
	"strings"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// document shows rich text; its HTML is made by richtext, which escapes every word.
func document(d richtext.Document, viewer id.ID) templ.Component {
	html := d.HTML(richtext.HTMLOptions{Viewer: viewer, HeadingOffset: 3})
	// Long lines of code are scrolled, by the keyboard as well. In texts every < is written as an entity.
	return templ.Raw(strings.ReplaceAll(html, "<pre ", `<pre tabindex="0" `))
}
