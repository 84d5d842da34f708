package subscription

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/subscription/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Pace is how often mails of subscriptions come to a person.
type Pace string

// The paces. Immediate mails collapse into a digest when there are many within an hour.
const (
	Immediate Pace = "immediate"
	Hourly    Pace = "hourly"
	Daily     Pace = "daily"
)

// Paces lists the paces, the quickest first.
func Paces() []Pace { return []Pace{Immediate, Hourly, Daily} }

const (
	digestTimer = "subscription.digest"
	// dailyAt is the hour of the reader's morning at which a daily digest comes.
	dailyAt = 8
)

// SetPace chooses how often the actor's mails come.
type SetPace struct{ Pace Pace }

// Pace returns how often the actor's mails come.
func (s *Service) Pace(ctx context.Context) (Pace, error) {
	scope, err := self(ctx)
	if err != nil {
		return "", err
	}
	pace := Immediate
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		chosen, err := db.New(tx).Pace(ctx, scope.Actor.ID)
		if postgres.None(err) {
			return nil
		}
		pace = Pace(chosen)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read how often mails come: %w", err)
	}
	return pace, nil
}

// SetPace keeps the choice.
func (s *Service) SetPace(ctx context.Context, cmd SetPace) error {
	scope, err := self(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains(Paces(), cmd.Pace) {
		return problem.Field("pace", "unknown", "Mails come at once, every hour or every day.")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := db.New(tx).SetPace(ctx, db.SetPaceParams{UserID: scope.Actor.ID, Pace: string(cmd.Pace)}); err != nil {
			return fmt.Errorf("keep how often mails come: %w", err)
		}
		return s.note(ctx, tx, "subscription.pace_changed", incident.About{}, map[string]any{"pace": cmd.Pace})
	})
}

// Later puts news of an incident aside for a person's next digest, once for an event.
func (s *Service) Later(ctx context.Context, tx pgx.Tx, to Member, about incident.About, event id.ID) error {
	if err := holdReader(ctx, tx, to.User); err != nil {
		return err
	}
	q, at := db.New(tx), s.clock.Now()
	waiting, err := q.WaitingItems(ctx, to.User)
	if err != nil {
		return fmt.Errorf("count what waits for a digest: %w", err)
	}
	added, err := q.Later(ctx, db.LaterParams{UserID: to.User, EventID: event, IncidentID: about.Incident, Private: about.Private, At: at})
	if err != nil {
		return fmt.Errorf("put news aside for a digest: %w", err)
	}
	if added == 0 || waiting > 0 { // the timer is set already
		return nil
	}
	return s.timers.Set(ctx, tx, digestTimer, to.User, nextDigest(to.Pace, at, to.Zone))
}

// holdReader keeps others from putting something aside for a person, or gathering it, at the same moment.
func holdReader(ctx context.Context, tx pgx.Tx, user id.ID) error {
	if err := db.New(tx).HoldReader(ctx, user); err != nil {
		return fmt.Errorf("hold the reader of a digest: %w", err)
	}
	return nil
}

// nextDigest is when the digest that begins at a moment is sent.
func nextDigest(pace Pace, at time.Time, zone string) time.Time {
	if pace != Daily {
		return at.Add(time.Hour)
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	local := at.In(place)
	next := time.Date(local.Year(), local.Month(), local.Day(), dailyAt, 0, 0, 0, place)
	if !next.After(at) {
		next = time.Date(local.Year(), local.Month(), local.Day()+1, dailyAt, 0, 0, 0, place)
	}
	return next
}

// gather makes one digest of what waits.
func (s *Service) gather(ctx context.Context, tx pgx.Tx, user id.ID, _ time.Time) error {
	at := s.clock.Now()
	digest := id.New(at)
	gathered, err := db.New(tx).Gather(ctx, db.GatherParams{DigestID: digest, UserID: user})
	if err != nil {
		return fmt.Errorf("gather a digest: %w", err)
	}
	if gathered == 0 {
		return nil
	}
	entry := audit.Entry{Action: "subscription.digest_due", TargetType: "user", TargetID: user, After: map[string]any{"news": gathered}}
	if err := audit.Write(ctx, tx, at, entry); err != nil {
		return err
	}
	return s.bus.Publish(ctx, tx, DigestDue{User: user, Digest: digest})
}

// Gathered is one incident of a digest, and how many times something was told of it.
type Gathered struct {
	Incident id.ID
	News     int
}

// Digest lists what is in a digest and its reader may still see, what moved last first; for those who write it.
func (s *Service) Digest(ctx context.Context, tx pgx.Tx, user, digest id.ID) ([]Gathered, error) {
	rows, err := db.New(tx).Gathered(ctx, db.GatheredParams{DigestID: digest, UserID: user})
	if err != nil {
		return nil, fmt.Errorf("read a digest: %w", err)
	}
	var list []Gathered
	for _, row := range rows {
		list = append(list, Gathered{Incident: row.IncidentID, News: int(row.News)})
	}
	return list, nil
}

// EndMail ends the mails that a person gets of an incident, from whatever they subscribed to; of no incident, all mails
// of subscriptions. It is for the address in such a mail, which is the right to it.
func (s *Service) EndMail(ctx context.Context, tx pgx.Tx, user, in id.ID) error {
	q := db.New(tx)
	var ended int64
	var about incident.About
	if in.Empty() {
		var err error
		if ended, err = q.EndAllMail(ctx, user); err != nil {
			return fmt.Errorf("end the mails: %w", err)
		}
	} else {
		inc, err := incident.Lock(ctx, tx, in)
		if problem.Is(err, problem.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		about = inc.About()
		matching, err := s.matching(ctx, q, user, inc)
		if err != nil {
			return err
		}
		var ids []string
		for _, one := range matching {
			ids = append(ids, string(one.ID))
			if one.Scope == ToIncident { // it goes before the others, which stay for other incidents
				break
			}
		}
		if ended, err = q.EndMailOf(ctx, db.EndMailOfParams{UserID: user, Ids: ids}); err != nil {
			return fmt.Errorf("end the mails: %w", err)
		}
	}
	if ended == 0 {
		return nil
	}
	if err := q.DropSilent(ctx, user); err != nil {
		return fmt.Errorf("drop what says nothing: %w", err)
	}
	entry := audit.Entry{Action: "subscription.mail_ended", TargetType: "user", TargetID: user, Incident: about.Incident, Private: about.Private}
	return audit.Write(ctx, tx, s.clock.Now(), entry)
}
