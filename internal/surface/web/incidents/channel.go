package incidents

import (
	"context"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/problem"
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
	items := []ui.MenuItem{{Label: "Create a Slack channel", Icon: "hash", Href: v.Path + "/channel", Method: "PUT", Rare: true}}
	if v.Mode == string(incident.Retrospective) {
		items = append(items, ui.MenuItem{Label: "Use the Slack channel where it was", Icon: "hash", Href: v.Path + "/edit/channel", Dialog: true, Rare: true})
	}
	return items
}

// chosenChannelView asks which channel that is there already is an incident's.
type chosenChannelView struct {
	Field   ui.FieldView
	History bool
}

// chosenChannel asks it where a workspace is connected; nil elsewhere.
func (p *Pages) chosenChannel(ctx context.Context, form *page.Form) (*chosenChannelView, error) {
	if p.Channels == nil {
		return nil, nil
	}
	seat, err := p.Channels.Seat(ctx, "") // of no incident: whether there is a workspace
	if err != nil || !seat.Connected {
		return nil, err
	}
	places, _, err := p.Channels.Places(ctx)
	if err != nil {
		return nil, err
	}
	v := chosenChannelView{History: form.Value("history") == "on", Field: ui.FieldView{
		ID: "channel", Name: "channel", Label: "Slack channel", Placeholder: "#checkout-trouble", Value: form.Value("channel"), Error: form.Error("channel"), Max: 300, Autocomplete: "off",
		Hint: "Where it was dealt with: its name, or a link to it. Muster joins it; its name and topic stay as they are.",
	}}
	for _, place := range places {
		v.Field.Listed = append(v.Field.Listed, "#"+place.Name)
	}
	return &v, nil
}

func (p *Pages) channelEditor(r *http.Request, _ sight, inc incident.Incident, form *page.Form) (editView, error) {
	form = orFresh(form, map[string]string{"channel": "", "history": ""})
	v := editView{Title: "The Slack channel where it was", Action: path(inc) + "/channel", Submit: "Use it", Form: form}
	chosen, err := p.chosenChannel(r.Context(), form)
	if err != nil {
		return v, err
	}
	if chosen == nil {
		return v, problem.New(problem.Conflict, "no_workspace", "No Slack workspace is connected. An administrator connects one in the settings.")
	}
	chosen.Field.Autofocus, chosen.Field.Required = true, true
	v.Fields = []templ.Component{chosenChannel(*chosen)}
	return v, nil
}

// adoptChannel makes a channel that is there already the incident's.
func (p *Pages) adoptChannel(w http.ResponseWriter, r *http.Request) error {
	return p.apply(w, r, "channel", "Muster joins the channel", func(inc incident.Incident, form *page.Form) error {
		_, err := p.Channels.Adopt(r.Context(), channel.Adopt{Incident: inc.ID, Named: form.Value("channel"), History: form.Value("history") == "on"})
		return err
	})
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
