package settings

import (
	"net/http"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// reactionsView is which emoji does what.
type reactionsView struct {
	Form   *page.Form
	Fields []ui.FieldView
}

// reactionWords tell what a reaction does.
var reactionWords = map[room.Purpose][2]string{
	room.ForPin:      {"Put the message on the timeline", "At the time at which it was said. When the last one takes the reaction back, it goes again."},
	room.ForAction:   {"Make the message an action", "Once, however many react."},
	room.ForFollowUp: {"Make the message a follow-up", "Once, however many react."},
}

func (p *Pages) reactions(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.UpdateOrganisation); err != nil {
		return err
	}
	return p.reactionsPage(w, r, http.StatusOK, nil)
}

func (p *Pages) reactionsPage(w http.ResponseWriter, r *http.Request, status int, form *page.Form) error {
	rules, err := p.Rooms.ReactionRules(r.Context())
	if err != nil {
		return err
	}
	if form == nil {
		values := map[string]string{}
		for _, rule := range rules {
			values[string(rule.Purpose)] = rule.Emoji
		}
		form = page.NewForm(values)
	}
	v := reactionsView{Form: form}
	for _, rule := range rules {
		name, words := string(rule.Purpose), reactionWords[rule.Purpose]
		v.Fields = append(v.Fields, ui.FieldView{
			ID: "reaction-" + name, Name: name, Label: words[0], Hint: words[1], Value: form.Value(name), Error: form.Error(name), Max: 20, Autocomplete: "off",
		})
	}
	return p.show(w, r, status, "reactions", "Reactions", reactionsPage(v))
}

func (p *Pages) setReactions(w http.ResponseWriter, r *http.Request) error {
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		var cmd room.SetReactionRules
		for purpose := range reactionWords {
			if form.Has(string(purpose)) {
				cmd.Rules = append(cmd.Rules, room.Rule{Purpose: purpose, Emoji: form.Value(string(purpose))})
			}
		}
		return "/settings/reactions", "Saved", p.Rooms.SetReactionRules(r.Context(), cmd)
	}, func(status int, form *page.Form, _ error) error {
		return p.reactionsPage(w, r, status, form)
	})
}
