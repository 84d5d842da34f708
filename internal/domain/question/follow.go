package question

import (
	"context"
	"fmt"

	"github.com/musterhq/muster/internal/domain/question/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Follow says that the actor wants to know the answer too, or no longer does.
type Follow struct {
	Question id.ID
	Stop     bool
}

// Follow counts the actor among those who want to know, so that nobody asks the same again.
func (s *Service) Follow(ctx context.Context, cmd Follow) (Question, error) {
	return s.on(ctx, authz.ViewIncidents, cmd.Question, func(ctx context.Context, t turn) (change, error) {
		if State(t.row.State) == Withdrawn {
			return change{}, problem.Missing("question")
		}
		if t.row.AskerID == t.scope.Actor.ID {
			return change{}, nil // who asked is told anyway
		}
		var changed int64
		var err error
		if cmd.Stop {
			changed, err = t.q.Unfollow(ctx, db.UnfollowParams{QuestionID: t.row.ID, UserID: t.scope.Actor.ID})
		} else {
			changed, err = t.q.Follow(ctx, db.FollowParams{QuestionID: t.row.ID, UserID: t.scope.Actor.ID, IncidentID: t.inc.ID, Private: t.inc.Private, At: t.at})
		}
		if err != nil {
			return change{}, fmt.Errorf("write who wants to know: %w", err)
		}
		if changed == 0 {
			return change{}, nil
		}
		return change{nil, map[string]any{"follows": !cmd.Stop}, Followed{About: t.about(), Stopped: cmd.Stop}}, nil
	})
}
