package site

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/platform/telemetry"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// traces lists the latest work of all processes, from the request to the jobs that it led to.
func (s *Site) traces(w http.ResponseWriter, r *http.Request) error {
	recent, err := s.Traces.Recent()
	if err != nil {
		return err
	}
	return page.Bare(w, r, http.StatusOK, "Traces", tracesPage(recent))
}

// drawn is a trace as a tree of lines.
func drawn(trace telemetry.Trace) string {
	var out strings.Builder
	for _, span := range trace.Spans {
		fmt.Fprintf(&out, "%s%s  %s  +%s  %s", strings.Repeat("  ", span.Depth), span.Name, span.Took, span.Offset, span.Process)
		for _, name := range slices.Sorted(maps.Keys(span.Attrs)) {
			fmt.Fprintf(&out, "  %s=%s", name, span.Attrs[name])
		}
		if span.Failed {
			out.WriteString("  FAILED " + span.Error)
		}
		out.WriteString("\n")
	}
	return out.String()
}

func summary(trace telemetry.Trace) string {
	words := fmt.Sprintf("%s · %s · %s", trace.Begun.UTC().Format("15:04:05"), trace.Name, trace.Took)
	if trace.Failed {
		words += " · failed"
	}
	return words
}
