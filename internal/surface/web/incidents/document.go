package incidents

import (
	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// document shows rich text; its HTML is made by richtext, which escapes every word.
func document(d richtext.Document, viewer id.ID) templ.Component {
	return templ.Raw(d.HTML(richtext.HTMLOptions{Viewer: viewer, HeadingOffset: 3}))
}
