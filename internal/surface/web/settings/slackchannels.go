package settings

import (
	"net/http"
	"strconv"

	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

const slackChannelsPath = slackPath + "/channels"

// slackChannelsView is how the channels of incidents are to be.
type slackChannelsView struct {
	Form    *page.Form
	Example string
	Teams   []ui.Option
	Invites []slackInviteView
}

func (v slackChannelsView) name() ui.FieldView {
	return ui.FieldView{
		ID: "channel-name", Name: "name", Label: "Name of a channel", Value: v.Form.Value("name"), Error: v.Form.Error("name"), Max: 80, Required: true, Autocomplete: "off",
		Hint: "{number}, {slug} (from the incident's name), {severity}, {type} and {date} are filled in. It follows when the incident is renamed. Now: #" + v.Example,
	}
}

func (v slackChannelsView) archive() ui.FieldView {
	return ui.FieldView{
		ID: "channel-archive", Name: "archive_after_days", Label: "Archive after how many days", Value: v.Form.Value("archive_after_days"), Error: v.Form.Error("archive_after_days"),
		Type: "number", Autocomplete: "off", Hint: "Counted from the incident's end. Leave it empty to keep channels open.",
	}
}

func (p *Pages) slackChannels(w http.ResponseWriter, r *http.Request) error {
	now, err := p.Channels.Settings(r.Context())
	if err != nil {
		return err
	}
	values := map[string]string{"name": now.Name, "team": now.Team}
	if now.Opens {
		values["opens"] = "on"
	}
	if now.ArchiveAfterDays != nil {
		values["archive_after_days"] = strconv.Itoa(*now.ArchiveAfterDays)
	}
	return p.showSlackChannels(w, r, http.StatusOK, page.NewForm(values))
}

func (p *Pages) showSlackChannels(w http.ResponseWriter, r *http.Request, status int, form *page.Form) error {
	if _, err := tenant.Require(r.Context(), authz.UpdateOrganisation); err != nil {
		return err
	}
	teams, err := p.Workspaces.All(r.Context())
	if err != nil {
		return err
	}
	v := slackChannelsView{Form: form, Example: channel.Example(form.Value("name"))}
	if v.Invites, err = p.slackInvites(r.Context()); err != nil {
		return err
	}
	for _, team := range teams {
		v.Teams = append(v.Teams, ui.Option{Value: team.Team, Label: team.Name, Chosen: team.Team == form.Value("team")})
	}
	return p.show(w, r, status, "slack", "Slack channels", slackChannelsPage(v))
}

func (p *Pages) setSlackChannels(w http.ResponseWriter, r *http.Request) error {
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		to := channel.Settings{Opens: form.Value("opens") != "", Name: form.Value("name"), Team: form.Value("team")}
		if typed := form.Value("archive_after_days"); typed != "" {
			days, err := strconv.Atoi(typed)
			if err != nil {
				return "", "", problem.Field("archive_after_days", "not_a_number", "Days are a whole number, like 14, or nothing.")
			}
			to.ArchiveAfterDays = &days
		}
		return slackChannelsPath, "Saved", p.Channels.ChangeSettings(r.Context(), to)
	}, func(status int, form *page.Form, _ error) error { return p.showSlackChannels(w, r, status, form) })
}
