package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// Session is one browser in which somebody is signed in.
type Session struct {
	ID         id.ID
	UserAgent  string
	Address    string
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
}

// Sessions lists where the person who acts is signed in, the one used last first, in all of their organisations.
func (s *Service) Sessions(ctx context.Context) ([]Session, error) {
	var sessions []Session
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT session_id, user_agent, address, created_at, last_seen_at, expires_at FROM control.my_sessions($1)", s.clock.Now())
		if err != nil {
			return err
		}
		sessions, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Session])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return sessions, nil
}

// RevokeSession ends a session of the person who acts, at once.
func (s *Service) RevokeSession(ctx context.Context, session id.ID) error {
	return s.revoke(ctx, session, func(ctx context.Context, tx pgx.Tx, now time.Time) error {
		var revoked bool
		if err := tx.QueryRow(ctx, "SELECT control.revoke_my_session($1, $2)", session, now).Scan(&revoked); err != nil {
			return fmt.Errorf("revoke the session: %w", err)
		}
		if !revoked {
			return problem.Missing("session")
		}
		return nil
	})
}

// RevokeOthers ends every session of the person who acts but the one given; with none it ends all of them.
func (s *Service) RevokeOthers(ctx context.Context, except id.ID) error {
	return s.revoke(ctx, except, func(ctx context.Context, tx pgx.Tx, now time.Time) error {
		if _, err := tx.Exec(ctx, "SELECT control.revoke_my_sessions($1, $2)", string(except), now); err != nil {
			return fmt.Errorf("revoke the sessions: %w", err)
		}
		return nil
	})
}

func (s *Service) revoke(ctx context.Context, target id.ID, fn func(ctx context.Context, tx pgx.Tx, now time.Time) error) error {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.clock.Now()
		if err := fn(ctx, tx, now); err != nil {
			return err
		}
		if target.Empty() {
			target = scope.Actor.ID
		}
		if err := audit.Write(ctx, tx, now, audit.Entry{Action: "session.revoked", TargetType: "session", TargetID: target}); err != nil {
			return err
		}
		return s.bus.Publish(ctx, tx, SessionsEnded{User: scope.Actor.ID})
	})
}

// SignOut ends the session of the token; an unknown one is fine.
func (s *Service) SignOut(ctx context.Context, token string) error {
	who, err := s.Authenticate(ctx, token)
	if problem.Is(err, problem.Unauthenticated) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.RevokeSession(tenant.With(ctx, who.Scope()), who.Session)
}

// Organisation is one that the person who acts belongs to.
type Organisation struct {
	ID   id.ID
	Slug string
	Name string
}

// Organisations lists where the account that acts belongs, by slug.
func (s *Service) Organisations(ctx context.Context) ([]Organisation, error) {
	var mine []Organisation
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT organisation_id, slug, name FROM control.my_organisations()")
		if err != nil {
			return err
		}
		mine, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Organisation])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list organisations: %w", err)
	}
	return mine, nil
}

// Switch lets the session go on in another organisation of its account.
func (s *Service) Switch(ctx context.Context, token, slug string) error {
	var organisation id.ID
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT control.switch_session($1, $2, $3)", secrets.HashToken(token), slug, s.clock.Now()).Scan(&organisation)
	})
	if err != nil {
		return fmt.Errorf("switch the organisation: %w", err)
	}
	if organisation.Empty() {
		return s.notThere(ctx, token)
	}
	return nil
}

// notThere says why a session does not go on in another organisation.
func (s *Service) notThere(ctx context.Context, token string) error {
	who, err := s.Authenticate(ctx, token)
	if err != nil {
		return err
	}
	var way *string
	err = s.db.Read(tenant.With(ctx, who.Scope()), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT control.session_way($1)", string(who.Session)).Scan(&way)
	})
	if err != nil {
		return fmt.Errorf("look how the session was opened: %w", err)
	}
	if way != nil && *way == "slack" {
		return problem.New(problem.Forbidden, "slack_session", "You came in with Slack, which opens %s alone. Sign out and in again with your email address to go elsewhere.", who.OrganisationName)
	}
	return problem.Missing("organisation")
}
