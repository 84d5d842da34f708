package wire

import (
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
)

// StatusV1 is a status that incidents can have.
type StatusV1 struct {
	ID          string    `json:"id" doc:"Names the status." example:"01FCNDV6P870EA6S7TK1DSYD5H"`
	Name        string    `json:"name" doc:"What people call it." example:"Fixing"`
	Description string    `json:"description" doc:"What goes on in it." example:"The cause is known, and is being mended."`
	Category    string    `json:"category" doc:"What sort of status it is." enum:"triage,declined,merged,canceled,live,learning,closed,paused" example:"live"`
	Rank        int64     `json:"rank" doc:"Its place among all statuses." example:"4"`
	CreatedAt   time.Time `json:"created_at" doc:"When it was made."`
	UpdatedAt   time.Time `json:"updated_at" doc:"When it was last changed."`
}

// Status is the wire form of a status.
func Status(s incident.Status) StatusV1 {
	return StatusV1{
		ID: s.ID.String(), Name: s.Name, Description: s.Description, Category: string(s.Category), Rank: int64(s.Rank), CreatedAt: Time(s.CreatedAt), UpdatedAt: Time(s.UpdatedAt),
	}
}
