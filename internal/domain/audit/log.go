package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Logged is an entry as it was stored.
type Logged struct {
	ID         id.ID
	Action     string
	Actor      tenant.Actor
	TargetType string
	TargetID   id.ID
	// Incident is the one that the change belongs to, empty for none.
	Incident   id.ID
	Before     json.RawMessage
	After      json.RawMessage
	Address    string
	Request    string
	OccurredAt time.Time
}

// Filter says which entries are looked for; what is empty asks for nothing.
type Filter struct {
	// Actor is the id of who did it, ActorType their sort: Muster itself has no id.
	Actor     id.ID
	ActorType tenant.ActorType
	// Actions are any of these.
	Actions []string
	// Target is what was changed, Incident what it belongs to.
	Target, Incident id.ID
	// From is included, Until is not.
	From, Until time.Time
}

// Cursor is a place in the log from which an older page goes on; empty for the newest page and after the last.
type Cursor string

// Page is a part of the log, the newest entry first.
type Page struct {
	Entries []Logged
	Next    Cursor
}

// MostListed is the largest page.
const MostListed = 500

// List returns a page of what matches, of private incidents only what the actor may see.
func (s *Service) List(ctx context.Context, f Filter, after Cursor, count int) (Page, error) {
	if _, err := tenant.Require(ctx, authz.ViewAudit); err != nil {
		return Page{}, err
	}
	return s.list(ctx, f, after, min(max(count, 1), MostListed))
}

func (s *Service) list(ctx context.Context, f Filter, after Cursor, count int) (Page, error) {
	where, args, err := f.where(after)
	if err != nil {
		return Page{}, err
	}
	var page Page
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		args["count"] = count + 1
		from := `(SELECT * FROM muster.audit_entry WHERE ` + where + ` ORDER BY occurred_at DESC, id DESC LIMIT @count)`
		if len(f.Actions) > 1 { // the newest of each, since those of all may be rare and lie far back
			from = `unnest(@actions::text[]) AS chosen (chosen_action) CROSS JOIN LATERAL ` + from
		}
		rows, err := tx.Query(ctx, `SELECT id, action, actor_type, actor_id, actor_name, target_type, target_id, incident_id, before, after, address, request, occurred_at
			FROM `+from+` AS entry ORDER BY occurred_at DESC, id DESC LIMIT @count`, args)
		if err != nil {
			return err
		}
		page.Entries, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Logged, err error) {
			err = row.Scan(&l.ID, &l.Action, &l.Actor.Type, &l.Actor.ID, &l.Actor.Name, &l.TargetType, &l.TargetID, &l.Incident, &l.Before, &l.After, &l.Address, &l.Request, &l.OccurredAt)
			return l, err
		})
		return err
	})
	if err != nil {
		return Page{}, fmt.Errorf("read the audit log: %w", err)
	}
	if len(page.Entries) > count {
		page.Entries = page.Entries[:count]
		last := page.Entries[count-1]
		page.Next = Cursor(strconv.FormatInt(last.OccurredAt.UnixMicro(), 10) + "-" + string(last.ID))
	}
	return page, nil
}

// distinct are the actions, each once.
func (f Filter) distinct() []string { return slices.Compact(slices.Sorted(slices.Values(f.Actions))) }

// where is the filter as SQL; each of its parts has an index that ends in the order of the log.
func (f Filter) where(after Cursor) (string, pgx.NamedArgs, error) {
	parts, args := []string{"organisation_id = (SELECT muster.current_organisation())"}, pgx.NamedArgs{}
	and := func(sql, name string, value any) {
		parts = append(parts, sql)
		args[name] = value
	}
	switch {
	case !f.Actor.Empty():
		and("actor_id = @actor", "actor", string(f.Actor))
	case f.ActorType != "":
		and("actor_id IS NULL AND actor_type = @actor_type", "actor_type", string(f.ActorType))
	}
	if len(f.Actions) == 1 {
		and("action = @action", "action", f.Actions[0])
	} else if len(f.Actions) > 1 {
		and("action = chosen_action", "actions", f.distinct())
	}
	if !f.Target.Empty() {
		and("target_id = @target", "target", string(f.Target))
	}
	if !f.Incident.Empty() {
		and("incident_id = @incident", "incident", string(f.Incident))
	}
	if !f.From.IsZero() {
		and("occurred_at >= @from", "from", f.From)
	}
	if !f.Until.IsZero() {
		and("occurred_at < @until", "until", f.Until)
	}
	if after != "" {
		micros, last, _ := strings.Cut(string(after), "-")
		at, err := strconv.ParseInt(micros, 10, 64)
		if err != nil || !id.ID(last).Valid() {
			return "", nil, problem.Field("after", "invalid", "This is no place in the log to go on from. Begin with its newest page.")
		}
		and("(occurred_at, id) < (@at, @last)", "at", time.UnixMicro(at))
		args["last"] = last
	}
	return strings.Join(parts, " AND "), args, nil
}
