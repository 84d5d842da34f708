package subscription

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/subscription/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Member is somebody who hears of an incident, and how.
type Member struct {
	User       id.ID
	Mail, Push bool
	Pace       Pace
	// Zone is where their morning is.
	Zone string
}

// Members lists who hears of an incident by subscription and may see it, for those who tell them.
func (s *Service) Members(ctx context.Context, tx pgx.Tx, in id.ID) ([]Member, error) {
	inc, err := incident.Find(ctx, tx, in)
	if err != nil || inc.Mode == incident.Tutorial {
		return nil, err
	}
	q := db.New(tx)
	rank, err := rankOf(ctx, q, inc)
	if err != nil {
		return nil, err
	}
	rows, err := q.Members(ctx, db.MembersParams{IncidentID: inc.ID, Broad: broad(inc), TypeID: inc.Type, Rank: rank, Private: inc.Private})
	if err != nil {
		return nil, fmt.Errorf("read who subscribed: %w", err)
	}
	var members []Member
	for _, row := range rows {
		if row.Mail || row.Push {
			members = append(members, Member{User: row.UserID, Mail: row.Mail, Push: row.Push, Pace: Pace(row.Pace), Zone: row.TimeZone})
		}
	}
	return members, nil
}

// Reach is how many people an update of an incident goes to.
type Reach struct {
	// Room counts those who take part, Subscribers those who subscribed and do not take part.
	Room, Subscribers int
}

// Reach counts whom an update reaches.
func (s *Service) Reach(ctx context.Context, in id.ID) (Reach, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return Reach{}, err
	}
	// Who else may see a private incident is not the actor's to read, but how many hear of it is; so it is first made
	// sure that they may see it, and then counted in Muster's own name.
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := incident.Find(ctx, tx, in)
		return err
	})
	if err != nil {
		return Reach{}, err
	}
	var reach Reach
	err = s.db.Read(tenant.AsSystem(ctx, scope.Organisation), func(ctx context.Context, tx pgx.Tx) error {
		people, err := db.New(tx).Participants(ctx, in)
		if err != nil {
			return fmt.Errorf("read who takes part: %w", err)
		}
		members, err := s.Members(ctx, tx, in)
		if err != nil {
			return err
		}
		inside := map[id.ID]bool{}
		for _, user := range people {
			inside[user] = true
		}
		reach.Room = len(inside)
		for _, m := range members {
			if !inside[m.User] {
				reach.Subscribers++
			}
		}
		return nil
	})
	return reach, err
}

// Audience counts the people whom an update of the incident reaches, in the room and outside of it.
func (s *Service) Audience(ctx context.Context, in id.ID) (int, error) {
	reach, err := s.Reach(ctx, in)
	return reach.Room + reach.Subscribers, err
}
