package richtext

import "github.com/musterhq/muster/internal/kernel/id"

// Of makes a document of blocks; loose inline nodes are gathered into paragraphs.
func Of(nodes ...Node) Document {
	content, _ := fit(nodes)
	return Document{Content: content}
}

// Literal makes a document that shows text exactly, with its line breaks and without reading any markup in it.
func Literal(text string) Document { return Of(P(T(clean(text)))) }

// Codes makes a document that is one block of code.
func Codes(text, language string) Document {
	return Of(Node{Kind: CodeBlock, Language: language, Content: []Node{T(clean(text))}})
}

// P makes a paragraph of inline nodes.
func P(inline ...Node) Node { return Node{Kind: Paragraph, Content: inline} }

// H makes a heading of a level from 1 to 6.
func H(level int, inline ...Node) Node { return Node{Kind: Heading, Level: level, Content: inline} }

// T makes plain words.
func T(text string) Node { return Node{Kind: Text, Text: text} }

// B makes bold words.
func B(text string) Node { return Node{Kind: Text, Text: text, Marks: []Mark{{Style: Bold}}} }

// I makes italic words.
func I(text string) Node { return Node{Kind: Text, Text: text, Marks: []Mark{{Style: Italic}}} }

// C makes words in the code face.
func C(text string) Node { return Node{Kind: Text, Text: text, Marks: []Mark{{Style: Code}}} }

// A makes a link; an address that is not safe to follow is left out when the document is made.
func A(text, href string) Node {
	return Node{Kind: Text, Text: text, Marks: []Mark{{Style: Link, Href: href}}}
}

// At makes a mention of a person by the name shown, without the @.
func At(user id.ID, name string) Node { return Node{Kind: Mention, User: user, Label: name} }

// Br makes a line break inside a paragraph.
func Br() Node { return Node{Kind: HardBreak} }

// Bullets makes a list with one item per paragraph.
func Bullets(items ...Node) Node {
	list := Node{Kind: BulletList}
	for _, item := range items {
		list.Content = append(list.Content, Node{Kind: ListItem, Content: []Node{item}})
	}
	return list
}

// Join makes one document of several, in order.
func Join(documents ...Document) Document {
	var all []Node
	for _, d := range documents {
		all = append(all, d.Content...)
	}
	return Document{Content: all}
}
