package incidents

import (
	"context"
	"log/slog"
	"strings"

	"github.com/musterhq/muster/internal/domain/nudge"
	"github.com/musterhq/muster/internal/kernel/id"
)

// causes names the nudge whose cause a form deals with.
var causes = map[string]nudge.Kind{
	"lead": nudge.NoLead, "severity": nudge.NoSeverity, "summary": nudge.NoSummary, "close": nudge.CanBeClosed, "update": nudge.LeadIsDeep,
}

// dealing keeps the nudge away whose cause somebody has opened the form for.
func (p *Pages) dealing(ctx context.Context, in id.ID, what string) {
	kind, _, _ := strings.Cut(what, "-")
	cause, found := causes[kind]
	if !found {
		return
	}
	if err := p.Nudges.Hold(ctx, nudge.Hold{Incident: in, Nudge: cause, For: nudge.Dealing}); err != nil {
		slog.WarnContext(ctx, "a nudge could not be kept away", "nudge", cause, "error", err)
	}
}
