// Package export takes everything that an organisation has here out of it: every table as JSON lines and as Parquet, of
// one moment, in a folder of the operator's or an archive that an owner downloads.
package export

import (
	"context"
	"log/slog"
	"time"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Format is a form in which tables are written.
type Format string

// The formats.
const (
	JSONLines Format = "jsonl"
	Parquet   Format = "parquet"
)

// Formats lists the formats.
func Formats() []Format { return []Format{JSONLines, Parquet} }

// Needs are what exports work with.
type Needs struct {
	DB    *postgres.DB
	Bus   *event.Bus
	Clock clock.Clock
	// Blobs keeps the archives, and holds the files of the organisation.
	Blobs blob.Store
	// Folder is where archives are put together.
	Folder string
	// Organisations lists all of the installation.
	Organisations func(ctx context.Context) ([]id.ID, error)
	// Moved tells pages that an export of the organisation has come further.
	Moved func(organisation id.ID)
	// Worker names this process, unlike any other.
	Worker string
}

// Service makes exports.
type Service struct {
	Needs
	wake chan struct{}
	// partRows is how many rows a part of a table has.
	partRows int64
}

// Kept is for how long an archive can be downloaded.
const Kept = 7 * 24 * time.Hour

// New returns the service.
func New(needs Needs) *Service {
	return &Service{Needs: needs, wake: make(chan struct{}, 1), partRows: 100_000}
}

// lookEvery is how often a worker looks for exports that nobody told it of.
const lookEvery = 15 * time.Second

// Run makes the exports that are asked for until the context ends, one after the other.
func (s *Service) Run(ctx context.Context) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		if err := s.TakeUp(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "exports could not be taken up", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		case <-s.wake:
		}
	}
}

func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // somebody has done so already
	}
}
