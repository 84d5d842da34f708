package notification

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/notification/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// news is one thing to be told, and to whom.
type news struct {
	reason   Reason
	event    event.Record
	incident incident.Incident
	// everyone, or else users, are who might be told; never but, and never the one who did it.
	everyone bool
	users    []id.ID
	but      []id.ID
	// urgent ones go by every way that there is, whatever was chosen; quiet ones of them make no noise, and those for
	// devices only go nowhere else.
	urgent, quiet, devicesOnly bool
	// key is what providers see again, for news that take the place of earlier ones; each event's own when empty.
	key string
	// seq is how far somebody must have read the room to know it already; 0 when reading tells nothing of it.
	seq int64
	// wanted asks once more before somebody is reached by a way; nil for always.
	wanted func(user id.ID, by Method) bool
	// words for it.
	words words
}

// tell plans whom to reach how, once for the event, and reaches those who are still to be reached.
func (s *Service) tell(ctx context.Context, n news) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		planned, err := q.Planned(ctx, db.PlannedParams{EventID: n.event.ID, Reason: string(n.reason)})
		if err != nil || planned {
			return err
		}
		audience, err := q.Audience(ctx, db.AudienceParams{
			Reason: string(n.reason), Everyone: n.everyone, Users: id.Strings(n.users), Private: n.incident.Private, IncidentID: n.incident.ID,
		})
		if err != nil {
			return fmt.Errorf("find whom to tell: %w", err)
		}
		direct, err := s.reachable(ctx, audience)
		if err != nil {
			return err
		}
		return s.plan(ctx, q, n, audience, direct)
	})
	if err != nil {
		return err
	}
	return s.send(ctx, n)
}

func (s *Service) plan(ctx context.Context, q *db.Queries, n news, audience []db.AudienceRow, direct map[id.ID]string) error {
	now := s.clock.Now()
	for _, person := range audience {
		if (n.event.Actor.Type == tenant.User && person.ID == n.event.Actor.ID && !n.urgent) || slices.Contains(n.but, person.ID) {
			continue
		}
		reached := targets(n.reason, person, direct[person.ID])
		if n.urgent {
			reached = everywhere(person, direct[person.ID], n.devicesOnly)
		}
		if err := s.planFor(ctx, q, n, person.ID, reached, now); err != nil {
			return err
		}
	}
	return nil
}

// planFor plans one person's ways.
func (s *Service) planFor(ctx context.Context, q *db.Queries, n news, user id.ID, reached []target, now time.Time) error {
	for _, t := range reached {
		row := db.PlanParams{
			ID: id.New(now), IncidentID: n.incident.ID, Private: n.incident.Private, EventID: n.event.ID, UserID: user, Reason: string(n.reason),
			Method: string(t.method), Target: t.at, Key: cmp.Or(n.key, string(n.event.ID)) + "." + string(user), CreatedAt: now,
		}
		if err := q.Plan(ctx, row); err != nil {
			return fmt.Errorf("plan a notification: %w", err)
		}
	}
	return nil
}

// target is where a notification goes: the id of a device, a person of a chat platform, or the inbox.
type target struct {
	method Method
	at     string
}

const inbox = "inbox"

// targets decides how a person is reached; direct is where direct messages find them, empty for nowhere. That a chat
// platform is away is never told there. A mail that nobody asked for stands in for a push: it goes to those whom nothing else would tell.
func targets(reason Reason, person db.AudienceRow, direct string) []target {
	var out []target
	if person.Push == chosen || (person.Push == "" && reason.wantedByDefault(Push)) {
		for _, device := range person.Devices {
			out = append(out, target{Push, device})
		}
	}
	if direct != "" && reason != PlatformAway && (person.Slack == chosen || (person.Slack == "" && reason.wantedByDefault(Slack))) {
		out = append(out, target{Slack, direct})
	}
	if person.Mail == chosen || (person.Mail == "" && reason.wantedByDefault(Mail) && len(out) == 0) {
		out = append(out, target{Mail, inbox})
	}
	return out
}

// chosen is a yes among choices; nothing chosen is empty.
const chosen = "yes"
