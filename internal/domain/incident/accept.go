package incident

import (
	"context"
	"fmt"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Accept decides that what was looked at in triage is an incident. What is empty stays as it is.
type Accept struct {
	Incident id.ID
	// Status is a live one; the first when empty.
	Status   id.ID
	Severity id.ID
	Name     string
	Summary  string
	Lead     id.ID
	// Type is another type that it turns out to be of.
	Type id.ID
	// Fields are answers to the custom fields of the form.
	Fields form.Values
}

// Accept moves the incident from triage to live, and sets along with that what it is given.
func (s *Service) Accept(ctx context.Context, cmd Accept) (Outcome, error) {
	if err := checkAccept(cmd); err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if t.inc.Category == CategoryLive {
			return nil
		}
		if t.inc.Category != CategoryTriage {
			return notInTriage(t.inc, "accepted")
		}
		to, err := liveStatus(ctx, t, cmd.Status)
		if err != nil {
			return err
		}
		out.Changed = true
		if err := s.judge(ctx, t, cmd); err != nil {
			return err
		}
		then, err := Find(ctx, t.tx, t.inc.ID)
		if err != nil {
			return err
		}
		if err := s.fillIn(ctx, t, form.Accept, then.as(to.ID, ""), false, cmd.Fields, false); err != nil {
			return err
		}
		return s.applyStatus(ctx, t, moved(t.inc, to), because{})
	})
	return out, err
}

func checkAccept(cmd Accept) error {
	var all problem.List
	if cmd.Name != "" {
		_, err := checkName(cmd.Name)
		all = append(all, problem.All(err)...)
	}
	all = append(all, problem.All(checkText("summary", cmd.Summary))...)
	return all.Err()
}

// judge sets what was found out in triage, by the verbs for each, in the transaction that is open.
func (s *Service) judge(ctx context.Context, t turn, cmd Accept) error {
	if cmd.Name != "" {
		if _, err := s.Rename(ctx, Rename{Incident: cmd.Incident, Name: cmd.Name}); err != nil {
			return err
		}
	}
	if cmd.Summary != "" {
		if _, err := s.ChangeSummary(ctx, ChangeSummary{Incident: cmd.Incident, Source: cmd.Summary}); err != nil {
			return err
		}
	}
	if !cmd.Severity.Empty() {
		if _, err := s.ChangeSeverity(ctx, ChangeSeverity{Incident: cmd.Incident, Severity: cmd.Severity}); err != nil {
			return err
		}
	}
	if !cmd.Type.Empty() {
		if _, err := s.ChangeType(ctx, ChangeType{Incident: cmd.Incident, Type: cmd.Type, Fields: cmd.Fields, Gaps: true}); err != nil {
			return err
		}
	}
	if cmd.Lead.Empty() {
		return nil
	}
	roles, err := t.q.Roles(ctx, false)
	if err != nil {
		return fmt.Errorf("read the roles: %w", err)
	}
	for _, role := range roles {
		if role.RoleType == RoleLead {
			_, err = s.AssignRole(ctx, AssignRole{Incident: cmd.Incident, Role: role.ID, Assignee: cmd.Lead})
		}
	}
	return err
}

// liveStatus reads the live status that was chosen, or the first one.
func liveStatus(ctx context.Context, t turn, chosen id.ID) (Status, error) {
	if chosen.Empty() {
		return firstStatus(ctx, t.q, CategoryLive)
	}
	to, err := usableStatus(ctx, t.q, chosen)
	if err == nil && to.Category != CategoryLive {
		return to, problem.Field("status", "not_live", "%s is no status to work in. Choose a live one.", to.Name)
	}
	return to, err
}

func notInTriage(inc Held, done string) error {
	return problem.New(problem.Conflict, "not_in_triage", "Only what is in triage is %s, and this incident is in %s.", done, inc.Category.Label())
}
