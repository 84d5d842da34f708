// Package wire has the types of the public API that several families share, and how they are made from the domains' own.
package wire

import (
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
)

// SeverityV1 is a severity.
type SeverityV1 struct {
	ID          string    `json:"id" doc:"Names the severity." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Name        string    `json:"name" doc:"What people call it." example:"Major"`
	Description string    `json:"description" doc:"When to choose it." example:"Customers cannot do something that matters."`
	Rank        int64     `json:"rank" doc:"The higher, the worse." example:"1"`
	CreatedAt   time.Time `json:"created_at" doc:"When it was made."`
	UpdatedAt   time.Time `json:"updated_at" doc:"When it was last changed."`
}

// Severity is the wire form of a severity.
func Severity(s incident.Severity) SeverityV1 {
	return SeverityV1{ID: s.ID.String(), Name: s.Name, Description: s.Description, Rank: int64(s.Rank), CreatedAt: Time(s.CreatedAt), UpdatedAt: Time(s.UpdatedAt)}
}

// Time is a moment as the API writes it: in UTC, to the millisecond.
func Time(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
