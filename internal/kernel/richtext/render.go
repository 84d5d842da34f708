package richtext

import "slices"

// Unset is what stands in a rendered template for a variable without a value.
const Unset = "not set"

// Render fills a template in: each variable becomes the value of its name, shortened as its filter says. One without a
// value, or with an empty one, becomes the words "not set", or nothing where its filter omits it; a paragraph, heading or
// list item that held nothing else goes with it. A value of several blocks stands as blocks where the variable had the
// paragraph to itself, and as lines within a sentence. Values are never read as markup.
func (d Document) Render(value func(name string) (Document, bool)) Document {
	r := renderer{value: value, left: MaxBytes}
	return Of(r.blocks(d.Content)...)
}

type renderer struct {
	value func(name string) (Document, bool)
	left  int // bytes that values may still bring, so that a template cannot multiply a long one without end
}

func (r *renderer) blocks(nodes []Node) []Node {
	var out []Node
	for _, n := range nodes {
		switch {
		case (n.Kind == Paragraph || n.Kind == Heading) && len(n.Content) > 0:
			if n.Kind == Paragraph && len(n.Content) == 1 && n.Content[0].Kind == Variable && len(n.Content[0].Marks) == 0 {
				out = append(out, r.whole(n.Content[0])...)
				continue
			}
			n.Content = r.inline(n.Content)
			if blank(words(n.Content, "")) && !slices.ContainsFunc(n.Content, func(c Node) bool { return c.Kind == Image }) {
				continue
			}
		case n.Kind == BulletList || n.Kind == OrderedList || n.Kind == ListItem || n.Kind == Blockquote:
			if n.Content = r.blocks(n.Content); len(n.Content) == 0 {
				continue
			}
		}
		out = append(out, n)
	}
	return out
}

// whole is the value of a variable that has a paragraph to itself.
func (r *renderer) whole(n Node) []Node {
	truncateTo, _ := n.filters()
	if v, set := r.of(n); set && truncateTo == 0 {
		return v.Content
	}
	if inline := r.inline([]Node{n}); len(inline) > 0 {
		return []Node{P(inline...)}
	}
	return nil
}

func (r *renderer) inline(nodes []Node) []Node {
	var out []Node
	for _, n := range nodes {
		if n.Kind != Variable {
			out = append(out, n)
			continue
		}
		truncateTo, omitted := n.filters()
		v, set := r.of(n)
		var made []Node
		switch {
		case !set && omitted:
			continue
		case !set:
			made = []Node{T(Unset)}
		case truncateTo > 0 && Characters(v.Plain()) > truncateTo:
			made = []Node{T(Truncate(v.Plain(), truncateTo))}
		case len(v.Content) == 1 && v.Content[0].Kind == Paragraph:
			made = slices.Clone(v.Content[0].Content)
		default:
			made = []Node{T(v.Plain())}
		}
		for i := range made {
			for _, mark := range n.Marks {
				made[i].Marks = emphasised(made[i].Marks, mark)
			}
		}
		out = append(out, made...)
	}
	return out
}

// of returns the value of a variable, and whether there is something to show.
func (r *renderer) of(n Node) (Document, bool) {
	name, _ := n.Variable[nameAttr].(string)
	v, set := r.value(name)
	if !set || v.Empty() {
		return Document{}, false
	}
	if r.left -= len(v.Plain()); r.left < 0 {
		v = Literal("…")
	}
	return v, true
}
