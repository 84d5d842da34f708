// Package view keeps lists of incidents that people look at again and again: filters under a name, of one person or
// for everyone in the organisation.
package view

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/view/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// View is a saved list.
type View struct {
	ID   id.ID
	Name string
	// Query is the filters as a query string, its keys in order.
	Query     string
	Owner     id.ID
	OwnerName string
	// Shared views are everyone's to see.
	Shared    bool
	Version   int32
	CreatedAt time.Time
}

const (
	maxName  = 60
	maxQuery = 2000
	// maxViews is how many one person saves at most.
	maxViews = 50
)

// Service saves views and finds them.
type Service struct {
	db    *postgres.DB
	clock clock.Clock
}

// New returns the service.
func New(db *postgres.DB, clock clock.Clock) *Service { return &Service{db: db, clock: clock} }

// List returns the views of the person in ctx, then those that are shared.
func (s *Service) List(ctx context.Context) ([]View, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return nil, err
	}
	var found []View
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Views(ctx, scope.Actor.ID)
		if err != nil {
			return fmt.Errorf("list the saved views: %w", err)
		}
		for _, row := range rows {
			found = append(found, View{
				ID: row.ID, Name: row.Name, Query: row.Query, Owner: row.OwnerID, OwnerName: row.OwnerName, Shared: row.Shared, Version: row.RowVersion,
				CreatedAt: row.CreatedAt,
			})
		}
		return nil
	})
	return found, err
}

// Save keeps a list of incidents.
type Save struct {
	Name, Query string
	Shared      bool
}

// Save keeps the filters under a name and returns the view's id.
func (s *Service) Save(ctx context.Context, cmd Save) (id.ID, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return "", err
	}
	if scope.Actor.Type != tenant.User {
		return "", problem.New(problem.Forbidden, "people_only", "Views are saved by people.")
	}
	if cmd.Name, cmd.Query, err = check(cmd.Name, cmd.Query); err != nil {
		return "", err
	}
	at := s.clock.Now()
	made := id.New(at)
	return made, s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if many, err := q.Count(ctx, scope.Actor.ID); err != nil || many >= maxViews {
			if err == nil {
				err = problem.New(problem.Conflict, "too_many", "You have %d saved views, which is the most. Delete one first.", maxViews)
			}
			return err
		}
		err := q.Insert(ctx, db.InsertParams{ID: made, Name: cmd.Name, Query: cmd.Query, OwnerID: scope.Actor.ID, Shared: cmd.Shared, At: at})
		if err != nil {
			return fmt.Errorf("save the view: %w", err)
		}
		return audit.Write(ctx, tx, at, audit.Entry{
			Action: "view.saved", TargetType: "view", TargetID: made, After: told(cmd.Name, cmd.Query, cmd.Shared),
		})
	})
}

func told(name, query string, shared bool) map[string]any {
	return map[string]any{"name": name, "query": query, "shared": shared}
}

// check tidies a name and puts the filters in order, without the place in the list.
func check(name, query string) (string, string, error) {
	var all problem.List
	name = strings.Join(strings.Fields(name), " ")
	switch length := utf8.RuneCountInString(name); {
	case length == 0:
		all = append(all, problem.Field("name", "is_required", "Give the view a name."))
	case length > maxName:
		all = append(all, problem.Field("name", "too_long", "The name has %d characters; %d is the most.", length, maxName))
	}
	values, err := url.ParseQuery(query)
	values.Del("after")
	query = values.Encode()
	switch {
	case err != nil || len(query) > maxQuery || !utf8.ValidString(name) || strings.ContainsRune(name, 0):
		all = append(all, problem.Field("query", "not_filters", "These are no filters of the list of incidents."))
	case query == "":
		all = append(all, problem.Field("query", "is_required", "Filter or search the list first; a view without a filter is the whole list."))
	}
	return name, query, all.Err()
}

// Change gives a view another name or other filters, and shares it or not.
type Change struct {
	View        id.ID
	Name, Query string
	Shared      bool
	Version     int32
}

// Change is for the one who saved the view, and for administrators if it is shared.
func (s *Service) Change(ctx context.Context, cmd Change) error {
	name, query, err := check(cmd.Name, cmd.Query)
	if err != nil {
		return err
	}
	return s.on(ctx, cmd.View, func(ctx context.Context, tx pgx.Tx, v db.MusterSavedView, at time.Time) error {
		if cmd.Version != v.RowVersion {
			return problem.New(problem.Conflict, "changed_meanwhile", "Somebody else changed this view meanwhile. Open it again.")
		}
		err := db.New(tx).Update(ctx, db.UpdateParams{ID: v.ID, Name: name, Query: query, Shared: cmd.Shared, At: at})
		if err != nil {
			return fmt.Errorf("change the view: %w", err)
		}
		return audit.Write(ctx, tx, at, audit.Entry{
			Action: "view.changed", TargetType: "view", TargetID: v.ID, Before: told(v.Name, v.Query, v.Shared), After: told(name, query, cmd.Shared),
		})
	})
}

// Delete is the view that is not needed any more.
type Delete struct{ View id.ID }

// Delete forgets a view; the incidents in it stay.
func (s *Service) Delete(ctx context.Context, cmd Delete) error {
	return s.on(ctx, cmd.View, func(ctx context.Context, tx pgx.Tx, v db.MusterSavedView, at time.Time) error {
		if err := db.New(tx).Delete(ctx, v.ID); err != nil {
			return fmt.Errorf("delete the view: %w", err)
		}
		return audit.Write(ctx, tx, at, audit.Entry{
			Action: "view.deleted", TargetType: "view", TargetID: v.ID, Before: told(v.Name, v.Query, v.Shared),
		})
	})
}

// on locks a view that the actor may change. What is another's own does not exist for them.
func (s *Service) on(ctx context.Context, view id.ID, fn func(ctx context.Context, tx pgx.Tx, v db.MusterSavedView, at time.Time) error) error {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		v, err := db.New(tx).Lock(ctx, db.LockParams{ID: view, OwnerID: scope.Actor.ID})
		if postgres.None(err) {
			return problem.Missing("view")
		}
		if err != nil {
			return fmt.Errorf("read the view: %w", err)
		}
		if v.OwnerID != scope.Actor.ID && !scope.Permissions.Has(authz.UpdateOrganisation) {
			return problem.New(problem.Forbidden, "not_yours", "This view was shared by somebody else. Save one of your own, or ask an administrator.")
		}
		return fn(ctx, tx, v, s.clock.Now())
	})
}
