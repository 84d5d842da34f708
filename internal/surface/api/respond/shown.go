package respond

import (
	"context"

	"github.com/musterhq/muster/internal/kernel/id"
)

// Shown shows one record at a time to those who tell others of it; one that was deleted is shown as it was last.
type Shown struct{ family }

// NewShown returns what shows records as the operations do.
func NewShown(n Needs) Shown { return Shown{family{n}} }

// Action is an action in the first shape.
func (s Shown) Action(ctx context.Context, record id.ID) (any, error) {
	found, err := s.Actions.Ever(ctx, record)
	shown, err := s.action(ctx, found, err)
	return actionV1(shown.Action), err
}

// FollowUp is a follow-up.
func (s Shown) FollowUp(ctx context.Context, record id.ID) (any, error) {
	found, err := s.FollowUps.Ever(ctx, record)
	shown, err := s.followUp(ctx, found, err)
	return shown.FollowUp, err
}

// FollowUpV1 is a follow-up in the first shape, in which it is an action.
func (s Shown) FollowUpV1(ctx context.Context, record id.ID) (any, error) {
	found, err := s.FollowUps.Ever(ctx, record)
	shown, err := s.followUp(ctx, found, err)
	return followUpV1(shown.FollowUp), err
}
