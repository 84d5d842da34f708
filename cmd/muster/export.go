package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/domain/export"
	"github.com/musterhq/muster/internal/platform/telemetry"
)

// exports takes everything that an organisation has into a folder. Standard output gets one line at the end, how far it is
// goes to standard error.
func exports(ctx context.Context, p *program, args []string) error {
	var organisation, formats string
	var order export.Take
	rest, err := p.flags("export", args, func(set *flag.FlagSet) {
		set.StringVar(&organisation, "organisation", "", "`name` of the organisation, or the word that its links contain")
		set.StringVar(&order.Folder, "to", "", "`folder` to write to; an export there that was cut off goes on")
		set.StringVar(&formats, "format", "jsonl,parquet", "`formats` with commas between: jsonl, parquet")
		set.BoolVar(&order.Files, "files", false, "copy what people uploaded too; without it, files are listed with their hashes")
	})
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return usageError{fmt.Sprintf("export takes no argument %q", rest[0])}
	case organisation == "":
		return usageError{"which organisation? add --organisation NAME"}
	case order.Folder == "":
		return usageError{"to where? add --to FOLDER"}
	}
	for word := range strings.SplitSeq(formats, ",") {
		order.Formats = append(order.Formats, export.Format(strings.TrimSpace(word)))
	}
	if p.product.export == nil {
		return errNotBuilt
	}
	cfg, err := p.settings("export")
	if err != nil {
		return err
	}
	readable, _ := telemetry.Terminal(p.stderr)
	meter := &meter{out: p.stderr, line: readable}
	order.Progress = meter.show
	return withDatabase(ctx, cfg, func(ctx context.Context) error {
		if err := prepare(cfg); err != nil {
			return err
		}
		made, err := p.product.export(ctx, cfg, organisation, order)
		meter.end()
		if err != nil {
			return err
		}
		var rows int64
		for _, t := range made.Tables {
			rows += t.Rows
		}
		_, err = fmt.Fprintf(p.stdout, "%s: %d tables, %d rows and %d files as of %s\n", order.Folder, len(made.Tables), rows, made.Files, made.Moment.Format(time.RFC3339))
		return err
	})
}

// meter shows how far an export is: on a terminal in one line that changes, elsewhere in a line now and then.
type meter struct {
	out   io.Writer
	line  bool
	last  time.Time
	shown bool
}

func (m *meter) show(p export.Progress) {
	every := 10 * time.Second
	if m.line {
		every = 200 * time.Millisecond
	}
	if now := time.Now(); now.Sub(m.last) >= every {
		m.last = now
		text := fmt.Sprintf("%d of %d rows, %s", p.Rows, p.RowsTotal, p.Doing)
		if p.FilesTotal > 0 && p.Rows >= p.RowsTotal {
			text = fmt.Sprintf("%d of %d files", p.Files, p.FilesTotal)
		}
		if m.line {
			fmt.Fprintf(m.out, "\r\033[K%s", text)
			m.shown = true
			return
		}
		fmt.Fprintln(m.out, text)
	}
}

func (m *meter) end() {
	if m.shown {
		fmt.Fprint(m.out, "\r\033[K")
	}
}

// exporter is the application's part of the command.
type exporter func(ctx context.Context, cfg *config.Config, organisation string, order export.Take) (export.Manifest, error)
