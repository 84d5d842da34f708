package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// InviteRule says who is invited into the channels of which incidents, besides those who take part. All rules that match
// count. Private, quiet and test incidents, and what is written down afterwards, match none.
type InviteRule struct {
	ID         id.ID
	Conditions form.Groups
	People     []id.ID
	Enabled    bool
	Version    int32
}

// SaveInviteRule makes a rule, or gives the one with the id another content.
type SaveInviteRule struct {
	// Rule is empty for a new one.
	Rule       id.ID
	Conditions form.Groups
	People     []id.ID
	Enabled    bool
	// Version is the one that the editor saw; 0 is not checked.
	Version int32
}

const (
	inviteRuleNoun  = "channel_invite_rule"
	mostInviteRules = 50
	mostInvited     = 50
)

// InviteRules lists the rules, the oldest first.
func (s *Service) InviteRules(ctx context.Context) ([]InviteRule, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	var rules []InviteRule
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).InviteRules(ctx)
		if err != nil {
			return fmt.Errorf("read who is invited: %w", err)
		}
		rules, err = inviteRulesOf(rows)
		return err
	})
	return rules, err
}

func inviteRulesOf(rows []db.MusterChannelInviteRule) ([]InviteRule, error) {
	rules := make([]InviteRule, len(rows))
	for n, row := range rows {
		rules[n] = InviteRule{ID: row.ID, Enabled: row.Enabled, Version: row.RowVersion}
		for _, person := range row.People {
			rules[n].People = append(rules[n].People, id.ID(person))
		}
		if err := json.Unmarshal(row.Conditions, &rules[n].Conditions); err != nil {
			return nil, fmt.Errorf("read the conditions of invite rule %s: %w", row.ID, err)
		}
	}
	return rules, nil
}

// SaveInviteRule makes or changes a rule. The channels of incidents that go on now follow at once; nobody is put out.
func (s *Service) SaveInviteRule(ctx context.Context, cmd SaveInviteRule) error {
	_, err := s.book().Set(ctx, authz.UpdateOrganisation, inviteRuleNoun, func(ctx context.Context, t setting.Turn) (setting.Change, error) {
		rows, rules, err := lockInviteRules(ctx, t.Tx)
		if err != nil {
			return setting.Change{}, err
		}
		rule, err := decideInviteRule(cmd, rules)
		if err != nil {
			return setting.Change{}, err
		}
		if err := known(ctx, t.Tx, rule.People); err != nil {
			return setting.Change{}, err
		}
		did := setting.Change{What: "edited", ID: rule.ID, After: rule.audited()}
		row := db.PutInviteRuleParams{CreatedAt: t.At}
		if rule.ID.Empty() {
			rule.ID = id.New(t.At)
			did.What, did.ID = "created", rule.ID
		} else {
			at := slices.IndexFunc(rules, func(r InviteRule) bool { return r.ID == rule.ID })
			did.Before, row.CreatedAt = rules[at].audited(), rows[at].CreatedAt
		}
		return did, s.putInviteRule(ctx, t, row, rule)
	})
	return err
}

// ArchiveInviteRule ends a rule for good; whom it brought stays where they are.
func (s *Service) ArchiveInviteRule(ctx context.Context, rule id.ID) error {
	_, err := s.book().Set(ctx, authz.UpdateOrganisation, inviteRuleNoun, func(ctx context.Context, t setting.Turn) (setting.Change, error) {
		rows, rules, err := lockInviteRules(ctx, t.Tx)
		if err != nil {
			return setting.Change{}, err
		}
		at := slices.IndexFunc(rules, func(r InviteRule) bool { return r.ID == rule })
		if at < 0 {
			return setting.Change{}, problem.Missing("invite rule")
		}
		return setting.Change{What: "archived", ID: rule, Before: rules[at].audited()},
			s.putInviteRule(ctx, t, db.PutInviteRuleParams{CreatedAt: rows[at].CreatedAt, ArchivedAt: &t.At}, rules[at])
	})
	return err
}

func (s *Service) book() *setting.Book { return setting.New(s.db, s.bus, s.clock) }

func lockInviteRules(ctx context.Context, tx pgx.Tx) ([]db.MusterChannelInviteRule, []InviteRule, error) {
	rows, err := db.New(tx).LockInviteRules(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("lock the invite rules: %w", err)
	}
	rules, err := inviteRulesOf(rows)
	return rows, rules, err
}

// decideInviteRule checks what was typed against the rules that are there.
func decideInviteRule(cmd SaveInviteRule, rules []InviteRule) (InviteRule, error) {
	rule := InviteRule{ID: cmd.Rule, Conditions: cmd.Conditions, Enabled: cmd.Enabled}
	for _, person := range cmd.People {
		if !slices.Contains(rule.People, person) {
			rule.People = append(rule.People, person)
		}
	}
	at := slices.IndexFunc(rules, func(r InviteRule) bool { return r.ID == cmd.Rule })
	switch {
	case !cmd.Rule.Empty() && at < 0:
		return rule, problem.Missing("invite rule")
	case !cmd.Rule.Empty() && cmd.Version != 0 && cmd.Version != rules[at].Version:
		return rule, problem.New(problem.Conflict, "stale", "Somebody else changed this while you did. What is there now is shown; make your change again.")
	case cmd.Rule.Empty() && len(rules) >= mostInviteRules:
		return rule, problem.New(problem.Conflict, "too_many", "There are %d rules, which is the most. Archive one first.", mostInviteRules)
	case len(rule.People) == 0:
		return rule, problem.Field("people", "is_required", "Choose at least one person.")
	case len(rule.People) > mostInvited:
		return rule, problem.Field("people", "too_many", "A rule invites %d people at most.", mostInvited)
	}
	return rule, form.CheckIncidentConditions(rule.Conditions)
}

// known refuses people who are not here.
func known(ctx context.Context, tx pgx.Tx, people []id.ID) error {
	here, err := db.New(tx).ActiveUsers(ctx, id.Strings(people))
	if err != nil {
		return fmt.Errorf("look for people: %w", err)
	}
	if len(here) < len(people) {
		return problem.Field("people", "unknown", "Somebody of these is not in Muster any more. Choose others.")
	}
	return nil
}

func (r InviteRule) audited() map[string]any {
	return map[string]any{"conditions": r.Conditions, "people": r.People, "enabled": r.Enabled}
}

func (s *Service) putInviteRule(ctx context.Context, t setting.Turn, row db.PutInviteRuleParams, rule InviteRule) (err error) {
	if rule.Conditions == nil {
		rule.Conditions = form.Groups{}
	}
	if row.Conditions, err = json.Marshal(rule.Conditions); err != nil {
		return fmt.Errorf("write the conditions of an invite rule: %w", err)
	}
	row.ID, row.People, row.Enabled = rule.ID, id.Strings(rule.People), rule.Enabled
	q := db.New(t.Tx)
	if err := q.PutInviteRule(ctx, row); err != nil {
		return fmt.Errorf("write an invite rule: %w", err)
	}
	if err := q.DrawAnew(ctx, t.At); err != nil {
		return fmt.Errorf("let channels follow the rules: %w", err)
	}
	return nil
}

// Left notes that somebody is not in a channel any more who was: no rule brings them back.
func (s *Service) Left(ctx context.Context, channel Channel, user id.ID) error {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).StaysOut(ctx, db.StaysOutParams{ConversationID: channel.ID, User: string(user)})
	})
}

// ruled are those whom the rules invite into the channel of an incident, and who did not leave it.
func (s *Service) ruled(ctx context.Context, row db.MusterChannel, inc incident.Incident) ([]id.ID, error) {
	if !invitable(inc) {
		return nil, nil
	}
	rules, err := s.InviteRules(ctx)
	if err != nil {
		return nil, err
	}
	wanted := matched(rules, inc.Situation(), row.StaysOut)
	if len(wanted) == 0 {
		return nil, nil
	}
	var here []id.ID
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		here, err = db.New(tx).ActiveUsers(ctx, id.Strings(wanted))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for those whom the rules invite: %w", err)
	}
	return here, nil
}

// invitable reports whether rules count for an incident at all: who is in a private one is decided one by one, and a quiet
// one calls nobody.
func invitable(inc incident.Incident) bool {
	going := inc.Status.Category == incident.CategoryLive || inc.Status.Category == incident.CategoryPaused
	return inc.Mode == incident.Standard && !inc.Private && !inc.Quiet && going
}

// matched are the people of the rules that match, without those who stay out.
func matched(rules []InviteRule, of form.Situation, out []string) []id.ID {
	var wanted []id.ID
	for _, rule := range rules {
		if !rule.Enabled || !rule.Conditions.Hold(of) {
			continue
		}
		for _, person := range rule.People {
			if !slices.Contains(wanted, person) && !slices.Contains(out, string(person)) {
				wanted = append(wanted, person)
			}
		}
	}
	return wanted
}
