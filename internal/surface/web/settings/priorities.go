package settings

import (
	"context"

	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// priorityList is the organisation's priorities of follow-ups.
type priorityList struct{ p *Pages }

func (l priorityList) about() about {
	return about{
		name: "follow-up-priorities", title: "Follow-up priorities", one: "priority", a: "a priority", permits: authz.UpdateOrganisation,
		uses: l.p.FollowUps.PriorityUses, moves: "Open follow-ups are changed to it at once.", past: "done or dropped",
		lead: "How soon something that is left to do after an incident matters, the most urgent first. Say what each promises: by when somebody takes it up.",
	}
}

func (l priorityList) groups(ctx context.Context) ([]group, error) {
	all, err := l.p.FollowUps.Priorities(ctx)
	if err != nil {
		return nil, err
	}
	g := group{}
	for _, one := range all {
		g.Entries = append(g.Entries, entry{
			ID: one.ID, Name: one.Name, Text: one.Description, Version: one.Version, MayArchive: len(all) > 1, Mark: ui.Icon("flag"),
			values: map[string]string{"name": one.Name, "description": one.Description},
		})
	}
	return ends([]group{g}), nil
}

func (priorityList) fields(_ context.Context, form *page.Form) ([]field, error) {
	return []field{
		name(form, "Urgent"),
		{Long: true, FieldView: ui.FieldView{
			ID: "setting-description", Name: "description", Label: "Meaning", Value: form.Value("description"), Error: form.Error("description"), Rows: 3, Max: 2000,
			Hint: "By when is it to be done? Shown beside the choice.",
		}},
	}, nil
}

func (l priorityList) create(ctx context.Context, form *page.Form) error {
	_, err := l.p.FollowUps.CreatePriority(ctx, followup.CreatePriority{Name: form.Value("name"), Description: form.Value("description")})
	return err
}

func (l priorityList) edit(ctx context.Context, entry id.ID, version int32, form *page.Form) error {
	_, err := l.p.FollowUps.EditPriority(ctx, followup.EditPriority{ID: entry, Name: form.Value("name"), Description: form.Value("description"), Version: version})
	return err
}

func (l priorityList) order(ctx context.Context, _ string, ids []id.ID) error {
	_, err := l.p.FollowUps.OrderPriorities(ctx, followup.OrderPriorities{IDs: ids})
	return err
}

func (l priorityList) archive(ctx context.Context, entry, replacement id.ID) error {
	_, err := l.p.FollowUps.ArchivePriority(ctx, followup.ArchivePriority{ID: entry, Replacement: replacement})
	return err
}
