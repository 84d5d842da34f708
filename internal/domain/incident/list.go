package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Listed is an incident as lists show it.
type Listed struct {
	ID         id.ID
	Number     int64
	Reference  string
	Name       string
	Status     Status
	Severity   *Severity
	Mode       Mode
	Private    bool
	Quiet      bool
	DeclaredAt time.Time
	UpdatedAt  time.Time
	ClosedAt   *time.Time
	Lead       *Person
	// Summary and LastUpdate are one line each, cut to what a list has room for.
	Summary         string
	LastUpdate      string
	LastUpdateAt    *time.Time
	NextUpdateDueAt *time.Time
}

// Live reports whether the incident is being worked on now.
func (l Listed) Live() bool { return l.Status.Category == CategoryLive }

// Filter says which incidents are listed; what is empty does not matter.
type Filter struct {
	Categories  []Category
	Statuses    []id.ID
	Severities  []id.ID
	Types       []id.ID
	Participant id.ID
	Lead        id.ID
	// Text has words that the name or the summary must have; each may be the beginning of one.
	Text string
	// From is included and To is not.
	From, To time.Time
	// Fields narrow to incidents that have one of the options in each field.
	Fields map[id.ID][]id.ID
	// Modes are standard and retrospective when empty.
	Modes []Mode
}

// Cursor is the id of the last incident of a page; empty before the first page and after the last.
type Cursor = id.ID

// Page is a part of a list.
type Page struct {
	Incidents []Listed
	Next      Cursor
	// Total counts all pages; AtLeast marks a count that was not finished.
	Total   int64
	AtLeast bool
}

const (
	// mostListed is the largest page, mostCounted where counting stops, mostFound how many of the newest a text finds.
	mostListed  = 500
	mostCounted = 1000
	mostFound   = 500
	// longestSought is how many characters of a text are looked for.
	longestSought = 200
	// lineLength is how many characters of a summary or an update a list shows.
	lineLength = 240
)

// List returns a page of incidents, the last declared first.
func (s *Service) List(ctx context.Context, f Filter, after Cursor, limit int) (Page, error) {
	if !after.Empty() && !after.Valid() {
		return Page{}, problem.Field("after", "invalid", "This is no place to go on from. Begin with the first page.")
	}
	limit = min(max(limit, 1), mostListed)
	var page Page
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		w := f.where()
		err := sought(ctx, tx, w, f.Text)
		if err != nil {
			return err
		}
		switch {
		case f.plain():
			page.Total, err = keptTotal(ctx, q, f)
		case len(w.matches) > 0 && strings.TrimSpace(f.Text) == "":
			var found []string
			found, page.AtLeast, err = matched(ctx, tx, w)
			if page.Total = int64(len(found)); !page.AtLeast {
				w = f.among(found)
			}
		default:
			page.Total, page.AtLeast, err = counted(ctx, tx, w)
		}
		if err != nil {
			return err
		}
		if !after.Empty() {
			w.and(`(i.declared_at, i.id) < ((SELECT c.declared_at FROM muster.incident c
				WHERE c.organisation_id = (SELECT muster.current_organisation()) AND c.id = ?), ?)`, string(after), string(after))
		}
		page.Incidents, err = listed(ctx, tx, w, "i.declared_at DESC, i.id DESC", limit+1)
		if len(page.Incidents) > limit {
			page.Incidents = page.Incidents[:limit]
			page.Next = page.Incidents[limit-1].ID
		}
		return err
	})
	return page, err
}

// mostOngoing bounds what is shown as ongoing; more is no overview any longer.
const mostOngoing = 100

// Live lists what is live, in triage or paused, the worst first.
func (s *Service) Live(ctx context.Context) ([]Listed, error) {
	var live []Listed
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, _ *db.Queries) error {
		w := Filter{
			Categories: []Category{CategoryLive, CategoryTriage, CategoryPaused}, Modes: []Mode{Standard, Retrospective, Test},
		}.where()
		var err error
		live, err = listed(ctx, tx, w, "i.declared_at DESC, i.id DESC", mostOngoing)
		slices.SortStableFunc(live, func(a, b Listed) int { return urgency(b) - urgency(a) })
		return err
	})
	return live, err
}

// urgency orders what is ongoing: live before triage before paused, then by severity.
func urgency(l Listed) int {
	of := map[Category]int{CategoryLive: 3, CategoryTriage: 2, CategoryPaused: 1}[l.Status.Category] * 1_000_000
	if l.Severity != nil {
		of += int(l.Severity.Rank) + 1
	}
	return of
}

// Recent lists the incidents that were declared last, whatever became of them.
func (s *Service) Recent(ctx context.Context, limit int) ([]Listed, error) {
	var recent []Listed
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, _ *db.Queries) error {
		var err error
		recent, err = listed(ctx, tx, Filter{}.where(), "i.declared_at DESC, i.id DESC", min(max(limit, 1), mostListed))
		return err
	})
	return recent, err
}

// dueSoon is how long before its time an update is shown as needing its lead.
const dueSoon = 5 * time.Minute

// NeedsYou lists the live incidents that the actor leads and whose next update is due, or almost.
func (s *Service) NeedsYou(ctx context.Context) ([]Listed, error) {
	var due []Listed
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, _ *db.Queries) error {
		scope, err := tenant.From(ctx)
		if err != nil || scope.Actor.Type != tenant.User {
			return err
		}
		w := Filter{Categories: []Category{CategoryLive}, Lead: scope.Actor.ID, Modes: []Mode{Standard, Retrospective, Test, Tutorial}}.where()
		w.and("i.next_update_due_at <= ?", s.clock.Now().Add(dueSoon))
		due, err = listed(ctx, tx, w, "i.next_update_due_at, i.id", mostOngoing)
		return err
	})
	return due, err
}

// Counts returns how many standard and retrospective incidents the actor can see in each category.
func (s *Service) Counts(ctx context.Context) (map[Category]int64, error) {
	var counts map[Category]int64
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		var err error
		counts, err = kept(ctx, q, nil)
		return err
	})
	return counts, err
}

// where gathers conditions; each ? in a condition stands for one argument.
type where struct {
	conditions []string
	matches    []match
	args       []any
}

// match asks for a row x of another table that belongs to the incident.
type match struct {
	rows string
	// several tells that one incident can have more than one such row.
	several bool
}

// planned are the arguments, for a query that is planned anew for them: one plan for all filters would walk every
// incident of an organisation to find the few that are live.
func (w *where) planned() []any { return append([]any{pgx.QueryExecModeExec}, w.args...) }

func (w *where) and(condition string, args ...any) {
	w.conditions = append(w.conditions, w.numbered(condition, args))
}

func (w *where) has(several bool, rows string, args ...any) {
	w.matches = append(w.matches, match{rows: w.numbered(rows, args), several: several})
}

func (w *where) numbered(condition string, args []any) string {
	for _, arg := range args {
		w.args = append(w.args, arg)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	return condition
}

// String is for walking through incidents in an order, looking at each for its matches. OFFSET 0 keeps the planner from
// joining them instead: it does not know the organisation, thinks of few incidents, and would read all that match.
func (w *where) String() string { return w.besides(w.matches) }

// besides are the conditions with some of the matches.
func (w *where) besides(matches []match) string {
	all := slices.Clone(w.conditions)
	for _, m := range matches {
		all = append(all, "EXISTS (SELECT FROM "+m.rows+" AND x.incident_id = i.id OFFSET 0)")
	}
	return strings.Join(all, " AND ")
}

func (f Filter) modes() []Mode {
	if len(f.Modes) == 0 {
		return []Mode{Standard, Retrospective}
	}
	return f.Modes
}

// plain reports whether the kept counts can tell how many incidents the filter lets through.
func (f Filter) plain() bool {
	return len(f.Statuses)+len(f.Severities)+len(f.Types)+len(f.Fields) == 0 && f.Participant.Empty() && f.Lead.Empty() &&
		strings.TrimSpace(f.Text) == "" && f.From.IsZero() && f.To.IsZero()
}

func (f Filter) where() *where {
	w := &where{}
	w.and("i.organisation_id = (SELECT muster.current_organisation())")
	w.and("i.mode = ANY (?::text[])", texts(f.modes()))
	anyOf(w, "i.status_category", f.Categories)
	anyOf(w, "i.status_id", f.Statuses)
	anyOf(w, "i.severity_id", f.Severities)
	anyOf(w, "i.type_id", f.Types)
	for _, options := range f.Fields {
		w.has(len(options) > 1, `muster.incident_field_value x WHERE x.organisation_id = (SELECT muster.current_organisation())
			AND x.option_id = ANY (?::text[])`, texts(options))
	}
	if !f.Lead.Empty() {
		w.has(false, `muster.incident_role_assignment x WHERE x.organisation_id = (SELECT muster.current_organisation())
			AND x.user_id = ? AND x.role_id = (SELECT r.id FROM muster.incident_role r
				WHERE r.organisation_id = (SELECT muster.current_organisation()) AND r.role_type = 'lead')`, clean(string(f.Lead)))
	}
	if !f.Participant.Empty() {
		w.has(false, `muster.incident_participant x WHERE x.organisation_id = (SELECT muster.current_organisation())
			AND x.user_id = ? AND x.kind <> 'observer'`, clean(string(f.Participant)))
	}
	if !f.From.IsZero() {
		w.and("i.declared_at >= ?", f.From)
	}
	if !f.To.IsZero() {
		w.and("i.declared_at < ?", f.To)
	}
	return w
}

// sought narrows to the incidents that a text finds, which are looked for once for the page and its count.
func sought(ctx context.Context, tx pgx.Tx, w *where, text string) error {
	text = strings.TrimSpace(richtext.Truncate(clean(text), longestSought))
	if text == "" {
		return nil
	}
	var found []string
	if err := tx.QueryRow(ctx, "SELECT ARRAY(SELECT muster.find_incidents($1, $2))", text, mostFound).Scan(&found); err != nil {
		return fmt.Errorf("look for %d characters in incidents: %w", len(text), err)
	}
	w.and("i.id = ANY (?::text[])", found)
	return nil
}

// anyOf narrows a column to values. One value is compared as such: then an index by that column and by time gives
// the rows in order.
func anyOf[T ~string](w *where, column string, values []T) {
	switch len(values) {
	case 0:
	case 1:
		w.and(column+" = ?", clean(string(values[0])))
	default:
		w.and(column+" = ANY (?::text[])", texts(values))
	}
}

func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for n, v := range values {
		out[n] = clean(string(v))
	}
	return out
}

// listed reads rows for a list: the incidents first, and then what is joined to those few.
func listed(ctx context.Context, tx pgx.Tx, w *where, order string, limit int) ([]Listed, error) {
	rows, err := tx.Query(ctx, `
		SELECT i.id, i.number, i.name, i.summary, i.mode, i.private, i.quiet, i.declared_at, i.updated_at, i.closed_at, i.next_update_due_at,
			s.id, s.name, s.category, s.rank, v.id, v.name, v.rank, a.user_id, u.name, u.avatar_key, u.state, x.message, x.created_at
		FROM (SELECT * FROM muster.incident i WHERE `+w.String()+` ORDER BY `+order+` LIMIT `+strconv.Itoa(limit)+`) i
		JOIN muster.incident_status s ON s.organisation_id = i.organisation_id AND s.id = i.status_id
		LEFT JOIN muster.severity v ON v.organisation_id = i.organisation_id AND v.id = i.severity_id
		LEFT JOIN muster.incident_role_assignment a ON a.organisation_id = i.organisation_id AND a.incident_id = i.id
			AND a.role_id = (SELECT r.id FROM muster.incident_role r
				WHERE r.organisation_id = (SELECT muster.current_organisation()) AND r.role_type = 'lead')
		LEFT JOIN muster.user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
		LEFT JOIN muster.incident_update x ON x.organisation_id = i.organisation_id AND x.id = i.last_update_id
		ORDER BY `+order, w.planned()...)
	if err != nil {
		return nil, fmt.Errorf("list incidents: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanListed)
	if err != nil {
		return nil, fmt.Errorf("list incidents: %w", err)
	}
	return list, nil
}

func scanListed(row pgx.CollectableRow) (Listed, error) {
	var l Listed
	var number *int64
	var summary, message json.RawMessage
	var severity, lead id.ID
	var severityName, leadName, avatar, state *string
	var severityRank *int32
	err := row.Scan(&l.ID, &number, &l.Name, &summary, &l.Mode, &l.Private, &l.Quiet, &l.DeclaredAt, &l.UpdatedAt, &l.ClosedAt, &l.NextUpdateDueAt,
		&l.Status.ID, &l.Status.Name, &l.Status.Category, &l.Status.Rank, &severity, &severityName, &severityRank,
		&lead, &leadName, &avatar, &state, &message, &l.LastUpdateAt)
	if err != nil {
		return l, err
	}
	if number != nil {
		l.Number, l.Reference = *number, Reference(*number)
	}
	if severityName != nil {
		l.Severity = &Severity{ID: severity, Name: *severityName, Rank: *severityRank}
	}
	l.Lead = personOf(lead, leadName, avatar, state)
	if l.Summary, err = line(summary); err != nil {
		return l, err
	}
	l.LastUpdate, err = line(message)
	return l, err
}

// line is the beginning of a stored text as one line.
func line(stored json.RawMessage) (string, error) {
	d, err := document(stored, "")
	if err != nil {
		return "", err
	}
	return d.Excerpt(lineLength), nil
}

// counted counts up to a limit, because counting on would take longer than reading the page.
func counted(ctx context.Context, tx pgx.Tx, w *where) (int64, bool, error) {
	var n int64
	err := tx.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM muster.incident i WHERE `+w.String()+` LIMIT `+strconv.Itoa(mostCounted+1)+`) c`,
		w.planned()...).Scan(&n)
	if err != nil {
		return 0, false, fmt.Errorf("count incidents: %w", err)
	}
	return min(n, mostCounted), n > mostCounted, nil
}

// matched counts as counted does, but from the rows of another table that a filter asks for: of those there are as many
// as there are answers, or some more, while incidents without one can be most of all. Where they are not too many to count
// the page is looked for among them alone.
func matched(ctx context.Context, tx pgx.Tx, w *where) (found []string, more bool, err error) {
	ids := "SELECT x.incident_id FROM "
	if w.matches[0].several {
		ids = "SELECT DISTINCT x.incident_id FROM "
	}
	err = tx.QueryRow(ctx, `SELECT ARRAY(SELECT i.id FROM (`+ids+w.matches[0].rows+`) m,
		LATERAL (SELECT i.id FROM muster.incident i WHERE i.id = m.incident_id AND `+w.besides(w.matches[1:])+` OFFSET 0) i LIMIT `+strconv.Itoa(mostCounted+1)+`)`,
		w.planned()...).Scan(&found)
	if err != nil {
		return nil, false, fmt.Errorf("count incidents: %w", err)
	}
	return found[:min(len(found), mostCounted)], len(found) > mostCounted, nil
}

// among narrows to incidents that are known to have what the filter asks of other tables.
func (f Filter) among(found []string) *where {
	f.Participant, f.Lead, f.Fields = "", "", nil
	w := f.where()
	w.and("i.id = ANY (?::text[])", found)
	return w
}

func keptTotal(ctx context.Context, q *db.Queries, f Filter) (int64, error) {
	counts, err := kept(ctx, q, f.modes())
	var total int64
	for category, n := range counts {
		if len(f.Categories) == 0 || slices.Contains(f.Categories, category) {
			total += n
		}
	}
	return total, err
}

// kept adds up the kept counts of what everyone sees, and counts the private incidents that the actor sees.
func kept(ctx context.Context, q *db.Queries, modes []Mode) (map[Category]int64, error) {
	if modes == nil {
		modes = Filter{}.modes()
	}
	public, err := q.KeptCounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the kept counts: %w", err)
	}
	private, err := q.PrivateCounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("count private incidents: %w", err)
	}
	counts := map[Category]int64{}
	for _, row := range public {
		if !row.Private && slices.Contains(modes, Mode(row.Mode)) {
			counts[Category(row.StatusCategory)] += row.Total
		}
	}
	for _, row := range private {
		if slices.Contains(modes, Mode(row.Mode)) {
			counts[Category(row.StatusCategory)] += row.Total
		}
	}
	return counts, nil
}
