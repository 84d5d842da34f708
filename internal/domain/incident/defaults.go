package incident

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
)

var firstSeverities = []struct{ name, description string }{
	{"Minor", "Low impact, or one customer. Worth handling in the open, but nobody has to drop everything."},
	{"Major", "A key feature fails for many customers. Bring in whoever can help."},
	{"Critical", "The product is down, or data is at risk. Everything else waits."},
}

var firstStatuses = []struct {
	name     string
	category Category
	rank     int32
	about    string
}{
	{"Canceled", CategoryCanceled, -3, "Declared by mistake, or it went away before it mattered."},
	{"Merged", CategoryMerged, -2, "The same problem as another incident, which goes on."},
	{"Declined", CategoryDeclined, -1, "Looked at, and not an incident."},
	{"Triage", CategoryTriage, 0, "Somebody is finding out whether this is an incident."},
	{"Investigating", CategoryLive, 1, "We know that something is wrong and look for the cause."},
	{"Fixing", CategoryLive, 2, "We know the cause and are putting it right."},
	{"Monitoring", CategoryLive, 3, "The fix is in place. We watch whether it holds."},
	{"Documenting", CategoryLearning, 4, "It is over. We write down what happened."},
	{"Reviewing", CategoryLearning, 5, "We go through it together and decide what to change."},
	{"Closed", CategoryClosed, 6, "All is done. It can be reopened."},
	{"Paused", CategoryPaused, 7, "Set aside for now, and to be taken up again."},
}

var firstRoles = []struct{ name, shortform, kind, description, instructions string }{
	{
		"Incident Lead", "lead", RoleLead,
		"Runs the incident: knows what is being done, by whom, and what comes next.",
		"Say who does what, decide when opinions differ, and send an update when one is due. You need not fix anything yourself. Hand over when you are tired or when you are the one who fixes.",
	},
	{
		"Reporter", "reporter", RoleReporter,
		"Declared the incident, and knows what was seen first.",
		"Tell the others what you saw, and when. Nothing more is asked of you.",
	},
}

// firstTimestamps name, where there is one, the timestamp that each comes after.
var firstTimestamps = []struct{ name, setBy, after string }{
	{"Reported", "reported", ""},
	{"Accepted", "accepted", "Reported"},
	{"Declined", "declined", "Reported"},
	{"Merged", "merged", "Reported"},
	{"Canceled", "canceled", "Reported"},
	{"Resolved", "resolved", "Fixed"},
	{"Impact started", "", ""},
	{"Identified", "", "Impact started"},
	{"Fixed", "", "Identified"},
	{"Documented", "", "Resolved"},
	{"Reviewed", "", "Documented"},
	{"Closed", "closed", "Resolved"},
}

// Found gives a new organisation, in the transaction that founds it, what it needs to declare its first incident.
func Found(ctx context.Context, tx pgx.Tx, at time.Time) error {
	q := db.New(tx)
	for rank, one := range firstSeverities {
		err := q.InsertSeverity(ctx, db.InsertSeverityParams{ID: id.New(at), Name: one.name, Description: one.description, Rank: int32(rank), At: at})
		if err != nil {
			return fmt.Errorf("found the severity %s: %w", one.name, err)
		}
	}
	for _, one := range firstStatuses {
		err := q.InsertStatus(ctx, db.InsertStatusParams{
			ID: id.New(at), Name: one.name, Description: one.about, Category: string(one.category), Rank: one.rank, At: at,
		})
		if err != nil {
			return fmt.Errorf("found the status %s: %w", one.name, err)
		}
	}
	for rank, one := range firstRoles {
		err := q.InsertRole(ctx, db.InsertRoleParams{
			ID: id.New(at), Name: one.name, Description: one.description, Instructions: one.instructions,
			Shortform: one.shortform, RoleType: one.kind, Rank: int32(rank), At: at,
		})
		if err != nil {
			return fmt.Errorf("found the role %s: %w", one.name, err)
		}
	}
	stamps := map[string]id.ID{"": ""}
	for _, one := range firstTimestamps {
		stamps[one.name] = id.New(at)
	}
	for rank, one := range firstTimestamps {
		err := q.InsertTimestamp(ctx, db.InsertTimestampParams{
			ID: stamps[one.name], Name: one.name, Rank: int32(rank), SetBy: one.setBy, AfterID: stamps[one.after], At: at,
		})
		if err != nil {
			return fmt.Errorf("found the timestamp %s: %w", one.name, err)
		}
	}
	err := q.InsertType(ctx, db.InsertTypeParams{ID: id.New(at), Name: "Default", Description: "An incident like any other.", IsDefault: true, CreateInTriage: TriageOptional, At: at})
	if err != nil {
		return fmt.Errorf("found the default type: %w", err)
	}
	return nil
}
