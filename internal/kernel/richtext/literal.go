package richtext

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// envelope is a document with what programs send around it: its tree under text_node, or under root in an older form.
type envelope struct {
	Type     string          `json:"type"`
	TextNode json.RawMessage `json:"text_node"`
	Root     json.RawMessage `json:"root"`
}

// FromLiteral reads what a program gives for a field of rich text: a ProseMirror document as JSON, bare or in an envelope,
// or a template as ParseTemplate reads it. What is neither is a problem of that field; what a document lost is reported.
func FromLiteral(literal, field string, options Options) (Document, Dropped, error) {
	if !strings.HasPrefix(strings.TrimSpace(literal), "{") || !json.Valid([]byte(literal)) {
		d, err := ParseTemplate(literal, field, options)
		return d, nil, err
	}
	tree := []byte(literal)
	var around envelope
	if json.Unmarshal(tree, &around) == nil && around.Type == "" {
		for _, inside := range []json.RawMessage{around.TextNode, around.Root} {
			if len(inside) > 0 && !bytes.Equal(inside, []byte("null")) {
				tree = inside
				break
			}
		}
	}
	d, dropped, err := FromJSON(tree)
	if err != nil {
		return Document{}, nil, problem.Field(field, "invalid_document", `The document cannot be read. It has to be a ProseMirror document such as {"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Hello"}]}]}, of at most %d bytes.`, 4*MaxBytes).Because(err)
	}
	return d, dropped, nil
}
