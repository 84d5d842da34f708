// Package nudge reminds people, by the clock, of what an incident lacks: one card at a time, seldom, and never while
// somebody is at it.
package nudge

import (
	"time"

	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Wanted is the one switch that silences every nudge of an organisation.
var Wanted = feature.Define("nudges", true, "Nudges: reminders of what an incident lacks, such as a lead", feature.DayOne)

// Apart is how long after one nudge an incident gets no other.
const Apart = 10 * time.Minute

// Service looks through incidents by the clock, and keeps how each organisation wants to be nudged.
type Service struct {
	db            *postgres.DB
	bus           *event.Bus
	clock         clock.Clock
	features      *feature.Service
	organisations *organisation.Service
}

// New returns the service.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, features *feature.Service, organisations *organisation.Service) *Service {
	return &Service{db: db, bus: bus, clock: clock, features: features, organisations: organisations}
}
