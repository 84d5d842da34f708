package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/musterhq/muster/internal/kernel/clock"
)

// driver is River's driver, except for where it listens and whether its inserts notify.
type driver struct {
	*riverpgxv5.Driver
	listen *riverpgxv5.Driver
	silent bool
}

// silentDriver inserts without a NOTIFY inside the transaction.
func silentDriver(pool *pgxpool.Pool) *driver {
	return &driver{Driver: riverpgxv5.New(pool), listen: riverpgxv5.New(pool), silent: true}
}

// listeningDriver listens through a pool of its own, which goes around a connection pooler.
func listeningDriver(pool, listen *pgxpool.Pool) *driver {
	return &driver{Driver: riverpgxv5.New(pool), listen: riverpgxv5.New(listen)}
}

// GetListener returns River's listener on the direct pool.
func (d *driver) GetListener(params *riverdriver.GetListenenerParams) riverdriver.Listener {
	return d.listen.GetListener(params)
}

// SupportsListenNotify answers no where inserts must not notify.
func (d *driver) SupportsListenNotify() bool { return !d.silent && d.Driver.SupportsListenNotify() }

// moved gives River the time of a clock that tests move.
type moved struct{ clock clock.Clock }

// Now returns the clock's time.
func (m moved) Now() time.Time { return m.clock.Now() }

// NowOrNil returns the clock's time for the database to use instead of its own.
func (m moved) NowOrNil() *time.Time {
	now := m.clock.Now()
	return &now
}

// riverTime is nil for the machine's clock: then the database's time decides what is due, the same for all workers.
func riverTime(c clock.Clock) rivertype.TimeGenerator {
	if _, real := c.(clock.System); real {
		return nil
	}
	return moved{c}
}

// nowOrNil is riverTime for our own statements, which use the database's time where it is nil.
func nowOrNil(c clock.Clock) *time.Time {
	if t := riverTime(c); t != nil {
		return t.NowOrNil()
	}
	return nil
}

// riverLog passes on River's warnings and errors; what it does minute by minute is not worth a line.
func riverLog() *slog.Logger { return slog.New(fromWarn{slog.Default().Handler()}) }

type fromWarn struct{ slog.Handler }

// Enabled reports whether the level is worth a line.
func (h fromWarn) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// WithAttrs keeps the threshold.
func (h fromWarn) WithAttrs(attrs []slog.Attr) slog.Handler {
	return fromWarn{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the threshold.
func (h fromWarn) WithGroup(name string) slog.Handler { return fromWarn{h.Handler.WithGroup(name)} }
