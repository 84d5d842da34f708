package announcement

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/announcement/internal/db"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// Mode is how much a channel hears of an incident.
type Mode string

// The modes: one post that is kept as the incident is, each update in its thread too, or shown in the channel as well.
const (
	Post      Mode = "post"
	Thread    Mode = "thread"
	Broadcast Mode = "broadcast"
)

// Modes lists the modes, the quietest first.
func Modes() []Mode { return []Mode{Post, Thread, Broadcast} }

// Unmatched is what becomes of the post of an incident that matches its rule no more.
type Unmatched string

// What becomes of it: it stays, and goes on saying how things stand, or it is removed.
const (
	Leave  Unmatched = "leave"
	Remove Unmatched = "remove"
)

// Place is a channel of a chat platform.
type Place = channel.Place

// Rule says which incidents are announced where. In a channel the first of the rules that match speaks.
type Rule struct {
	ID         id.ID
	Name       string
	Conditions form.Groups
	Places     []Place
	Mode       Mode
	Unmatched  Unmatched
	Enabled    bool
	Version    int32

	rank       int32
	archivedAt *time.Time
	createdAt  time.Time
}

// Changed says that the rules are others than before.
type Changed struct {
	Rule id.ID `json:"rule"`
	// Change is created, edited, ordered or archived.
	Change string `json:"change"`
}

// Kind names the event.
func (Changed) Kind() string { return "announcement_rule.changed" }

// Version is 1 so far.
func (Changed) Version() int { return 1 }

// Subject is the rule.
func (e Changed) Subject() event.Subject { return event.Subject{ID: e.Rule} }

// SaveRule makes a rule, or gives the one with the id another content.
type SaveRule struct {
	// Rule is empty for a new one.
	Rule       id.ID
	Name       string
	Conditions form.Groups
	Places     []Place
	Mode       Mode
	Unmatched  Unmatched
	Enabled    bool
	// Version is the one that the editor saw; 0 is not checked.
	Version int32
}

const (
	longestName = 80
	mostRules   = 50
	mostPlaces  = 20
)

// Rules lists the rules in the order in which they are asked.
func (s *Service) Rules(ctx context.Context) ([]Rule, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	var rules []Rule
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Rules(ctx)
		if err != nil {
			return fmt.Errorf("read the announcement rules: %w", err)
		}
		rules, err = rulesOf(rows)
		return err
	})
	return rules, err
}

func rulesOf(rows []db.MusterAnnouncementRule) ([]Rule, error) {
	rules := make([]Rule, len(rows))
	for n, row := range rows {
		rules[n] = Rule{
			ID: row.ID, Name: row.Name, Mode: Mode(row.Mode), Unmatched: Unmatched(row.Unmatched), Enabled: row.Enabled, Version: row.RowVersion,
			rank: row.Rank, createdAt: row.CreatedAt,
		}
		if err := json.Unmarshal(row.Conditions, &rules[n].Conditions); err != nil {
			return nil, fmt.Errorf("read the conditions of announcement rule %s: %w", row.ID, err)
		}
		if err := json.Unmarshal(row.Channels, &rules[n].Places); err != nil {
			return nil, fmt.Errorf("read the channels of announcement rule %s: %w", row.ID, err)
		}
	}
	return rules, nil
}

// SaveRule makes or changes a rule. What goes on now follows at once.
func (s *Service) SaveRule(ctx context.Context, cmd SaveRule) (Rule, error) {
	var saved Rule
	err := s.change(ctx, func(ctx context.Context, tx pgx.Tx, rules []Rule) (change, error) {
		decided, err := decideRule(cmd, rules)
		if err != nil {
			return change{}, err
		}
		now := s.clock.Now()
		did := change{what: "edited", rule: decided}
		if cmd.Rule.Empty() {
			did.what, decided.ID, decided.createdAt = "created", id.New(now), now
			did.rule = decided
		} else {
			was := rules[slices.IndexFunc(rules, func(r Rule) bool { return r.ID == cmd.Rule })]
			did.before = was
			if asJSON(was) == asJSON(decided) {
				saved = was
				return change{}, nil
			}
		}
		saved = decided
		return did, put(ctx, tx, decided)
	})
	return saved, err
}

// decideRule checks what was typed against the rules that are there.
func decideRule(cmd SaveRule, rules []Rule) (Rule, error) {
	rule := Rule{rank: 1}
	for _, r := range rules {
		rule.rank = max(rule.rank, r.rank+1)
	}
	if !cmd.Rule.Empty() {
		at := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == cmd.Rule })
		if at < 0 {
			return rule, problem.Missing("announcement rule")
		}
		rule = rules[at]
		if cmd.Version != 0 && cmd.Version != rule.Version {
			return rule, errStale
		}
	} else if len(rules) >= mostRules {
		return rule, problem.New(problem.Conflict, "too_many", "There are %d announcement rules, which is the most. Archive one first.", mostRules)
	}
	rule.Name = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(cmd.Name, "\x00", ""), "\uFFFD")), " ")
	rule.Conditions, rule.Places, rule.Mode, rule.Unmatched, rule.Enabled = cmd.Conditions, distinct(cmd.Places), cmd.Mode, cmd.Unmatched, cmd.Enabled
	return rule, checkRule(rule, rules)
}

// placeID is how a platform's channel is named: its workspace and its id.
var placeID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,60}(/[A-Za-z0-9_-]{1,60})?$`)

func checkRule(rule Rule, rules []Rule) error {
	var all problem.List
	add := func(field, code, message string, args ...any) {
		all = append(all, problem.Field(field, code, message, args...))
	}
	switch {
	case rule.Name == "":
		add("name", "is_required", "Give the rule a name.")
	case utf8.RuneCountInString(rule.Name) > longestName:
		add("name", "too_long", "The name has %d characters at most.", longestName)
	case slices.ContainsFunc(rules, func(r Rule) bool { return r.ID != rule.ID && strings.EqualFold(r.Name, rule.Name) }):
		add("name", "taken", "There is a rule with the name %s already.", rule.Name)
	}
	if len(rule.Places) == 0 {
		add("channels", "is_required", "Choose at least one channel.")
	}
	if len(rule.Places) > mostPlaces {
		add("channels", "too_many", "A rule posts in %d channels at most.", mostPlaces)
	}
	if slices.ContainsFunc(rule.Places, func(p Place) bool { return !placeID.MatchString(p.ID) || len(p.Name) > 200 }) {
		add("channels", "unknown", "A channel is named by its workspace and its id, as T024BE7LD/C061EG9SL.")
	}
	if !slices.Contains(Modes(), rule.Mode) {
		add("mode", "unknown", "Choose one post, updates in its thread, or updates in the channel too.")
	}
	if rule.Unmatched != Leave && rule.Unmatched != Remove {
		add("unmatched", "unknown", "Choose whether a post stays or is removed.")
	}
	if err := form.CheckIncidentConditions(rule.Conditions); err != nil {
		all = append(all, problem.All(err)...)
	}
	return all.Err()
}

func distinct(places []Place) []Place {
	var kept []Place
	for _, p := range places {
		if !slices.ContainsFunc(kept, func(k Place) bool { return k.ID == p.ID }) {
			kept = append(kept, Place{ID: p.ID, Name: strings.TrimPrefix(p.Name, "#")})
		}
	}
	return kept
}

// errStale tells an editor that somebody else changed the same rule meanwhile.
var errStale = problem.New(problem.Conflict, "stale", "Somebody else changed this while you did. What is there now is shown; make your change again.")

// OrderRules puts the rules in another order.
type OrderRules struct{ Rules []id.ID }

// OrderRules says which rule is asked first.
func (s *Service) OrderRules(ctx context.Context, cmd OrderRules) error {
	return s.change(ctx, func(ctx context.Context, tx pgx.Tx, rules []Rule) (change, error) {
		now := make([]id.ID, len(rules))
		for n, r := range rules {
			now[n] = r.ID
		}
		if slices.Equal(now, cmd.Rules) {
			return change{}, nil
		}
		for _, one := range cmd.Rules {
			if !slices.Contains(now, one) {
				return change{}, problem.Missing("announcement rule")
			}
		}
		if !slices.Equal(slices.Sorted(slices.Values(now)), slices.Sorted(slices.Values(cmd.Rules))) {
			return change{}, problem.New(problem.Conflict, "stale", "The rules changed while you were ordering them. Look at them again.")
		}
		for n, one := range cmd.Rules {
			if err := db.New(tx).SetRank(ctx, db.SetRankParams{ID: one, Rank: int32(n + 1)}); err != nil { //nolint:gosec // mostRules bounds it
				return change{}, fmt.Errorf("order the announcement rules: %w", err)
			}
		}
		return change{what: "ordered", rule: Rule{ID: cmd.Rules[0]}, before: map[string]any{"order": now}, after: map[string]any{"order": cmd.Rules}}, nil
	})
}

// ArchiveRule ends a rule; the posts that it made stay.
type ArchiveRule struct{ Rule id.ID }

// ArchiveRule ends a rule for good.
func (s *Service) ArchiveRule(ctx context.Context, cmd ArchiveRule) error {
	return s.change(ctx, func(ctx context.Context, tx pgx.Tx, rules []Rule) (change, error) {
		at := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == cmd.Rule })
		if at < 0 {
			return change{}, problem.Missing("announcement rule")
		}
		now := s.clock.Now()
		rule := rules[at]
		rule.archivedAt = &now
		return change{what: "archived", rule: rule, before: rules[at], after: map[string]any{"archived_at": now}}, put(ctx, tx, rule)
	})
}

// change is what a verb did to the rules; an empty one did nothing.
type change struct {
	what          string
	rule          Rule
	before, after any
}

// change authorises a verb, runs it on the rules that are there, writes down and publishes what it did, and lets the
// posts of what goes on follow.
func (s *Service) change(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx, rules []Rule) (change, error)) error {
	if _, err := tenant.Require(ctx, authz.UpdateOrganisation); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		rows, err := q.LockRules(ctx)
		if err != nil {
			return fmt.Errorf("lock the announcement rules: %w", err)
		}
		rules, err := rulesOf(rows)
		if err != nil {
			return err
		}
		did, err := fn(ctx, tx, rules)
		if err != nil || did.what == "" {
			return err
		}
		if did.after == nil {
			did.after = audited(did.rule)
		}
		if was, is := did.before.(Rule); is {
			did.before = audited(was)
		}
		now := s.clock.Now()
		err = audit.Write(ctx, tx, now, audit.Entry{
			Action: "announcement_rule." + did.what, TargetType: "announcement_rule", TargetID: did.rule.ID, Before: did.before, After: did.after,
		})
		if err != nil {
			return err
		}
		if err := q.MarkOngoing(ctx, now); err != nil {
			return fmt.Errorf("let the posts follow the rules: %w", err)
		}
		return s.bus.Publish(ctx, tx, Changed{Rule: did.rule.ID, Change: did.what})
	})
}

// audited is a rule as the audit log keeps it.
func audited(r Rule) map[string]any {
	channels := make([]string, len(r.Places))
	for n, p := range r.Places {
		channels[n] = p.Name
	}
	return map[string]any{"name": r.Name, "conditions": r.Conditions, "channels": channels, "mode": r.Mode, "unmatched": r.Unmatched, "enabled": r.Enabled}
}

func asJSON(r Rule) string {
	encoded, _ := json.Marshal(r) //nolint:errchkjson // texts and numbers
	return string(encoded)
}

func put(ctx context.Context, tx pgx.Tx, r Rule) error {
	if r.Conditions == nil {
		r.Conditions = form.Groups{}
	}
	conditions, err := json.Marshal(r.Conditions)
	if err != nil {
		return fmt.Errorf("write the conditions of an announcement rule: %w", err)
	}
	channels, err := json.Marshal(r.Places)
	if err != nil {
		return fmt.Errorf("write the channels of an announcement rule: %w", err)
	}
	err = db.New(tx).PutRule(ctx, db.PutRuleParams{
		ID: r.ID, Name: r.Name, Conditions: conditions, Channels: channels, Mode: string(r.Mode), Unmatched: string(r.Unmatched), Enabled: r.Enabled,
		Rank: r.rank, ArchivedAt: r.archivedAt, CreatedAt: r.createdAt,
	})
	if err != nil {
		return fmt.Errorf("write an announcement rule: %w", err)
	}
	return nil
}
