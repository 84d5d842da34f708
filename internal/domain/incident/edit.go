package incident

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Edit changes several things of an incident at once, as programs do. What is nil, empty or not named stays as it is.
type Edit struct {
	Incident         id.ID
	Name             *string
	Summary          *string
	Severity, Status id.ID
	// Roles are who holds which role; nobody clears it.
	Roles map[id.ID]id.ID
	// Fields are values of custom fields; no values clear one.
	Fields form.Values
	// Times are when things happened, by timestamp; nil clears it.
	Times map[id.ID]*time.Time
	// CallURL is where those who work on it talk; an empty one is nowhere.
	CallURL *string
	// Unsaid keeps the changes out of the room; the log has them all the same.
	Unsaid bool
}

// Edit makes all the changes or none, each by the verb for it, and says of each that cannot be made why. The moments that
// are given go before those that follow from a change of status.
func (s *Service) Edit(ctx context.Context, cmd Edit) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, _ turn) error {
		if cmd.Unsaid {
			ctx = context.WithValue(ctx, unsaidKey{}, true)
		}
		var problems problem.List
		for _, change := range s.changes(cmd) {
			one, err := change(ctx)
			for _, p := range problem.All(err) {
				if p.Kind == problem.Internal {
					return err
				}
				problems = append(problems, p)
			}
			out.Changed = out.Changed || one.Changed
		}
		return problems.Err()
	})
	if err != nil {
		return Outcome{}, err
	}
	return out, nil
}

// changes are the verbs that an edit is made of, in an order in which what one asks for is there by the one before.
func (s *Service) changes(cmd Edit) []func(context.Context) (Outcome, error) {
	var all []func(context.Context) (Outcome, error)
	add := func(wanted bool, change func(context.Context) (Outcome, error)) {
		if wanted {
			all = append(all, change)
		}
	}
	add(cmd.Name != nil, func(ctx context.Context) (Outcome, error) {
		return s.Rename(ctx, Rename{Incident: cmd.Incident, Name: *cmd.Name})
	})
	add(cmd.Summary != nil, func(ctx context.Context) (Outcome, error) {
		return s.ChangeSummary(ctx, ChangeSummary{Incident: cmd.Incident, Source: *cmd.Summary})
	})
	add(cmd.CallURL != nil, func(ctx context.Context) (Outcome, error) {
		return s.SetCall(ctx, SetCall{Incident: cmd.Incident, URL: *cmd.CallURL})
	})
	add(!cmd.Severity.Empty(), func(ctx context.Context) (Outcome, error) {
		return s.ChangeSeverity(ctx, ChangeSeverity{Incident: cmd.Incident, Severity: cmd.Severity})
	})
	for _, role := range slices.Sorted(maps.Keys(cmd.Roles)) {
		add(true, func(ctx context.Context) (Outcome, error) {
			out, err := s.AssignRole(ctx, AssignRole{Incident: cmd.Incident, Role: role, Assignee: cmd.Roles[role], Invite: true})
			return out, under(RoleField(role), err)
		})
	}
	add(len(cmd.Fields) > 0, func(ctx context.Context) (Outcome, error) {
		return s.SetFields(ctx, SetFields{Incident: cmd.Incident, Fields: cmd.Fields})
	})
	add(!cmd.Status.Empty(), func(ctx context.Context) (Outcome, error) {
		return s.ChangeStatus(ctx, ChangeStatus{Incident: cmd.Incident, Status: cmd.Status})
	})
	add(len(cmd.Times) > 0, func(ctx context.Context) (Outcome, error) {
		return s.SetTimestamps(ctx, SetTimestamps{Incident: cmd.Incident, At: cmd.Times})
	})
	return all
}

// under names the field of every problem with one of several roles.
func under(field string, err error) error {
	var problems problem.List
	for _, p := range problem.All(err) {
		if p.Field == "" {
			return err
		}
		named := *p
		named.Field = field
		problems = append(problems, &named)
	}
	return problems.Err()
}

// unsaidKey marks the context of an edit whose changes stay out of the room: each is made by the verb for it, which finds
// the incident anew.
type unsaidKey struct{}

func unsaid(ctx context.Context) bool { return ctx.Value(unsaidKey{}) != nil }
