package followup

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/followup/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Priority is how soon a follow-up matters: one of a list that the organisation keeps.
type Priority struct {
	ID                id.ID
	Name, Description string
	// Rank is its place: the lowest is the most urgent.
	Rank, Version int32
}

// CreatePriority adds a priority that is less urgent than all others; OrderPriorities moves it.
type CreatePriority struct{ Name, Description string }

// EditPriority changes a priority's texts. Version is the one that the editor saw, 0 is not checked.
type EditPriority struct {
	ID                id.ID
	Name, Description string
	Version           int32
}

// OrderPriorities ranks all priorities, the most urgent first.
type OrderPriorities struct{ IDs []id.ID }

// ArchivePriority takes a priority out of use. Follow-ups that are open get Replacement; the others keep it.
type ArchivePriority struct{ ID, Replacement id.ID }

var priorities = setting.List[db.MusterFollowUpPriority]{
	Noun: "follow_up_priority", One: "priority", Table: "muster.follow_up_priority", Permits: authz.UpdateOrganisation,
	Lock: func(ctx context.Context, tx pgx.Tx) ([]db.MusterFollowUpPriority, error) {
		return db.New(tx).LockPriorities(ctx)
	},
	Entry: func(r db.MusterFollowUpPriority) setting.Entry {
		return setting.Entry{ID: r.ID, Words: setting.Words{Name: r.Name, Description: r.Description}, Rank: r.Rank, Version: r.RowVersion, CreatedAt: r.CreatedAt}
	},
}

var firstPriorities = []string{"High", "Medium", "Low"}

// Found gives a new organisation, in the transaction that founds it, its first priorities.
func Found(ctx context.Context, tx pgx.Tx, at time.Time) error {
	for rank, name := range firstPriorities {
		if err := priorities.Table.Insert(ctx, tx, id.New(at), name, "", int32(rank), at); err != nil {
			return fmt.Errorf("found the priority %s: %w", name, err)
		}
	}
	return nil
}

// Priorities lists the priorities in use, the most urgent first.
func (s *Service) Priorities(ctx context.Context) ([]Priority, error) {
	var all []Priority
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		rows, err := q.Priorities(ctx)
		if err != nil {
			return fmt.Errorf("read the priorities: %w", err)
		}
		for _, row := range rows {
			all = append(all, priorityOf(priorities.Entry(row)))
		}
		return nil
	})
	return all, err
}

func priorityOf(e setting.Entry) Priority {
	return Priority{ID: e.ID, Name: e.Name, Description: e.Description, Rank: e.Rank, Version: e.Version}
}

// PriorityNames are the names of all priorities by their ids, with those that were archived.
func (s *Service) PriorityNames(ctx context.Context) (map[id.ID]string, error) {
	names := map[id.ID]string{}
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		rows, err := q.PriorityNames(ctx)
		if err != nil {
			return fmt.Errorf("read the names of the priorities: %w", err)
		}
		for _, row := range rows {
			names[row.ID] = row.Name
		}
		return nil
	})
	return names, err
}

// PriorityUses says how many follow-ups have a priority.
func (s *Service) PriorityUses(ctx context.Context, priority id.ID) (setting.Uses, error) {
	var uses setting.Uses
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) (err error) {
		if _, err = findPriority(ctx, q, priority); err == nil {
			uses, err = usesOf(ctx, q, priority)
		}
		return err
	})
	return uses, err
}

func usesOf(ctx context.Context, q *db.Queries, priority id.ID) (setting.Uses, error) {
	row, err := q.PriorityUses(ctx, priority)
	if err != nil {
		return setting.Uses{}, fmt.Errorf("count what has the priority: %w", err)
	}
	return setting.Uses{Of: "follow-up", Open: row.Open, All: row.AllOfThem}, nil
}

// CreatePriority adds a priority and returns it.
func (s *Service) CreatePriority(ctx context.Context, cmd CreatePriority) (Priority, error) {
	made, err := priorities.Create(ctx, s.settings, setting.Words(cmd), nil)
	return priorityOf(made), err
}

// EditPriority changes the texts of a priority.
func (s *Service) EditPriority(ctx context.Context, cmd EditPriority) (incident.Outcome, error) {
	words := setting.Words{Name: cmd.Name, Description: cmd.Description}
	changed, err := priorities.Edit(ctx, s.settings, setting.Edit{ID: cmd.ID, Words: words, Version: cmd.Version}, setting.Always)
	return incident.Outcome{Changed: changed}, err
}

// OrderPriorities gives every priority its rank.
func (s *Service) OrderPriorities(ctx context.Context, cmd OrderPriorities) (incident.Outcome, error) {
	changed, err := priorities.Order(ctx, s.settings, cmd.IDs)
	return incident.Outcome{Changed: changed}, err
}

// ArchivePriority takes a priority out of use, unless it is the last one, or it is used and nothing takes its place.
func (s *Service) ArchivePriority(ctx context.Context, cmd ArchivePriority) (incident.Outcome, error) {
	changed, err := priorities.Archive(ctx, s.settings, setting.Archive(cmd), setting.Retirement[db.MusterFollowUpPriority]{
		Keep: priorities.NotTheLast,
		Uses: func(ctx context.Context, t setting.Turn) (setting.Uses, error) {
			return usesOf(ctx, db.New(t.Tx), cmd.ID)
		},
		Move: func(ctx context.Context, t setting.Turn) error {
			open, err := db.New(t.Tx).OpenWithPriority(ctx, cmd.ID)
			if err != nil {
				return fmt.Errorf("find what has the priority: %w", err)
			}
			for _, one := range open {
				if err := s.reprioritise(ctx, one, cmd.Replacement); err != nil {
					return err
				}
			}
			return nil
		},
	})
	return incident.Outcome{Changed: changed}, err
}

func (s *Service) reprioritise(ctx context.Context, followUp, to id.ID) error {
	_, err := s.change(ctx, authz.UpdateFollowUps, followUp, func(_ context.Context, _ pgx.Tx, _ incident.Held, row *db.MusterFollowUp, what What) (event.Event, error) {
		row.PriorityID = to
		return Edited{what}, nil
	})
	return err
}

func findPriority(ctx context.Context, q *db.Queries, priority id.ID) (db.MusterFollowUpPriority, error) {
	row, err := q.PriorityByID(ctx, priority)
	if postgres.None(err) {
		return row, problem.Missing("priority").In("priority")
	}
	if err != nil {
		return row, fmt.Errorf("read the priority: %w", err)
	}
	return row, nil
}

// usable makes sure that a follow-up can be given a priority; none is fine, and so is what it has.
func usable(ctx context.Context, q *db.Queries, wanted, has id.ID) error {
	if wanted == has || wanted.Empty() {
		return nil
	}
	row, err := findPriority(ctx, q, wanted)
	if err != nil || row.ArchivedAt == nil {
		return err
	}
	return problem.Field("priority", "archived", "The priority %s is archived. Choose another.", row.Name)
}

// Named finds a priority by its id, or by its name however it is written.
func Named(all []Priority, text string) (Priority, bool) {
	at := slices.IndexFunc(all, func(p Priority) bool {
		return string(p.ID) == text || strings.EqualFold(p.Name, strings.TrimSpace(text))
	})
	if at < 0 {
		return Priority{}, false
	}
	return all[at], true
}
