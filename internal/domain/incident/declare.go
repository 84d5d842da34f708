package incident

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Declare begins an incident. Only the name is needed; whatever is left empty has the organisation's default.
type Declare struct {
	Name string
	// Severity, Type and Status are the organisation's own; an empty severity means none yet, an empty status the
	// first live one.
	Severity, Type, Status id.ID
	Summary                string
	// Lead is who runs it; without one the declarer does until someone takes over.
	Lead id.ID
	// Mode is Standard when empty.
	Mode    Mode
	Private bool
	// Quiet lets nothing nag and nothing be announced.
	Quiet bool
	// Roles are who holds which role from the start; whoever is lead or reporter by it is that before all others.
	Roles map[id.ID]id.ID
	// Times are when things happened, by timestamp, as far as that is known already.
	Times map[id.ID]time.Time
	// Number is the one of what was over and had a number elsewhere; 0 for the next one.
	Number int64
	// CallURL is where those who work on it talk, PostmortemURL where what was learned is written down.
	CallURL, PostmortemURL string
	// Message is the one in another incident's room that it is declared from; it is copied into the new room as the
	// first evidence.
	Message id.ID
	// Fields are answers to custom fields; one that is not in it has the form's default.
	Fields form.Values
	// Key makes a repeated declaration, as by a double click, answer with the incident of the first.
	Key string
}

// Brief is what an incident is called, as a declaration answers it.
type Brief struct {
	ID        id.ID
	Number    int64
	Reference string
	// Existing tells that the key was used before and nothing was declared now.
	Existing bool
}

// declaration is a checked Declare with the organisation's defaults in place.
type declaration struct {
	Held
	summary        richtext.Document
	lead, reporter id.ID
	// declaredAt is before now for what was over when it was written down.
	declaredAt time.Time
	times      map[id.ID]*time.Time
	// staff are the other roles, and who holds them.
	staff               map[id.ID]id.ID
	callURL, postmortem string
	// source is the incident of the message that it is declared from.
	source  Held
	message id.ID
	book    book
	answers form.Values
}

// Declare begins an incident, or returns the one that the same key began.
func (s *Service) Declare(ctx context.Context, cmd Declare) (Brief, error) {
	scope, err := tenant.Require(ctx, authz.CreateIncidents)
	if err != nil {
		return Brief{}, err
	}
	cmd, err = checkDeclare(cmd)
	if err != nil {
		return Brief{}, err
	}
	var brief Brief
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		known, err := s.declaredBefore(ctx, q, scope.Actor, cmd.Key)
		if err != nil || known.Existing {
			brief = known
			return err
		}
		at := s.clock.Now()
		d, err := s.prepare(ctx, tx, scope, cmd, at)
		if err != nil {
			return err
		}
		inserted, err := s.insert(ctx, q, scope, cmd.Key, d, at)
		if err != nil {
			return err
		}
		if !inserted { // somebody else was first with the same key, and has committed while we waited
			brief, err = s.declaredBefore(ctx, q, scope.Actor, cmd.Key)
			if err == nil && !brief.Existing {
				return problem.New(problem.Conflict, "key_in_use", "This idempotency key was used before. Use another.")
			}
			return err
		}
		if d.Private && scope.Actor.Type != tenant.User { // nobody lets in what has no hands, and it has to finish what it began
			scope.SeesPrivate = true
		}
		return s.db.Write(tenant.With(ctx, scope), func(ctx context.Context, tx pgx.Tx) error {
			if err := s.staff(ctx, tx, scope, d, at); err != nil {
				return err
			}
			if err := s.announce(ctx, tx, scope, d, at); err != nil {
				return err
			}
			if err := s.link(ctx, turn{scope: scope, tx: tx, q: q, inc: d.Held, at: at}, d); err != nil {
				return err
			}
			brief, err = number(ctx, q, d.Held)
			return err
		})
	})
	if err != nil {
		return Brief{}, err
	}
	return brief, nil
}

// maxName is how many characters a name has at most.
const maxName = 200

func checkName(name string) (string, error) {
	name = oneLine(name)
	switch length := utf8.RuneCountInString(name); {
	case length == 0:
		return "", problem.Field("name", "is_required", "Give the incident a name: a few words about what is wrong.")
	case length > maxName:
		return "", problem.Field("name", "too_long", "The name has %d characters; %d is the most. The rest fits into the summary.", length, maxName)
	}
	return name, nil
}

func checkDeclare(cmd Declare) (Declare, error) {
	var all problem.List
	name, err := checkName(cmd.Name)
	all = append(all, problem.All(err)...)
	cmd.Name, cmd.Key = name, clean(cmd.Key)
	all = append(all, problem.All(checkText("summary", cmd.Summary))...)
	if cmd.Mode == "" {
		cmd.Mode = Standard
	}
	switch cmd.Mode {
	case Standard, Retrospective, Test, Tutorial:
	default:
		all = append(all, problem.Field("mode", "unknown", "The mode is standard, retrospective, test or tutorial."))
	}
	if cmd.Number != 0 && (cmd.Mode != Retrospective || cmd.Number < 0 || cmd.Number > mostNumber) {
		all = append(all, problem.Field("number", "invalid", "Only an incident that is written down afterwards keeps a number of elsewhere, from 1 to %d.", mostNumber))
	}
	all = append(all, problem.All(checkLink("call_url", cmd.CallURL))...)
	all = append(all, problem.All(checkLink("postmortem_url", cmd.PostmortemURL))...)
	if utf8.RuneCountInString(cmd.Key) > 200 {
		all = append(all, problem.Field("idempotency_key", "too_long", "An idempotency key has 200 characters at most."))
	}
	return cmd, all.Err()
}

// declaredBefore returns what the key began. What has no hands is told of its own even where it may not see it.
func (s *Service) declaredBefore(ctx context.Context, q *db.Queries, actor tenant.Actor, key string) (Brief, error) {
	if key == "" {
		return Brief{}, nil
	}
	row, err := q.IncidentByKey(ctx, key)
	if postgres.None(err) && actor.Type == tenant.APIKey {
		err = s.sighted(ctx, func(ctx context.Context, q *db.Queries) (err error) {
			row, err = q.IncidentByKey(ctx, key)
			return err
		})
		if err == nil && row.CreatorID != actor.ID {
			return Brief{}, nil
		}
	}
	if postgres.None(err) {
		return Brief{}, nil
	}
	if err != nil {
		return Brief{}, fmt.Errorf("look for the idempotency key: %w", err)
	}
	brief := Brief{ID: row.ID, Existing: true}
	if row.Number != nil {
		brief.Number, brief.Reference = *row.Number, Reference(*row.Number)
	}
	return brief, nil
}

// prepare puts the organisation's defaults in place and checks that everything named is its own.
func (s *Service) prepare(ctx context.Context, tx pgx.Tx, scope tenant.Scope, cmd Declare, at time.Time) (declaration, error) {
	q := db.New(tx)
	d := declaration{
		Held:       Held{ID: id.New(at), Number: cmd.Number, Name: cmd.Name, Mode: cmd.Mode, Private: cmd.Private, Quiet: cmd.Quiet},
		declaredAt: at, callURL: strings.TrimSpace(cmd.CallURL), postmortem: strings.TrimSpace(cmd.PostmortemURL),
	}
	kind, err := startingType(ctx, q, cmd.Type)
	if err != nil {
		return d, err
	}
	d.Type, d.Private = kind.ID, d.Private || kind.PrivateIncidentsOnly
	status, err := startingStatus(ctx, q, cmd)
	if err != nil {
		return d, err
	}
	if kind.CreateInTriage == TriageAlways && status.Category == CategoryLive && cmd.Mode != Tutorial {
		if status, err = firstStatus(ctx, q, CategoryTriage); err != nil {
			return d, err
		}
	}
	d.Status, d.Category = status.ID, status.Category
	if err := d.backdate(ctx, q, cmd, at); err != nil {
		return d, err
	}
	if err := d.originate(ctx, tx, cmd.Message); err != nil {
		return d, err
	}
	if !cmd.Severity.Empty() {
		severity, err := usableSeverity(ctx, q, cmd.Severity)
		if err != nil {
			return d, err
		}
		d.Severity = severity.ID
	}
	if err := d.cast(ctx, q, scope, cmd); err != nil {
		return d, err
	}
	d.summary, err = ReadText(ctx, tx, cmd.Summary)
	d.SummarySource = d.summary.Source
	if err != nil {
		return d, err
	}
	moment := form.Declare
	if d.Mode == Retrospective {
		moment = form.Retrospective
	}
	lead := cmd.Lead
	if scope.Actor.Type != tenant.User {
		lead = d.lead
	}
	d.book, d.answers, err = answered(ctx, tx, scope, moment, d.Held, lead, false, cmd.Fields)
	return d, err
}

// cast decides who holds which role from the start.
func (d *declaration) cast(ctx context.Context, q *db.Queries, scope tenant.Scope, cmd Declare) error {
	if scope.Actor.Type == tenant.User {
		d.reporter, d.lead = scope.Actor.ID, scope.Actor.ID
	}
	if !cmd.Lead.Empty() {
		d.lead = cmd.Lead
		if err := activeUser(ctx, q, "lead", cmd.Lead); err != nil {
			return err
		}
	}
	d.staff = map[id.ID]id.ID{}
	for role, holder := range cmd.Roles {
		known, err := usableRole(ctx, q, role)
		if err != nil {
			return under(RoleField(role), err)
		}
		if holder.Empty() {
			continue
		}
		if err := activeUser(ctx, q, RoleField(role), holder); err != nil {
			return err
		}
		switch {
		case known.Kind == RoleLead:
			d.lead = holder
		case known.Kind == RoleReporter:
			d.reporter = holder
		case known.Archived:
			return problem.Field(RoleField(role), "archived", "The role %s is archived. Choose another.", known.Name)
		default:
			d.staff[role] = holder
		}
	}
	return nil
}

func startingType(ctx context.Context, q *db.Queries, chosen id.ID) (db.MusterIncidentType, error) {
	if chosen.Empty() {
		kind, err := q.DefaultType(ctx)
		if err != nil {
			return kind, fmt.Errorf("read the default incident type: %w", err)
		}
		return kind, nil
	}
	if !chosen.Valid() {
		return db.MusterIncidentType{}, unknown("incident_type_id", "incident type")
	}
	kind, err := q.TypeByID(ctx, chosen)
	if postgres.None(err) {
		return kind, unknown("incident_type_id", "incident type")
	}
	if err != nil {
		return kind, fmt.Errorf("read the incident type: %w", err)
	}
	if kind.ArchivedAt != nil {
		return kind, problem.Field("incident_type_id", "archived", "The type %s is archived. Choose another.", kind.Name)
	}
	return kind, nil
}

func startingStatus(ctx context.Context, q *db.Queries, cmd Declare) (Status, error) {
	if cmd.Status.Empty() && cmd.Mode == Retrospective {
		return firstStatus(ctx, q, CategoryClosed)
	}
	if cmd.Status.Empty() {
		return firstStatus(ctx, q, CategoryLive)
	}
	status, err := usableStatus(ctx, q, cmd.Status)
	if err != nil {
		return status, err
	}
	if cmd.Mode == Retrospective && status.Category != CategoryClosed && status.Category != CategoryLearning {
		return status, problem.Field("incident_status_id", "not_over", "What is written down afterwards is closed or in its post-incident work, not %s.", status.Name)
	}
	if status.Category.aside() {
		return status, problem.Field("incident_status_id", "not_a_start", "An incident cannot begin as %s.", strings.ToLower(status.Name))
	}
	return status, nil
}

func (s *Service) insert(ctx context.Context, q *db.Queries, scope tenant.Scope, key string, d declaration, at time.Time) (bool, error) {
	row := db.InsertIncidentParams{
		ID: d.ID, IdempotencyKey: optional(key), Name: d.Name, SummarySource: d.SummarySource, SummaryFormat: richtext.Version,
		TypeID: d.Type, StatusID: d.Status, StatusCategory: string(d.Category), SeverityID: d.Severity, Mode: string(d.Mode),
		CallURL: d.callURL, PostmortemURL: d.postmortem,
		Private: d.Private, Quiet: d.Quiet, CreatorType: string(scope.Actor.Type), CreatorID: scope.Actor.ID, CreatorName: scope.Actor.Name, DeclaredAt: d.declaredAt, At: at,
	}
	if !d.summary.Empty() {
		row.Summary = d.summary.JSON()
	}
	row.ClosedAt = d.ClosedAt
	rows, err := q.InsertIncident(ctx, row)
	if err != nil {
		return false, fmt.Errorf("write the incident: %w", err)
	}
	return rows == 1, nil
}

// staff lets those in who take part from the start, gives them their roles and notes the first timestamps.
func (s *Service) staff(ctx context.Context, tx pgx.Tx, scope tenant.Scope, d declaration, at time.Time) error {
	q := db.New(tx)
	if d.Private { // first, because what is not seen cannot be staffed; whoever is named is invited by that
		named := append([]string{string(d.reporter), string(d.lead)}, id.Strings(slices.Collect(maps.Values(d.staff)))...)
		if _, err := q.AddAccess(ctx, db.AddAccessParams{IncidentID: string(d.ID), Users: named, At: at}); err != nil {
			return fmt.Errorf("give access to those named: %w", err)
		}
	}
	roles, err := q.Roles(ctx, false)
	if err != nil {
		return fmt.Errorf("read the roles: %w", err)
	}
	for _, role := range roles {
		holder := d.staff[role.ID]
		switch role.RoleType {
		case RoleLead:
			holder = d.lead
		case RoleReporter:
			holder = d.reporter
		}
		if holder.Empty() {
			continue
		}
		if err := giveRole(ctx, q, d.Held, role.ID, holder, "", scope.Actor, at); err != nil {
			return err
		}
	}
	for _, field := range d.book.fields {
		if err := insertField(ctx, q, d.Held, field, d.answers[field.ID]); err != nil {
			return err
		}
	}
	return d.stamp(ctx, q, at)
}

func (s *Service) announce(ctx context.Context, tx pgx.Tx, scope tenant.Scope, d declaration, at time.Time) error {
	err := audit.Write(ctx, tx, at, audit.Entry{
		Action: "incident.declared", TargetType: "incident", TargetID: d.ID, Incident: d.ID, Private: d.Private,
		After: map[string]any{
			"name": d.Name, "status": d.Status, "severity": d.Severity, "type": d.Type, "mode": d.Mode, "lead": d.lead, "private": d.Private, "quiet": d.Quiet,
		},
	})
	if err != nil {
		return err
	}
	err = s.bus.Publish(ctx, tx, Declared{
		About: d.About(), Type: d.Type, Status: d.Status, Category: d.Category, Severity: d.Severity,
		Lead: d.lead, Reporter: d.reporter, Mode: d.Mode, Quiet: d.Quiet, Message: d.message,
	})
	if err != nil {
		return err
	}
	// Somebody else was given the lead, or a role was given that is nobody's from the start: news of its own.
	given := maps.Clone(d.staff)
	if !d.lead.Empty() && d.lead != scope.Actor.ID {
		given[""] = d.lead
	}
	if len(given) == 0 {
		return nil
	}
	roles, err := db.New(tx).Roles(ctx, false)
	if err != nil {
		return fmt.Errorf("read the roles: %w", err)
	}
	for _, role := range roles {
		to := given[role.ID]
		if role.RoleType == RoleLead {
			to = given[""]
		}
		if to.Empty() {
			continue
		}
		if err := s.bus.Publish(ctx, tx, RoleAssigned{About: d.About(), Role: role.ID, To: to}); err != nil {
			return err
		}
	}
	return nil
}

// mostNumber is the highest number that one from elsewhere may have; what is declared after it has the next.
const mostNumber = 1_000_000_000

// number takes the reference. It is the last statement, because whoever declares next waits from here to the commit.
func number(ctx context.Context, q *db.Queries, h Held) (Brief, error) {
	if h.Mode == Tutorial {
		return Brief{ID: h.ID}, nil
	}
	n, err := h.Number, error(nil)
	if n == 0 {
		n, err = q.NextNumber(ctx)
	} else {
		err = q.PassNumber(ctx, n)
	}
	if err != nil {
		return Brief{}, fmt.Errorf("take the next number: %w", err)
	}
	if err := q.SetNumber(ctx, db.SetNumberParams{Number: &n, ID: h.ID}); postgres.Unique(err, "incident_organisation_id_number_key") {
		return Brief{}, problem.Field("number", "taken", "%s is another incident.", Reference(n))
	} else if err != nil {
		return Brief{}, fmt.Errorf("write the number: %w", err)
	}
	return Brief{ID: h.ID, Number: n, Reference: Reference(n)}, nil
}
