package incident

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Merge lets an incident live on in another that is about the same problem.
type Merge struct{ Incident, Into id.ID }

// Merge ends the incident and brings its people to the other one. What was pinned, attached and subscribed follows by
// the Merged event; reopening brings the incident back, and takes nothing away from the other.
func (s *Service) Merge(ctx context.Context, cmd Merge) (Outcome, error) {
	scope, err := tenant.Require(ctx, authz.EditIncidents)
	if err != nil {
		return Outcome{}, err
	}
	if cmd.Into.Empty() {
		return Outcome{}, problem.Field("into", "is_required", "Choose the incident that this one belongs to.")
	}
	if cmd.Into == cmd.Incident {
		return Outcome{}, problem.Field("into", "itself", "An incident cannot be merged into itself. Choose another one.")
	}
	var out Outcome
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		out = Outcome{}
		from, into, err := lockBoth(ctx, tx, cmd.Incident, cmd.Into)
		if err != nil {
			return err
		}
		t := turn{scope: scope, tx: tx, q: db.New(tx), inc: from, at: s.clock.Now()}
		if from.Category == CategoryMerged {
			return s.mergedBefore(ctx, t, into)
		}
		if err := decideMerge(from, into); err != nil {
			return err
		}
		out.Changed = true
		return s.merge(ctx, t, into)
	})
	return out, err
}

// lockBoth locks two incidents in the order of their ids, so that two merges that cross do not wait for each other.
func lockBoth(ctx context.Context, tx pgx.Tx, a, b id.ID) (first, second Held, err error) {
	if b < a {
		second, first, err = lockBoth(ctx, tx, b, a)
		return first, second, err
	}
	if first, err = Lock(ctx, tx, a); err != nil {
		return first, second, err
	}
	second, err = Lock(ctx, tx, b)
	return first, second, err
}

// mergedBefore lets a repeated merge be, and refuses to merge what lives on elsewhere.
func (s *Service) mergedBefore(ctx context.Context, t turn, into Held) error {
	row, err := t.q.Aside(ctx, t.inc.ID)
	if err != nil {
		return fmt.Errorf("read where the incident lives on: %w", err)
	}
	if row.IntoID == into.ID {
		return nil
	}
	return problem.New(problem.Conflict, "merged_already", "The incident was merged already. Reopen it to merge it into another.")
}

func decideMerge(from, into Held) error {
	switch {
	case from.Category.over():
		return alreadyOver(from)
	case into.Category.over():
		return problem.Field("into", "over", "%s is over: it is %s. Choose one that goes on, or reopen it.", called(into), strings.ToLower(into.Category.Label()))
	case from.Mode != into.Mode && (apart(from.Mode) || apart(into.Mode)):
		return problem.Field("into", "other_mode", "A test and a real incident cannot be merged.")
	case from.Private && !into.Private:
		return problem.Field("into", "not_private", "This incident is private and %s is not: merging would show everyone what only a few may see. Make %s private first, or merge it into this one.", called(into), called(into))
	}
	return nil
}

// apart reports whether incidents of the mode keep to themselves.
func apart(m Mode) bool { return m == Test || m == Tutorial }

func (s *Service) merge(ctx context.Context, t turn, into Held) error {
	if err := bring(ctx, t, into); err != nil {
		return err
	}
	to, err := firstStatus(ctx, t.q, CategoryMerged)
	if err != nil {
		return err
	}
	if err := s.applyStatus(ctx, t, moved(t.inc, to), because{into: &into}); err != nil {
		return err
	}
	err = audit.Write(ctx, t.tx, t.at, audit.Entry{
		Action: "incident.merged_in", TargetType: "incident", TargetID: into.ID, Incident: into.ID, Private: into.Private,
		After: map[string]any{"from": t.inc.ID},
	})
	if err != nil {
		return err
	}
	return s.bus.Publish(ctx, t.tx, MergedIn{About: into.About(), From: t.inc.ID, Told: titled(t.inc)})
}

// bring lets those who take part in the one incident take part in the other. Nobody is let into a private one by
// having been in one that everyone sees; from one private incident to another its people come along.
func bring(ctx context.Context, t turn, into Held) error {
	if into.Private && !t.inc.Private {
		return nil
	}
	if into.Private {
		if err := t.q.BringAccess(ctx, db.BringAccessParams{IntoID: into.ID, FromID: t.inc.ID, At: t.at}); err != nil {
			return fmt.Errorf("let the people of %s into %s: %w", t.inc.ID, into.ID, err)
		}
	}
	err := t.q.BringParticipants(ctx, db.BringParticipantsParams{IntoID: into.ID, FromID: t.inc.ID, Private: into.Private, At: t.at})
	if err != nil {
		return fmt.Errorf("bring the people of %s to %s: %w", t.inc.ID, into.ID, err)
	}
	return nil
}

// titled is what the log of one incident may call another: nothing, if that is private and its readers may not all see it.
func titled(other Held) string {
	if other.Private {
		return ""
	}
	return strings.TrimSpace(Reference(other.Number) + " " + other.Name)
}

func called(inc Held) string {
	if inc.Number == 0 {
		return inc.Name
	}
	return Reference(inc.Number)
}
