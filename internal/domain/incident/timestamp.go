package incident

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// SetTimestamps says when things happened, or that it is not known after all.
type SetTimestamps struct {
	Incident id.ID
	// At has the moment by timestamp; nil clears it. Timestamps that are not in it stay as they are.
	At map[id.ID]*time.Time
}

// SetTimestamps sets and clears moments by hand; what would come before something that it comes after is refused.
func (s *Service) SetTimestamps(ctx context.Context, cmd SetTimestamps) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		shifts, err := setTimestamps(ctx, t.q, t.inc, cmd.At, t.at)
		if err != nil || len(shifts) == 0 {
			return err
		}
		out.Changed = true
		if err := t.q.TouchIncident(ctx, db.TouchIncidentParams{At: t.at, ID: t.inc.ID}); err != nil {
			return fmt.Errorf("note the change: %w", err)
		}
		return s.tellTimestamps(ctx, t, shifts)
	})
	return out, err
}

// timestampShift is a moment that is another than before; nil is for none.
type timestampShift struct {
	timestamp Timestamp
	from, to  *time.Time
}

// setTimestamps checks moments against those that the incident has and writes them, for a verb that holds the incident.
func setTimestamps(ctx context.Context, q *db.Queries, inc Held, at map[id.ID]*time.Time, now time.Time) ([]timestampShift, error) {
	if len(at) == 0 {
		return nil, nil
	}
	rows, err := q.Timestamps(ctx, true)
	if err != nil {
		return nil, fmt.Errorf("read the timestamps: %w", err)
	}
	values, err := q.TimestampValues(ctx, inc.ID)
	if err != nil {
		return nil, fmt.Errorf("read when things happened: %w", err)
	}
	known := map[id.ID]time.Time{}
	for _, v := range values {
		known[v.ID] = v.Value
	}
	shifts, err := decideTimestamps(timestampsOf(rows), known, at, now)
	if err != nil {
		return nil, err
	}
	for _, shift := range shifts {
		if shift.to == nil {
			err = q.DropTimestampValue(ctx, db.DropTimestampValueParams{IncidentID: inc.ID, TimestampID: shift.timestamp.ID})
		} else {
			err = q.PutTimestampValue(ctx, db.PutTimestampValueParams{IncidentID: inc.ID, TimestampID: shift.timestamp.ID, Private: inc.Private, Value: *shift.to})
		}
		if err != nil {
			return nil, fmt.Errorf("write the timestamp %s: %w", shift.timestamp.Name, err)
		}
	}
	return shifts, nil
}

// tellTimestamps writes moments that changed into the audit log and publishes each.
func (s *Service) tellTimestamps(ctx context.Context, t turn, shifts []timestampShift) error {
	before, after := map[string]any{}, map[string]any{}
	for _, shift := range shifts {
		before[shift.timestamp.Name], after[shift.timestamp.Name] = shift.from, shift.to
	}
	err := audit.Write(ctx, t.tx, t.at, audit.Entry{
		Action: "incident.timestamps_set", TargetType: "incident", TargetID: t.inc.ID, Incident: t.inc.ID, Private: t.inc.Private, Before: before, After: after,
	})
	if err != nil {
		return err
	}
	for _, shift := range shifts {
		if err := s.bus.Publish(ctx, t.tx, TimestampSet{About: t.inc.About(), Timestamp: shift.timestamp.ID, From: shift.from, To: shift.to}); err != nil {
			return err
		}
	}
	return nil
}

// mayBeAhead is by how much a clock may be ahead of ours.
const mayBeAhead = time.Minute

// TimestampField names the field of a timestamp in problems and forms.
func TimestampField(timestamp id.ID) string { return "timestamp_" + string(timestamp) }

func decideTimestamps(all []Timestamp, known map[id.ID]time.Time, wanted map[id.ID]*time.Time, now time.Time) ([]timestampShift, error) {
	for given := range wanted {
		if !slices.ContainsFunc(all, func(t Timestamp) bool { return t.ID == given }) {
			return nil, unknown(TimestampField(given), "timestamp")
		}
	}
	then := map[id.ID]time.Time{}
	for one, at := range known {
		then[one] = at
	}
	var shifts []timestampShift
	var problems problem.List
	for _, t := range all {
		at, given := wanted[t.ID]
		if !given {
			continue
		}
		was, had := known[t.ID]
		switch {
		case at == nil && !had, at != nil && had && at.Equal(was):
			continue
		case at == nil:
			delete(then, t.ID)
		case at.After(now.Add(mayBeAhead)):
			problems = append(problems, problem.Field(TimestampField(t.ID), "in_the_future", "%s is still to come at that time. Give the moment when it happened.", t.Name))
		case t.Archived:
			problems = append(problems, problem.Field(TimestampField(t.ID), "archived", "%s is archived and can only be cleared.", t.Name))
		default:
			then[t.ID] = *at
		}
		shift := timestampShift{timestamp: t, to: at}
		if had {
			shift.from = &was
		}
		shifts = append(shifts, shift)
	}
	for _, wrong := range misplaced(all, then) {
		_, later := wanted[wrong.later.ID]
		_, earlier := wanted[wrong.earlier.ID]
		if later || earlier {
			field := wrong.later.ID
			if !later {
				field = wrong.earlier.ID
			}
			problems = append(problems, problem.Field(TimestampField(field), "out_of_order", "%s", wrong))
		}
	}
	return shifts, problems.Err()
}

// misplacing is a moment that lies before one that it comes after.
type misplacing struct{ later, earlier Timestamp }

func (m misplacing) String() string {
	return m.later.Name + " cannot be before " + m.earlier.Name + "."
}

// misplaced finds the moments that are out of order. Moments are compared by the minute, which is how people give them;
// where the timestamp before has none, the one before that counts.
func misplaced(all []Timestamp, values map[id.ID]time.Time) []misplacing {
	byID := map[id.ID]Timestamp{}
	for _, t := range all {
		byID[t.ID] = t
	}
	var found []misplacing
	for _, t := range all {
		at, has := values[t.ID]
		if !has {
			continue
		}
		before, steps := t.After, 0
		for !before.Empty() && steps < len(all) {
			earlier, has := values[before]
			if has {
				if at.Truncate(time.Minute).Before(earlier.Truncate(time.Minute)) {
					found = append(found, misplacing{later: t, earlier: byID[before]})
				}
				break
			}
			before = byID[before].After
			steps++
		}
	}
	return found
}
