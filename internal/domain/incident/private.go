package incident

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// MakePrivate hides an incident from all but those who are in it.
type MakePrivate struct {
	Incident id.ID
	// Keep are those who go on seeing it, besides the actor and those who hold a role; nil means whoever took part by
	// more than looking.
	Keep []id.ID
}

// MakePublic shows a private incident, with all that was said in it, to the whole organisation.
type MakePublic struct {
	Incident id.ID
	// Confirmed says that whoever asks for it knows what that means.
	Confirmed bool
}

// Candidate is somebody who could go on seeing an incident that is made private.
type Candidate struct {
	Person
	// Must marks the actor and those who hold a role, Stays those who stay unless something else is chosen.
	Must, Stays bool
}

// Candidates lists who is in an incident's room, for choosing who stays when it is made private.
func (s *Service) Candidates(ctx context.Context, incident id.ID) ([]Candidate, error) {
	var candidates []Candidate
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		inc, err := Find(ctx, tx, incident)
		if err != nil {
			return err
		}
		scope, err := tenant.From(ctx)
		if err != nil {
			return err
		}
		candidates, err = candidatesOf(ctx, q, inc.ID, scope.Actor.ID)
		return err
	})
	return candidates, err
}

func candidatesOf(ctx context.Context, q *db.Queries, incident, actor id.ID) ([]Candidate, error) {
	rows, err := q.WhoWorks(ctx, incident)
	if err != nil {
		return nil, fmt.Errorf("read who takes part: %w", err)
	}
	candidates := make([]Candidate, len(rows))
	for n, row := range rows {
		must := row.HoldsRole || row.UserID == actor
		candidates[n] = Candidate{
			Person: *personOf(row.UserID, &row.Name, row.AvatarKey, &row.State), Must: must, Stays: must || Participation(row.Kind) != Observer,
		}
	}
	return candidates, nil
}

// decideKept returns who sees the incident once it is private.
func decideKept(candidates []Candidate, actor id.ID, chosen []id.ID) []id.ID {
	kept := []id.ID{}
	if !actor.Empty() {
		kept = append(kept, actor)
	}
	for _, c := range candidates {
		if c.Must || (chosen == nil && c.Stays) {
			kept = append(kept, c.ID)
		}
	}
	kept = append(kept, chosen...)
	slices.Sort(kept)
	return slices.Compact(kept)
}

// MakePrivate marks the incident and all that belongs to it, in one transaction in which nobody else writes of it.
func (s *Service) MakePrivate(ctx context.Context, cmd MakePrivate) (Outcome, error) {
	var out Outcome
	err := s.alone(ctx, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if t.inc.Private {
			return nil
		}
		kept, err := s.keep(ctx, t, cmd.Keep)
		if err != nil {
			return err
		}
		out.Changed = true
		return s.mark(ctx, t, true, kept, map[string]any{"private": true, "kept": kept}, MadePrivate{About: About{Incident: t.inc.ID, Private: true}, Kept: kept})
	})
	return out, err
}

// keep decides who stays and lets them in.
func (s *Service) keep(ctx context.Context, t turn, chosen []id.ID) ([]id.ID, error) {
	for _, user := range chosen {
		if err := activeUser(ctx, t.q, "keep", user); err != nil {
			return nil, err
		}
	}
	actor := t.scope.Actor.ID
	if t.scope.Actor.Type != tenant.User {
		actor = ""
	}
	candidates, err := candidatesOf(ctx, t.q, t.inc.ID, actor)
	if err != nil {
		return nil, err
	}
	kept := decideKept(candidates, actor, chosen)
	if len(kept) == 0 {
		return nil, problem.Field("keep", "is_required", "Say who goes on seeing the incident.")
	}
	_, err = t.q.AddAccess(ctx, db.AddAccessParams{IncidentID: string(t.inc.ID), Users: id.Strings(kept), At: t.at})
	return kept, err
}

// mark writes the mark wherever it stands, leaves grants to those given, and tells of it.
func (s *Service) mark(ctx context.Context, t turn, private bool, kept []id.ID, after map[string]any, told event.Event) error {
	if err := t.q.MarkIncident(ctx, db.MarkIncidentParams{IncidentID: string(t.inc.ID), Private: private}); err != nil {
		return fmt.Errorf("mark the incident and what belongs to it: %w", err)
	}
	err := s.sighted(ctx, func(ctx context.Context, q *db.Queries) error {
		if err := q.KeepAccess(ctx, db.KeepAccessParams{IncidentID: t.inc.ID, Users: id.Strings(kept)}); err != nil || !private {
			return err
		}
		return q.KeepParticipants(ctx, db.KeepParticipantsParams{IncidentID: t.inc.ID, Users: id.Strings(kept)})
	})
	if err != nil {
		return fmt.Errorf("take access from the others: %w", err)
	}
	err = audit.Write(ctx, t.tx, t.at, audit.Entry{
		Action: told.Kind(), TargetType: "incident", TargetID: t.inc.ID, Incident: t.inc.ID, Private: private,
		Before: map[string]any{"private": !private}, After: after,
	})
	if err != nil {
		return err
	}
	return s.bus.Publish(ctx, t.tx, told)
}

// MakePublic shows the incident to everyone. It refuses to do so by accident, for a tutorial, and for a type whose
// incidents are all private.
func (s *Service) MakePublic(ctx context.Context, cmd MakePublic) (Outcome, error) {
	var out Outcome
	err := s.alone(ctx, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if !t.inc.Private {
			return nil
		}
		kind, err := t.q.TypeByID(ctx, t.inc.Type)
		if err != nil {
			return fmt.Errorf("read the incident type: %w", err)
		}
		if err := decidePublic(t.inc, kind.Name, kind.PrivateIncidentsOnly, cmd.Confirmed); err != nil {
			return err
		}
		out.Changed = true
		// Nobody needs a grant any more, and none of now may open what is made private again.
		return s.mark(ctx, t, false, []id.ID{}, map[string]any{"private": false}, MadePublic{About: About{Incident: t.inc.ID}})
	})
	return out, err
}

func decidePublic(inc Held, kind string, onlyPrivate, confirmed bool) error {
	switch {
	case inc.Mode == Tutorial:
		return problem.New(problem.Conflict, "tutorial", "A tutorial stays yours alone.")
	case onlyPrivate:
		return problem.New(problem.Conflict, "private_type", "Incidents of the type %s are always private. Change its type first.", kind)
	case !confirmed:
		return problem.Field("confirmed", "is_required", "Confirm that everyone in the organisation may read all that was said and done in it.")
	}
	return nil
}

// alone runs fn while nobody else writes anything of the incident: a change of the mark must find every row.
func (s *Service) alone(ctx context.Context, incident id.ID, out *Outcome, fn func(ctx context.Context, t turn) error) error {
	scope, err := tenant.Require(ctx, authz.EditIncidents)
	if err != nil {
		return err
	}
	if !incident.Valid() {
		return problem.Missing("incident")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		*out = Outcome{}
		q := db.New(tx)
		if _, err := q.LockIncidentAlone(ctx, incident); err != nil && !postgres.None(err) {
			return fmt.Errorf("wait for those who write: %w", err)
		}
		inc, err := Lock(ctx, tx, incident)
		if err != nil {
			return err
		}
		return fn(ctx, turn{scope: scope, tx: tx, q: q, inc: inc, at: s.clock.Now()})
	})
}
