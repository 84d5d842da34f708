package richtext

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/musterhq/muster/internal/kernel/id"
)

type jsonNode struct {
	Type    string         `json:"type"`
	Attrs   map[string]any `json:"attrs,omitempty"`
	Content []jsonNode     `json:"content,omitempty"`
	Marks   []jsonMark     `json:"marks,omitempty"`
	Text    string         `json:"text,omitempty"`
}

type jsonMark struct {
	Type  string         `json:"type"`
	Attrs map[string]any `json:"attrs,omitempty"`
}

type stored struct {
	Version  int      `json:"version"`
	Source   string   `json:"source"`
	Document jsonNode `json:"document"`
}

// JSON returns the document in ProseMirror's form, as the public API carries it.
func (d Document) JSON() json.RawMessage {
	data, err := json.Marshal(d.root())
	if err != nil { // only a variable's attributes could refuse, and those came from JSON or from strings
		return json.RawMessage(`{"type":"doc"}`)
	}
	return data
}

// FromJSON reads a document in ProseMirror's form. Unknown nodes and marks, unsafe addresses and nesting that is too deep
// are dropped and reported, with their words kept where there are any. The error is for what is no document at all.
func FromJSON(data []byte) (Document, Dropped, error) {
	if len(data) > 4*MaxBytes {
		return Document{}, nil, fmt.Errorf("richtext: a document of %d bytes is larger than %d", len(data), 4*MaxBytes)
	}
	var root jsonNode
	if err := json.Unmarshal(data, &root); err != nil {
		return Document{}, nil, fmt.Errorf("richtext: reading a document: %w", err)
	}
	return fromRoot(root)
}

// MarshalJSON writes the form that is stored: the document, its source and the version of the format.
func (d Document) MarshalJSON() ([]byte, error) {
	return json.Marshal(stored{Version: Version, Source: d.Source, Document: d.root()})
}

// UnmarshalJSON reads the form that is stored.
func (d *Document) UnmarshalJSON(data []byte) error {
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("richtext: reading a stored document: %w", err)
	}
	if s.Document.Type == "" {
		*d = Document{Source: s.Source}
		return nil
	}
	read, _, err := fromRoot(s.Document)
	if err != nil {
		return err
	}
	read.Source = s.Source
	*d = read
	return nil
}

func (d Document) root() jsonNode {
	return jsonNode{Type: string(Doc), Content: toJSON(d.Content)}
}

func fromRoot(root jsonNode) (Document, Dropped, error) {
	if root.Type != string(Doc) {
		return Document{}, nil, fmt.Errorf("richtext: the outermost node is %q and not %q", root.Type, Doc)
	}
	reader := nodeReader{left: maxNodes}
	nodes := reader.nodes(root.Content, 0)
	content, dropped := fit(nodes)
	for _, what := range dropped {
		reader.dropped.add(what)
	}
	return Document{Content: content}, reader.dropped, nil
}

func toJSON(nodes []Node) []jsonNode {
	out := make([]jsonNode, 0, len(nodes))
	for _, n := range nodes {
		j := jsonNode{Type: n.Kind.name(), Text: n.Text, Content: toJSON(n.Content)}
		for _, m := range n.Marks {
			mark := jsonMark{Type: string(m.Style)}
			if m.Style == Link {
				mark.Attrs = map[string]any{"href": m.Href}
			}
			j.Marks = append(j.Marks, mark)
		}
		switch n.Kind {
		case Heading:
			j.Attrs = map[string]any{"level": n.Level}
		case BulletList:
			j.Attrs = map[string]any{"type": "bullet"}
		case OrderedList:
			j.Attrs = map[string]any{"type": "ordered", "start": n.Start}
		case CodeBlock:
			if n.Language != "" {
				j.Attrs = map[string]any{"language": n.Language}
			}
		case Mention:
			j.Attrs = map[string]any{"user_id": n.User, "name": n.Label}
		case Emoji:
			j.Attrs = map[string]any{"name": n.Name}
			if character, known := emojis[n.Name]; known {
				j.Attrs["unicode"] = character
			}
		case Image:
			j.Attrs = map[string]any{"src": n.Src, "alt": n.Alt}
		case Variable:
			j.Attrs = n.Variable
		}
		out = append(out, j)
	}
	return out
}

type nodeReader struct {
	left    int
	dropped Dropped
}

const maxJSONDepth = 4 * maxDepth

func (r *nodeReader) nodes(in []jsonNode, depth int) []Node {
	var out []Node
	for _, j := range in {
		if r.left--; r.left < 0 || depth > maxJSONDepth {
			r.dropped.add(j.Type)
			break
		}
		n := Node{Kind: kindOf(j), Content: r.nodes(j.Content, depth+1)}
		for _, m := range j.Marks {
			n.Marks = append(n.Marks, Mark{Style: Style(known(styleNames, m.Type)), Href: str(m.Attrs, "href")})
		}
		switch n.Kind {
		case Text:
			n.Text, n.Content = j.Text, nil
		case Heading:
			n.Level = whole(j.Attrs, "level", 1)
		case OrderedList:
			n.Start = whole(j.Attrs, "start", 1)
		case CodeBlock:
			n.Language = str(j.Attrs, "language")
		case Mention:
			n.User, n.Label, n.Content = id.ID(str(j.Attrs, "user_id", "id")), str(j.Attrs, "name", "label"), nil
		case Emoji:
			n.Name, n.Content = str(j.Attrs, "name"), nil
		case Image:
			n.Src, n.Alt, n.Content = str(j.Attrs, "src"), str(j.Attrs, "alt"), nil
		case Variable:
			n.Variable, n.Content = j.Attrs, nil
		default:
			if len(j.Content) == 0 && !isBlock[n.Kind] { // an unknown leaf: its words stay
				n.Content = []Node{T(cmp.Or(j.Text, str(j.Attrs, "name", "label", "value_str")))}
			}
		}
		out = append(out, n)
	}
	return out
}

// Names that other editors, and the first version of our format, give to nodes and marks.
var (
	kindNames  = map[string]string{"hardBreak": string(HardBreak), "mention": string(Mention)}
	styleNames = map[string]string{"strong": string(Bold), "em": string(Italic), "strikethrough": string(Strike)}
)

func known(names map[string]string, name string) string { return cmp.Or(names[name], name) }

func kindOf(j jsonNode) Kind {
	if j.Type != "list" {
		return Kind(known(kindNames, j.Type))
	}
	if sort := str(j.Attrs, "type"); sort == "" || sort == "bullet" {
		return BulletList
	}
	return OrderedList
}

// str returns the first of the attributes that is a text with something in it.
func str(attrs map[string]any, names ...string) string {
	for _, name := range names {
		if s, _ := attrs[name].(string); s != "" {
			return s
		}
	}
	return ""
}

func whole(attrs map[string]any, name string, otherwise int) int {
	if f, ok := attrs[name].(float64); ok && f >= 0 && f < 1e9 {
		return int(f)
	}
	return otherwise
}
