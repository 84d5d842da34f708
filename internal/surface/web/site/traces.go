package site

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/platform/telemetry"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// traceView is one piece of work: from a request to the jobs that it led to.
type traceView struct {
	ID, Summary string
	Spans       []spanView
}

// spanView is one step of it and where it lies in the whole, in thousandths.
type spanView struct {
	Indent, Name, Process, Took, About string
	Begin, Width                       string
	Failed                             bool
	Error                              string
}

// traces lists the latest work of all processes.
func (s *Site) traces(w http.ResponseWriter, r *http.Request) error {
	recent, err := s.Traces.Recent(2) // pictures and scripts are of one step
	if err != nil {
		return err
	}
	views := make([]traceView, len(recent))
	for n, trace := range recent {
		views[n] = drawn(trace)
	}
	return page.Bare(w, r, http.StatusOK, "Traces", tracesPage(views))
}

// whole is the width of a drawing.
const whole = 1000

func drawn(trace telemetry.Trace) traceView {
	v := traceView{ID: trace.ID, Summary: fmt.Sprintf("%s %s, %s, %d steps", trace.Begun.UTC().Format("15:04:05"), trace.Name, rounded(trace.Took), len(trace.Spans))}
	if trace.Failed {
		v.Summary += ", failed"
	}
	share := func(d time.Duration) int64 { return whole * int64(d) / max(int64(trace.Took), 1) }
	for _, span := range trace.Spans {
		begin := min(share(span.Offset), whole-4)
		one := spanView{
			Indent: strings.Repeat("· ", span.Depth), Name: span.Name, Process: span.Process, Took: rounded(span.Took), Failed: span.Failed, Error: span.Error,
			Begin: fmt.Sprint(begin), Width: fmt.Sprint(max(min(share(span.Took), whole-begin), 4)),
		}
		var about []string
		for _, name := range slices.Sorted(maps.Keys(span.Attrs)) {
			about = append(about, name+"="+span.Attrs[name])
		}
		one.About = strings.Join(about, " ")
		v.Spans = append(v.Spans, one)
	}
	return v
}

func rounded(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }
