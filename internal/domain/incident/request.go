package incident

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

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

// accessEvery is how often somebody may ask to be let into an incident, whichever it is.
const accessEvery = 15 * time.Minute

// What came of a request.
const (
	requestAllowed = "allowed"
	requestDenied  = "denied"
)

// RequestAccess asks those who are in a private incident to be let in. The reference is what the asker was given:
// "INC-12", its number or id.
type RequestAccess struct{ Reference string }

// AllowAccess lets in who asked.
type AllowAccess struct{ Request id.ID }

// DenyAccess leaves out who asked, and does not tell them.
type DenyAccess struct{ Request id.ID }

// RequestAccess notes the wish and does the same, in the same time, whether there is such an incident or not: a job
// looks for it afterwards. It answers when the actor may ask again.
func (s *Service) RequestAccess(ctx context.Context, cmd RequestAccess) (time.Time, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return time.Time{}, err
	}
	if scope.Actor.Type != tenant.User {
		return time.Time{}, notPerson()
	}
	asked := AccessSought{User: scope.Actor.ID}
	reference := strings.ToUpper(strings.TrimSpace(clean(cmd.Reference)))
	if given := id.ID(reference); given.Valid() {
		asked.Incident = given
	} else {
		asked.Number, err = strconv.ParseInt(strings.TrimPrefix(reference, "INC-"), 10, 64)
		if err != nil || asked.Number <= 0 {
			return time.Time{}, problem.Field("reference", "invalid", "Give the reference of the incident, such as INC-12.")
		}
	}
	at := s.clock.Now()
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		_, err := q.AttemptAccess(ctx, db.AttemptAccessParams{UserID: scope.Actor.ID, At: at, Since: at.Add(-accessEvery)})
		if postgres.None(err) {
			last, err := q.LastAttempt(ctx, scope.Actor.ID)
			if err != nil {
				return fmt.Errorf("read when access was asked for: %w", err)
			}
			left := max(last.Add(accessEvery).Sub(at), time.Minute)
			return problem.New(problem.TooMany, "asked_lately", "You asked for access a moment ago. You can ask again in %d min.", int((left+time.Minute-1)/time.Minute))
		}
		if err != nil {
			return fmt.Errorf("note that access is asked for: %w", err)
		}
		err = audit.Write(ctx, tx, at, audit.Entry{
			Action: "incident.access_sought", TargetType: "user", TargetID: scope.Actor.ID, After: map[string]any{"reference": reference},
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, tx, asked)
	})
	return at.Add(accessEvery), err
}

// Subscribe lets the service hear of who asks for access.
func (s *Service) Subscribe(bus *event.Bus) {
	event.After(bus, "incident.access", s.consider, event.On(event.Chat))
}

// consider brings a wish before those who are in the incident, if there is one that the asker does not see.
func (s *Service) consider(ctx context.Context, r event.Record, e AccessSought) error {
	ctx = tenant.With(ctx, tenant.Scope{Organisation: r.Organisation, Actor: r.Actor, Permissions: authz.Everything(), SeesPrivate: true})
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		sought := e.Incident
		if sought.Empty() {
			found, err := q.IncidentByNumber(ctx, e.Number)
			if err != nil {
				return missed(err)
			}
			sought = found.ID
		}
		inc, err := Lock(ctx, tx, sought)
		if problem.Is(err, problem.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		in, err := q.HasAccess(ctx, db.HasAccessParams{IncidentID: string(inc.ID), UserID: string(e.User)})
		if err != nil || in || !inc.Private || inc.Mode == Tutorial {
			return err
		}
		request, err := q.PutAccessRequest(ctx, db.PutAccessRequestParams{ID: r.ID, IncidentID: inc.ID, UserID: e.User, At: r.OccurredAt})
		if err != nil {
			return fmt.Errorf("write down a request: %w", err)
		}
		return s.bus.Publish(ctx, tx, AccessRequested{About: inc.About(), Request: request, User: e.User})
	})
}

// missed makes of a row that is not there no error at all.
func missed(err error) error {
	if postgres.None(err) {
		return nil
	}
	return err
}

// Request returns one request for access to a private incident that the actor sees.
func (s *Service) Request(ctx context.Context, request id.ID) (AccessRequest, error) {
	var found AccessRequest
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		if !request.Valid() {
			return problem.Missing("request")
		}
		row, err := q.FindAccessRequest(ctx, request)
		if postgres.None(err) {
			return problem.Missing("request")
		}
		found = requestOf(row)
		return err
	})
	return found, err
}

// RequestsOf lists what somebody asked of a private incident that the actor sees, whatever came of it.
func (s *Service) RequestsOf(ctx context.Context, incident, user id.ID) ([]id.ID, error) {
	var requests []id.ID
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) (err error) {
		if _, err = Find(ctx, tx, incident); err != nil {
			return err
		}
		requests, err = q.RequestsOf(ctx, db.RequestsOfParams{IncidentID: incident, UserID: user})
		return err
	})
	return requests, err
}

func requestOf(row db.FindAccessRequestRow) AccessRequest {
	return AccessRequest{
		ID: row.ID, Incident: row.IncidentID, Person: *personOf(row.UserID, &row.Name, row.AvatarKey, &row.UserState),
		AskedAt: row.AskedAt, State: row.State, DecidedBy: row.DecidedByName,
	}
}

// AllowAccess lets in who asked, unless that was decided already.
func (s *Service) AllowAccess(ctx context.Context, cmd AllowAccess) (Outcome, error) {
	return s.decideRequest(ctx, cmd.Request, func(ctx context.Context, t turn, user id.ID) error {
		if err := activeUser(ctx, t.q, "user", user); err != nil {
			return err
		}
		_, err := admit(ctx, s.bus, t.tx, t.inc, user, t.at, "")
		return err
	})
}

// DenyAccess settles the request in silence: who asked learns nothing.
func (s *Service) DenyAccess(ctx context.Context, cmd DenyAccess) (Outcome, error) {
	return s.decideRequest(ctx, cmd.Request, func(ctx context.Context, t turn, user id.ID) error {
		_, err := t.q.CloseAccessRequests(ctx, db.CloseAccessRequestsParams{
			State: requestDenied, At: t.at, DecidedByID: t.scope.Actor.ID, DecidedByName: t.scope.Actor.Name, IncidentID: t.inc.ID, UserID: user,
		})
		if err != nil {
			return fmt.Errorf("settle a request: %w", err)
		}
		err = audit.Write(ctx, t.tx, t.at, audit.Entry{
			Action: "incident.access_denied", TargetType: "user", TargetID: user, Incident: t.inc.ID, Private: true,
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, t.tx, AccessDenied{About: t.inc.About(), Request: cmd.Request, User: user})
	})
}

func (s *Service) decideRequest(ctx context.Context, request id.ID, fn func(ctx context.Context, t turn, user id.ID) error) (Outcome, error) {
	if _, err := tenant.Require(ctx, authz.GrantAccess); err != nil {
		return Outcome{}, err
	}
	asked, err := s.Request(tenant.Also(ctx, authz.ViewIncidents), request)
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err = s.on(ctx, authz.GrantAccess, asked.Incident, &out, func(ctx context.Context, t turn) error {
		row, err := t.q.LockAccessRequest(ctx, request) // under the incident's lock: of two who decide the second finds it done
		if err != nil || row.State != "open" {
			return err
		}
		out.Changed = true
		return fn(ctx, t, row.UserID)
	})
	return out, err
}
