package platform_test

import (
	"testing"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/apitest"
)

func TestParseMarkdown(t *testing.T) {
	c := apitest.New(t)
	c = c.Of(c.Organisation, authz.Of()) // a key without any role
	parse := func(markdown, set string) apitest.Answer {
		t.Helper()
		return c.Call("POST", "/v1/rich_text/actions/parse_markdown", map[string]any{"markdown": markdown, "feature_set": set})
	}
	const rich = "# Down\n\n**All** of [it](https://x.test) for {{ team | omit_if_unset|truncate: 100 }}\nnow :tada:\n\n- one\n\n1. two\n\n```sh\nls\n```"
	parse(rich, "rich").Want(200).Golden("richtext-rich")
	parse(rich, "plain_single_line").Want(200).Golden("richtext-plain")
	parse("", "basic").Want(200).Golden("richtext-empty")
	parse("{{team | upcase}}", "rich").Want(422).Golden("richtext-filter")
	parse("**a**", "markdown").Want(422).Golden("richtext-set")
	c.Call("POST", "/v1/rich_text/actions/parse_markdown", map[string]any{}).Want(422).Golden("richtext-nothing")
}
