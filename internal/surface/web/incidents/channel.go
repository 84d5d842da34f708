package incidents

import (
	"context"
	"net/http"
	"strings"

	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// channelView is the incident's channel in Slack; the zero value where there is none.
type channelView struct {
	Name, Href string
	// Opens tells that it is on its way, Offered that there is none and could be.
	Opens, Offered bool
	// Away is since when Slack has not answered, Trouble why there is no channel yet.
	Away    *ui.Moment
	Trouble bool
}

// readChannel finds the incident's channel.
func (p *Pages) readChannel(ctx context.Context, l sight, inc incident.Incident, v *incidentView) error {
	if p.Channels == nil {
		return nil
	}
	seat, err := p.Channels.Seat(ctx, inc.ID)
	if err != nil {
		return err
	}
	v.Channel = channelView{
		Name: seat.Name, Opens: seat.State == channel.Opening, Offered: seat.Connected && seat.ID.Empty() && inc.Mode != incident.Tutorial,
		Trouble: seat.State == channel.Opening && seat.Trouble != "",
	}
	if team, external, found := strings.Cut(seat.External, "/"); found {
		v.Channel.Href = "https://app.slack.com/client/" + team + "/" + external
	}
	if seat.Away != nil && (seat.State == channel.Opening || seat.State == channel.Opened) {
		since := l.Moment(*seat.Away)
		v.Channel.Away = &since
	}
	return nil
}

// channelMenu offers a channel in Slack to an incident without one.
func (v incidentView) channelMenu() []ui.MenuItem {
	if !v.Channel.Offered {
		return nil
	}
	return []ui.MenuItem{{Label: "Create a Slack channel", Icon: "hash", Href: v.Path + "/channel", Method: "PUT", Rare: true}}
}

// openChannel gives the incident a channel in Slack.
func (p *Pages) openChannel(w http.ResponseWriter, r *http.Request) error {
	found, err := p.load(r)
	if err != nil {
		return err
	}
	if _, err := p.Channels.Open(r.Context(), channel.Open{Incident: found.ID}); err != nil {
		return err
	}
	return page.Done(w, r, path(found), "The channel is being opened")
}
