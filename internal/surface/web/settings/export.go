package settings

import (
	"fmt"
	"io"
	"net/http"

	"github.com/musterhq/muster/internal/domain/export"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

const exportPath = "/settings/export"

// exportsView is the page of exports.
type exportsView struct {
	Form *page.Form
	// Busy tells that one is being made.
	Busy    bool
	Exports []exportView
}

// exportView is one export.
type exportView struct {
	Path, By, What, State, Trouble, Sum string
	At                                  ui.Moment
	OnItsWay, Ready                     bool
	// Done of Total is how far it is.
	Done, Total, Progress string
}

func (p *Pages) exportRoutes(on func(pattern string, handle page.Handler)) {
	on("GET "+exportPath, p.exports)
	on("POST "+exportPath, p.requestExport)
	on("DELETE "+exportPath+"/{export}", p.stopExport)
	on("GET "+exportPath+"/{export}/archive", p.exportArchive)
}

func (p *Pages) exports(w http.ResponseWriter, r *http.Request) error {
	return p.showExports(w, r, http.StatusOK, page.NewForm(map[string]string{"jsonl": "on", "parquet": "on"}))
}

func (p *Pages) showExports(w http.ResponseWriter, r *http.Request, status int, form *page.Form) error {
	all, err := p.Exports.List(r.Context())
	if err != nil {
		return err
	}
	viewer, _ := page.ViewerOf(r.Context())
	v := exportsView{Form: form}
	for _, e := range all {
		v.Busy = v.Busy || e.OnItsWay()
		v.Exports = append(v.Exports, exportOf(e, ui.Moment{At: e.RequestedAt, Now: p.Clock.Now(), Zone: viewer.Zone}))
	}
	if r.Header.Get("HX-Region") == "true" {
		return page.Part(w, r, http.StatusOK, exportList(v))
	}
	return p.show(w, r, status, "export", "Export", exportPage(v))
}

func exportOf(e export.Export, at ui.Moment) exportView {
	v := exportView{Path: exportPath + "/" + string(e.ID), By: e.By.Name, At: at, Trouble: e.Trouble, OnItsWay: e.OnItsWay(), Ready: e.State == export.Ready, Sum: e.SHA256}
	for n, f := range e.Formats {
		if n > 0 {
			v.What += " and "
		}
		v.What += map[export.Format]string{export.JSONLines: "JSON lines", export.Parquet: "Parquet"}[f]
	}
	if e.Files {
		v.What += ", with files"
	}
	switch e.State {
	case export.Waiting:
		v.State = "Waits for its turn"
	case export.Running:
		v.State = "Is being made"
		if p := e.Progress; p.RowsTotal > 0 {
			v.Done, v.Total = fmt.Sprint(p.Rows), fmt.Sprint(p.RowsTotal)
			v.Progress = fmt.Sprintf("%d of %d rows", p.Rows, p.RowsTotal)
			if p.Rows >= p.RowsTotal {
				v.Progress += ", " + p.Doing
			}
		}
	case export.Ready:
		v.State = byteWords(e.Bytes) + ", as of " + ui.Moment{At: *e.Moment, Now: at.Now, Zone: at.Zone}.Exact() + ". Deleted on " + e.ExpiresAt.In(at.Zone).Format("2 January") + "."
	case export.Failed:
		v.State = "Failed"
	case export.Canceled:
		v.State = "Stopped"
	case export.Withdrawn:
		v.State = "Withdrawn"
	default:
		v.State = "Deleted"
	}
	return v
}

func byteWords(bytes int64) string {
	switch {
	case bytes < 1_000_000:
		return fmt.Sprintf("%d kB", (bytes+999)/1000)
	case bytes < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	default:
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	}
}

func (p *Pages) requestExport(w http.ResponseWriter, r *http.Request) error {
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		wanted := export.Request{Files: form.Value("files") != ""}
		for _, f := range export.Formats() {
			if form.Value(string(f)) != "" {
				wanted.Formats = append(wanted.Formats, f)
			}
		}
		_, err := p.Exports.Request(r.Context(), wanted)
		return exportPath, "Your export is being made", err
	}, func(status int, form *page.Form, _ error) error { return p.showExports(w, r, status, form) })
}

func (p *Pages) stopExport(w http.ResponseWriter, r *http.Request) error {
	if err := p.Exports.Stop(r.Context(), id.ID(r.PathValue("export"))); err != nil {
		return err
	}
	return page.Done(w, r, exportPath, "Done")
}

// exportArchive sends an archive, however long that takes; a download that was cut off can go on.
func (p *Pages) exportArchive(w http.ResponseWriter, r *http.Request) error {
	found, err := p.Exports.Download(r.Context(), id.ID(r.PathValue("export")))
	if err != nil {
		return err
	}
	defer found.Content.Close()
	httpx.Live(w, r)
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="`+found.Name+`"`)
	h.Set("Cache-Control", "no-store")
	if seeker, can := found.Content.(io.ReadSeeker); can {
		http.ServeContent(w, r, "", found.At, seeker)
		return nil
	}
	if _, err := io.Copy(w, found.Content); err != nil {
		panic(http.ErrAbortHandler) // nobody may take a part of it for whole
	}
	return nil
}
