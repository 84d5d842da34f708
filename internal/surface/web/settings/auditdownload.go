package settings

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// download is a form in which the log is taken out.
type download struct {
	name, label, media, file string
	// begin returns what writes one entry, and what ends the file.
	begin func(w io.Writer) (write func(audit.Logged) error, end func() error)
}

var downloads = []download{
	{"csv", "CSV", "text/csv; charset=utf-8", ".csv", auditCSV},
	{"jsonl", "JSON lines", "application/x-ndjson", ".jsonl", auditLines},
}

func (p *Pages) downloadRoutes(on func(pattern string, handle page.Handler)) {
	for _, d := range downloads {
		on("GET "+auditPath+"/"+d.name, func(w http.ResponseWriter, r *http.Request) error { return p.downloadAudit(w, r, d) })
	}
}

// downloadAudit sends what the address filters, entry by entry. Once the first has been sent an error can only cut the
// answer off, so that nobody takes it for whole.
func (p *Pages) downloadAudit(w http.ResponseWriter, r *http.Request, d download) error {
	ctx := r.Context()
	found, err := p.Audit.Choices(ctx)
	if err != nil {
		return err
	}
	filter, err := p.auditQuery(ctx, r.URL.Query(), found.Actions)
	if err != nil {
		return err
	}
	viewer, _ := page.ViewerOf(ctx)
	name := "audit-log-" + viewer.OrganisationSlug + "-" + p.Clock.Now().In(viewer.Zone).Format(time.DateOnly) + d.file
	begun := false
	out := bufio.NewWriterSize(w, 64<<10)
	write, end := d.begin(out)
	begin := func() {
		begun = true
		httpx.Live(w, r)
		h := w.Header()
		h.Set("Content-Type", d.media)
		h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
		h.Set("Cache-Control", "no-store")
	}
	err = p.Audit.Download(ctx, audit.Download{Filter: filter, Format: d.name}, func(one audit.Logged) error {
		if !begun {
			begin()
		}
		return write(one)
	})
	if err != nil && !begun {
		return err
	}
	if !begun {
		begin()
	}
	if err == nil {
		err = end()
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// auditColumns are the columns of the CSV.
var auditColumns = []string{"id", "at", "actor_type", "actor_id", "actor", "did", "action", "target_type", "target_id", "incident_id", "before", "after", "address", "request"}

func auditCSV(w io.Writer) (func(audit.Logged) error, func() error) {
	table := csv.NewWriter(w)
	headed := false
	head := func() error {
		if headed {
			return nil
		}
		headed = true
		return table.Write(auditColumns)
	}
	write := func(one audit.Logged) error {
		if err := head(); err != nil {
			return err
		}
		did, _ := sentence(one.Action)
		cells := []string{
			string(one.ID), one.OccurredAt.UTC().Format(time.RFC3339Nano), string(one.Actor.Type), string(one.Actor.ID), one.Actor.Name, did, one.Action,
			one.TargetType, string(one.TargetID), string(one.Incident), string(one.Before), string(one.After), one.Address, one.Request,
		}
		for n := range cells {
			cells[n] = harmless(cells[n])
		}
		return table.Write(cells)
	}
	return write, func() error {
		if err := head(); err != nil {
			return err
		}
		table.Flush()
		return table.Error()
	}
}

// harmless marks text that a spreadsheet would run as a formula as text, by an apostrophe before it.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// auditLine is an entry in a file of JSON lines.
type auditLine struct {
	ID     string       `json:"id"`
	At     time.Time    `json:"at"`
	Actor  tenant.Actor `json:"actor"`
	Did    string       `json:"did"`
	Action string       `json:"action"`
	Target struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	} `json:"target"`
	Incident string          `json:"incident_id,omitempty"`
	Before   json.RawMessage `json:"before,omitempty"`
	After    json.RawMessage `json:"after,omitempty"`
	Address  string          `json:"address,omitempty"`
	Request  string          `json:"request,omitempty"`
}

func auditLines(w io.Writer) (func(audit.Logged) error, func() error) {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	write := func(one audit.Logged) error {
		did, _ := sentence(one.Action)
		line := auditLine{
			ID: string(one.ID), At: one.OccurredAt.UTC(), Actor: one.Actor, Did: did, Action: one.Action, Incident: string(one.Incident),
			Before: one.Before, After: one.After, Address: one.Address, Request: one.Request,
		}
		line.Target.Type, line.Target.ID = one.TargetType, string(one.TargetID)
		return lines.Encode(line)
	}
	return write, func() error { return nil }
}
