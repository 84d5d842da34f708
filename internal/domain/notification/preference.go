package notification

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/notification/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Preference is whether the actor wants to be told of a reason by a method.
type Preference struct {
	Reason Reason
	Method Method
	Wanted bool
	// Default says that the actor chose nothing. A mail by default goes only where no device gets a push.
	Default bool
}

// Prefer chooses whether to be told of a reason by a method.
type Prefer struct {
	Reason Reason
	Method Method
	Wanted bool
}

// Preferences lists what the actor wants, every reason with every method that there is for them.
func (s *Service) Preferences(ctx context.Context) ([]Preference, error) {
	scope, err := self(ctx)
	if err != nil {
		return nil, err
	}
	var rows []db.PreferencesRow
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err = db.New(tx).Preferences(ctx, scope.Actor.ID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the preferences: %w", err)
	}
	methods, err := s.methods(ctx, scope.Actor.ID)
	if err != nil {
		return nil, err
	}
	var out []Preference
	for _, reason := range Reasons() {
		if reason == PlatformAway && !slices.Contains(methods, Slack) { // nothing to choose for who has no Slack
			continue
		}
		for _, method := range methods {
			p := Preference{Reason: reason, Method: method, Wanted: reason.wantedByDefault(method), Default: true}
			for _, row := range rows {
				if row.Reason == string(reason) && row.Method == string(method) {
					p.Wanted, p.Default = row.Wanted, false
				}
			}
			out = append(out, p)
		}
	}
	return out, nil
}

// Prefer keeps the actor's choice.
func (s *Service) Prefer(ctx context.Context, cmd Prefer) error {
	scope, err := self(ctx)
	if err != nil {
		return err
	}
	return s.prefer(ctx, scope.Actor.ID, cmd)
}

func (s *Service) prefer(ctx context.Context, user id.ID, cmd Prefer) error {
	if !slices.Contains(Reasons(), cmd.Reason) {
		return problem.Field("reason", "unknown", "There are no notifications of this sort.")
	}
	if !slices.Contains(Methods(), cmd.Method) {
		return problem.Field("method", "unknown", "Choose push, Slack or mail.")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		choice := db.SetPreferenceParams{UserID: user, Reason: string(cmd.Reason), Method: string(cmd.Method), Wanted: cmd.Wanted}
		if err := db.New(tx).SetPreference(ctx, choice); err != nil {
			return fmt.Errorf("keep a preference: %w", err)
		}
		entry := audit.Entry{Action: "notification.preference_changed", TargetType: "user", TargetID: user, After: map[string]any{"reason": cmd.Reason, "method": cmd.Method, "wanted": cmd.Wanted}}
		return audit.Write(ctx, tx, s.clock.Now(), entry)
	})
}
