package followup

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/followup/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
)

// Replace changes everything that can be said of a follow-up at once, except when it is due.
type Replace struct {
	FollowUp id.ID
	Words
	Status Status
}

// Replace edits and moves a follow-up in one step. One that is deleted by it is answered as it was last.
func (s *Service) Replace(ctx context.Context, cmd Replace) (FollowUp, error) {
	var after FollowUp
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		was, err := read(ctx, db.New(tx), cmd.FollowUp)
		if err != nil {
			return err
		}
		cmd.Due = was.Due
		edited, err := s.Edit(ctx, Edit{FollowUp: cmd.FollowUp, Words: cmd.Words})
		if err != nil {
			return err
		}
		after, err = s.Move(ctx, Move{FollowUp: cmd.FollowUp, To: cmd.Status})
		if err == nil && after.ID.Empty() {
			after, after.Status = edited, Gone
		}
		return err
	})
	return after, err
}
