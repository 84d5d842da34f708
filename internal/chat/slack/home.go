package slack

import (
	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// Home writes the page of the app, the Home tab.
func (w Writer) Home(blocks ...chat.Block) slack.HomeTabViewRequest {
	out := w.blocks(blocks)
	if len(out) > mostHome {
		out = append(out[:mostHome-1:mostHome-1], w.small(richtext.Literal("There is more than Slack can show here. Muster's own pages have it all.")))
	}
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, CallbackID: "home", Blocks: slack.Blocks{BlockSet: out}}
}
