package user

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/user/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// largestPage is the most users that List returns at once.
const largestPage = 250

// List says which users to list, by name.
type List struct {
	// Search is a part of a name or of an address.
	Search string
	// State is one state, or empty for all.
	State State
	// After is the last user of the page before.
	After id.ID
	// Count is the most users on a page; 0 means 50.
	Count int
}

// Page is a part of the list and how many users there are in each state, whatever was searched for.
type Page struct {
	Users  []User
	More   bool
	Totals map[State]int
}

// List lists users by name.
func (s *Service) List(ctx context.Context, cmd List) (Page, error) {
	if _, err := tenant.Require(ctx, authz.ViewUsers); err != nil {
		return Page{}, err
	}
	if cmd.Count <= 0 {
		cmd.Count = 50
	}
	count := min(cmd.Count, largestPage)
	page := Page{Totals: map[State]int{}}
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		params := db.SearchUsersParams{Search: strings.TrimSpace(cmd.Search), Count: int32(count + 1)} //nolint:gosec // at most largestPage
		if cmd.State != "" {
			state := string(cmd.State)
			params.State = &state
		}
		if !cmd.After.Empty() {
			last, err := q.User(ctx, cmd.After)
			if err != nil {
				return missing(err)
			}
			after := string(last.ID)
			params.AfterName, params.AfterID = &last.Name, &after
		}
		rows, err := q.SearchUsers(ctx, params)
		if err != nil {
			return fmt.Errorf("list users: %w", err)
		}
		for _, row := range rows {
			page.Users = append(page.Users, read(row))
		}
		totals, err := q.CountUsers(ctx)
		for _, row := range totals {
			page.Totals[State(row.State)] = int(row.Total)
		}
		return err
	})
	if len(page.Users) > count {
		page.Users, page.More = page.Users[:count], true
	}
	return page, err
}
