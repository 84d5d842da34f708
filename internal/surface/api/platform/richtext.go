package platform

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/rest"
)

// ParseMarkdownV1 is Markdown of which a document is wanted.
type ParseMarkdownV1 struct {
	Markdown   string `json:"markdown" required:"true" doc:"Markdown with variables as {{name}}. A variable takes the filters truncate, for the most characters that are shown, and omit_if_unset, for nothing where it has no value: {{name | truncate: 100 | omit_if_unset}}. Write \\{{ for braces that are none." example:"**Down** since {{incident.reported_at}}"`
	FeatureSet string `json:"feature_set" required:"true" enum:"basic,basic_no_links,jira,mrkdwn,plain_multi_line,plain_single_line,plain_single_line_with_secrets,rich,rich_with_images,slack_rich_text,slack_rich_text_with_headings" doc:"What the field that the text is for can show." example:"rich"`
}

// ParsedMarkdownV1 is the document that was read, and what it could not hold.
type ParsedMarkdownV1 struct {
	Document       TextDocumentV1 `json:"document"`
	DroppedContent []string       `json:"dropped_content" doc:"The marks and nodes that the feature set does not have and that were taken out, each once; their words stay."`
}

// TextDocumentV1 is a rich text.
type TextDocumentV1 struct {
	Markdown      string         `json:"markdown" doc:"The document as Markdown." example:"**Down** since {{incident.reported_at}}"`
	TextNode      map[string]any `json:"text_node" doc:"The document as ProseMirror's tree. A field of rich text takes it as a JSON string."`
	FeatureSet    string         `json:"feature_set" enum:"basic,basic_no_links,jira,mrkdwn,plain_multi_line,plain_single_line,plain_single_line_with_secrets,rich,rich_with_images,slack_rich_text,slack_rich_text_with_headings" doc:"What the document holds at most." example:"rich"`
	SchemaVersion string         `json:"schema_version" doc:"The version of the tree's form." example:"1.0.0"`
}

// schemaVersion is that of the tree as the public API names it.
const schemaVersion = "1.0.0"

// richText adds the operation that reads Markdown. Any key may call it: it tells nothing about the organisation.
func richText(api *rest.API) {
	op := rest.Op{
		ID: "RichText V1#ParseMarkdown", Method: "POST", Path: "/v1/rich_text/actions/parse_markdown", Summary: "Turn Markdown into a document",
		Description: "Reads Markdown as people write it in Muster, and answers with the document that a field of rich text takes. Nothing is stored.",
	}
	rest.Add(api, op, func(_ context.Context, in struct{ Body ParseMarkdownV1 }) (ParsedMarkdownV1, error) {
		read, err := richtext.ParseTemplate(in.Body.Markdown, "markdown", richtext.Options{})
		if err != nil {
			return ParsedMarkdownV1{}, err
		}
		document, dropped := richtext.Restrict(read, richtext.FeatureSet(in.Body.FeatureSet))
		if len(document.Content) == 0 { // an editor needs a paragraph to type in
			document = richtext.Document{Content: []richtext.Node{richtext.P()}}
		}
		out := ParsedMarkdownV1{Document: TextDocumentV1{Markdown: document.Markdown(), FeatureSet: in.Body.FeatureSet, SchemaVersion: schemaVersion}, DroppedContent: dropped}
		if err := json.Unmarshal(document.JSON(), &out.Document.TextNode); err != nil {
			return ParsedMarkdownV1{}, fmt.Errorf("read a document's own JSON: %w", err)
		}
		return out, nil
	})
}
