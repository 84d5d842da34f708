package slack

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	slackgo "github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

var incidentPath = regexp.MustCompile(`^/incidents/(INC-\d+|[0-9A-Z]{26})(?:/|$)`)

// unfurl shows under a shared link to an incident how it stands: what the one who shares it may see, and nothing that is
// private, because others read it too.
func (d *Doors) unfurl(ctx context.Context, e platform.Event) error {
	who, err := d.Workspaces.Members(ctx, e.Team, e.User)
	if err != nil || who[e.User].User.Empty() {
		return err
	}
	acting, _, err := d.Workspaces.Act(ctx, e.Team, e.User)
	if err != nil {
		return err
	}
	scope, err := tenant.From(acting)
	if err != nil {
		return err
	}
	shown := map[string][]slackgo.Block{}
	for _, link := range e.Links {
		found := pathOf(link.URL)
		if found == "" {
			continue
		}
		message, err := d.card(acting, found)
		if problem.Is(err, problem.NotFound) || message == nil {
			continue
		}
		if err != nil {
			return err
		}
		_, blocks, err := d.Platform.Written(tenant.AsSystem(ctx, scope.Organisation), e.Team, *message)
		if err != nil {
			return err
		}
		shown[link.URL] = blocks
	}
	if len(shown) == 0 {
		return nil
	}
	unfurled := platform.Unfurled{Channel: e.Channel, TS: e.TS}
	if e.Unfurl != "" && e.Source != "" {
		unfurled = platform.Unfurled{ID: e.Unfurl, Source: e.Source}
	}
	return d.Client.Unfurl(platform.WithPriority(ctx, platform.Nice), e.Team, unfurled, shown)
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	found := incidentPath.FindStringSubmatch(u.Path)
	if found == nil {
		return ""
	}
	return found[1]
}

// card is what stands under a link to an incident; nil for what is not for everybody.
func (d *Doors) card(ctx context.Context, reference string) (*chat.Message, error) {
	found, err := d.Incidents.ByReference(ctx, reference)
	if err != nil {
		return nil, err
	}
	inc, err := d.Incidents.Get(ctx, found)
	if err != nil || inc.Private {
		return nil, err
	}
	facts := []string{inc.Status.Name}
	if inc.Severity != nil {
		facts = append([]string{inc.Severity.Name}, facts...)
	}
	if lead := inc.Lead(); lead != nil {
		facts = append(facts, lead.Name+" leads")
	}
	blocks := []chat.Block{chat.Text(richtext.Of(richtext.P(richtext.B(strings.TrimSpace(inc.Reference + " " + inc.Name))))), chat.Context(richtext.Literal(strings.Join(facts, " · ")))}
	if !inc.Summary.Empty() {
		blocks = append(blocks, chat.Text(richtext.Literal(inc.Summary.Excerpt(300))))
	}
	message := chat.Say("card", blocks...)
	return &message, nil
}
