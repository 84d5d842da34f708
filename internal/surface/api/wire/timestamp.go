package wire

import "github.com/musterhq/muster/internal/domain/incident"

// TimestampV2 is a moment that incidents can have.
type TimestampV2 struct {
	ID   string `json:"id" doc:"Names the timestamp." example:"01FCNDV6P870EA6S7TK1DSYD5H"`
	Name string `json:"name" doc:"What people call it." example:"Impact started"`
	Rank int64  `json:"rank" doc:"Its place among all timestamps." example:"6"`
}

// Timestamp is the wire form of a timestamp.
func Timestamp(t incident.Timestamp) TimestampV2 {
	return TimestampV2{ID: t.ID.String(), Name: t.Name, Rank: int64(t.Rank)}
}
