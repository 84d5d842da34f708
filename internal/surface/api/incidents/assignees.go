package incidents

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// PersonReference names a person by one of the ways in which they are known.
type PersonReference struct {
	ID          string `json:"id" doc:"Their id." example:"01FCQSP07Z74QMMYPDDGQB9FTG"`
	Email       string `json:"email" doc:"Their address." example:"ada@example.com"`
	SlackUserID string `json:"slack_user_id" doc:"Who they are in Slack." example:"U02AYNF2XJM"`
}

// who finds the person whom a reference names; nobody for an empty one.
func (f family) who(ctx context.Context, field string, ref *PersonReference) (id.ID, error) {
	ctx = tenant.Also(ctx, authz.ViewUsers)
	switch {
	case ref == nil:
		return "", nil
	case ref.ID != "":
		return id.ID(ref.ID), nil
	case ref.Email != "":
		email := strings.ToLower(strings.TrimSpace(ref.Email))
		found, err := f.Users.ByEmail(ctx, email)
		if err != nil {
			return "", err
		}
		if one, known := found[email]; known {
			return one.ID, nil
		}
		return "", problem.Field(field+".email", "unknown", "Nobody in the organisation has the address %s.", ref.Email)
	case ref.SlackUserID != "":
		found, err := f.Workspaces.UsersOf(ctx, ref.SlackUserID)
		if err != nil {
			return "", err
		}
		if len(found) == 1 {
			return found[0], nil
		}
		return "", problem.Field(field+".slack_user_id", "unknown", "Nobody in the organisation is %s in Slack.", ref.SlackUserID)
	default:
		return "", nil
	}
}
