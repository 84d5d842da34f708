package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Sift says which incidents Records lists.
type Sift struct {
	// Rules must all hold, or one of them where Any is set. Without rules every incident is listed.
	Rules []Rule
	Any   bool
	// Modes are standard and retrospective when empty; they always hold.
	Modes []Mode
	// Oldest lists what was written down first before the others.
	Oldest bool
}

// Property is what a rule looks at.
type Property string

// The properties, named as the public API names its filters.
const (
	StatusProperty   Property = "status"
	CategoryProperty Property = "status_category"
	SeverityProperty Property = "severity"
	TypeProperty     Property = "incident_type"
	RoleProperty     Property = "incident_role"
	FieldProperty    Property = "custom_field"
	CreatedProperty  Property = "created_at"
	UpdatedProperty  Property = "updated_at"
)

// Operator is how a rule compares.
type Operator string

// The operators. AtLeast and AtMost go by the rank of a severity and by the size of a number; Within is for moments.
const (
	OneOf    Operator = "one_of"
	NotIn    Operator = "not_in"
	AtLeast  Operator = "gte"
	AtMost   Operator = "lte"
	IsSet    Operator = "is_set"
	IsBlank  Operator = "is_blank"
	Contains Operator = "contains"
	Within   Operator = "within"
)

// Rule narrows a list by one property.
type Rule struct {
	Property Property
	// Of is which role or custom field is meant.
	Of       id.ID
	Operator Operator
	// Values are ids, categories, or what a text or number is compared with.
	Values []string
	// From is included and To is not; an empty one does not matter.
	From, To time.Time
}

// RecordPage is a part of a list.
type RecordPage struct {
	Records []Record
	// Next is where the next page begins, empty on the last one.
	Next Cursor
	// Total counts all pages.
	Total int64
}

// Records lists incidents as programs read them, by when they were written down, the newest first unless asked
// otherwise. What is written down meanwhile neither moves nor doubles what was there.
func (s *Service) Records(ctx context.Context, sift Sift, after Cursor, limit int) (RecordPage, error) {
	limit = min(max(limit, 1), mostListed)
	var page RecordPage
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		var known vocabulary
		var last time.Time
		err := postgres.Together(
			ctx,
			func(ctx context.Context) error { return known.read(ctx, s) },
			func(ctx context.Context) (err error) {
				last, err = s.createdAt(ctx, after)
				return err
			},
		)
		if err != nil {
			return err
		}
		all, err := sift.where(&known)
		if err != nil {
			return err
		}
		rest, order := sift.after(all, last, after)
		if page.Total, err = sift.total(ctx, tx, q, all); err != nil {
			return err
		}
		rows, err := readRows(ctx, tx, fmt.Sprintf("%s ORDER BY %s LIMIT %d", rest, order, limit+1), rest.planned()...)
		if err != nil {
			return err
		}
		if len(rows) > limit {
			rows = rows[:limit]
			page.Next = rows[limit-1].ID
		}
		page.Records, err = known.fill(ctx, s, rows)
		return err
	})
	return page, err
}

// createdAt is where in the order an incident stands after which a page begins.
func (s *Service) createdAt(ctx context.Context, after Cursor) (time.Time, error) {
	var at time.Time
	if after.Empty() {
		return at, nil
	}
	unknown := problem.Field("after", "unknown", "There is no incident with this id to go on from. Begin with the first page.")
	if !after.Valid() {
		return at, unknown
	}
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) (err error) {
		at, err = q.CreatedAt(ctx, after)
		return err
	})
	if postgres.None(err) {
		return at, unknown
	}
	return at, err
}

// after narrows to what follows an incident in the order.
func (sift Sift) after(all *where, last time.Time, after Cursor) (rest *where, order string) {
	rest = &where{conditions: slices.Clone(all.conditions), args: slices.Clone(all.args)}
	compare, order := "<", "i.created_at DESC, i.id DESC"
	if sift.Oldest {
		compare, order = ">", "i.created_at, i.id"
	}
	if !after.Empty() {
		rest.and("(i.created_at, i.id) "+compare+" (?, ?)", last, string(after))
	}
	return rest, order
}

func (sift Sift) modes() []Mode { return Filter{Modes: sift.Modes}.modes() }

func (sift Sift) where(known *vocabulary) (*where, error) {
	w := &where{}
	w.and("i.organisation_id = (SELECT muster.current_organisation())")
	w.and("i.mode = ANY (?::text[])", texts(sift.modes()))
	rules := &where{args: w.args}
	var problems problem.List
	for _, rule := range sift.Rules {
		problems = append(problems, problem.All(rule.narrow(rules, known))...)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	w.args = rules.args
	switch {
	case len(rules.conditions) == 0:
	case sift.Any:
		w.conditions = append(w.conditions, "("+strings.Join(rules.conditions, " OR ")+")")
	default:
		w.conditions = append(w.conditions, rules.conditions...)
	}
	return w, nil
}

// narrow writes the rule as a condition. Nothing that it compares with is told by an error: an id of elsewhere is one
// that nothing has.
func (r Rule) narrow(w *where, known *vocabulary) error {
	switch r.Property {
	case StatusProperty:
		r.listed(w, "i.status_id")
	case CategoryProperty:
		r.listed(w, "i.status_category")
	case TypeProperty:
		r.listed(w, "i.type_id")
	case SeverityProperty:
		return r.severity(w, known)
	case RoleProperty:
		return r.role(w, known)
	case FieldProperty:
		return r.field(w, known)
	case CreatedProperty:
		r.moment(w, "i.created_at")
	case UpdatedProperty:
		r.moment(w, "i.updated_at")
	}
	return nil
}

func (r Rule) listed(w *where, column string) {
	if r.Operator == NotIn {
		w.and(column+" <> ALL (?::text[])", texts(r.Values))
		return
	}
	if len(r.Values) == 0 {
		w.and("false")
		return
	}
	anyOf(w, column, r.Values)
}

// severity takes those without one as none of any that is named, and as neither more nor less than one.
func (r Rule) severity(w *where, known *vocabulary) error {
	switch r.Operator {
	case NotIn:
		w.and("coalesce(i.severity_id <> ALL (?::text[]), true)", texts(r.Values))
		return nil
	case AtLeast, AtMost:
	default:
		r.listed(w, "i.severity_id")
		return nil
	}
	var ids []string
	for _, value := range r.Values {
		limit, found := known.severities[id.ID(value)]
		if !found {
			return problem.Field(string(r.Property), "unknown", "There is no severity with the id %s.", clean(value))
		}
		for _, one := range known.severities {
			if r.Operator == AtLeast && one.Rank >= limit.Rank || r.Operator == AtMost && one.Rank <= limit.Rank {
				ids = append(ids, string(one.ID))
			}
		}
	}
	Rule{Values: ids}.listed(w, "i.severity_id")
	return nil
}

func (r Rule) role(w *where, known *vocabulary) error {
	if !slices.ContainsFunc(known.roles, func(one Role) bool { return one.ID == r.Of }) {
		return problem.Field(string(r.Property), "unknown", "There is no role with the id %s.", clean(string(r.Of)))
	}
	rows := "SELECT x.incident_id FROM muster.incident_role_assignment x WHERE x.organisation_id = (SELECT muster.current_organisation()) AND x.role_id = ?"
	switch r.Operator {
	case IsSet:
		w.and("i.id IN ("+rows+")", string(r.Of))
	case IsBlank:
		w.and("i.id NOT IN ("+rows+")", string(r.Of))
	case NotIn:
		w.and("i.id NOT IN ("+rows+" AND x.user_id = ANY (?::text[]))", string(r.Of), texts(r.Values))
	default:
		w.and("i.id IN ("+rows+" AND x.user_id = ANY (?::text[]))", string(r.Of), texts(r.Values))
	}
	return nil
}

func (r Rule) field(w *where, known *vocabulary) error {
	at := slices.IndexFunc(known.fields, func(one form.Field) bool { return one.ID == r.Of })
	if at < 0 {
		return problem.Field(string(r.Property), "unknown", "There is no custom field with the id %s.", clean(string(r.Of)))
	}
	field := known.fields[at]
	rows := "SELECT x.incident_id FROM muster.incident_field_value x WHERE x.organisation_id = (SELECT muster.current_organisation()) AND x.custom_field_id = ?"
	value := "x.value"
	if field.Type.Chosen() {
		value = "x.option_id"
	}
	refused := problem.Field(string(r.Property), "unsuitable_operator", "%s cannot be compared by %s.", field.Name, r.Operator)
	switch r.Operator {
	case IsSet:
		w.and("i.id IN ("+rows+")", string(r.Of))
	case IsBlank:
		w.and("i.id NOT IN ("+rows+")", string(r.Of))
	case NotIn:
		w.and("i.id NOT IN ("+rows+" AND "+value+" = ANY (?::text[]))", string(r.Of), field.Kept(r.Values))
	case OneOf:
		w.and("i.id IN ("+rows+" AND "+value+" = ANY (?::text[]))", string(r.Of), field.Kept(r.Values))
	case Contains:
		if field.Type.Chosen() || field.Type == form.Numeric {
			return refused
		}
		w.and("i.id IN ("+rows+" AND EXISTS (SELECT FROM unnest(?::text[]) p WHERE strpos(lower(x.value), lower(p)) > 0))", string(r.Of), texts(r.Values))
	case AtLeast, AtMost:
		if field.Type != form.Numeric {
			return refused
		}
		limits := field.Kept(r.Values)
		if slices.ContainsFunc(limits, func(limit string) bool { return !form.IsNumber(limit) }) {
			return problem.Field(string(r.Property), "not_a_number", "%s is compared with a number, like 120 or 3.5.", field.Name)
		}
		compare := map[Operator]string{AtLeast: ">=", AtMost: "<="}[r.Operator]
		// The case keeps what other fields have from being read as a number.
		w.and("i.id IN ("+rows+" AND CASE WHEN x.custom_field_id = ? THEN x.value::numeric "+compare+" ANY (?::numeric[]) END)", string(r.Of), string(r.Of), limits)
	default:
		return refused
	}
	return nil
}

func (r Rule) moment(w *where, column string) {
	from, to := column+" >= ?", column+" < ?"
	switch {
	case !r.From.IsZero() && !r.To.IsZero():
		w.and("("+from+" AND "+to+")", r.From, r.To)
	case !r.From.IsZero():
		w.and(from, r.From)
	case !r.To.IsZero():
		w.and(to, r.To)
	default:
		w.and("true")
	}
}

// total counts what all pages have together: by the kept counts where they can tell, else one by one.
func (sift Sift) total(ctx context.Context, tx pgx.Tx, q *db.Queries, all *where) (int64, error) {
	wanted, plain := sift.categories()
	if plain {
		counts, err := kept(ctx, q, sift.modes())
		var total int64
		for category, n := range counts {
			if wanted(category) {
				total += n
			}
		}
		return total, err
	}
	var total int64
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM muster.incident i WHERE "+all.String(), all.planned()...).Scan(&total); err != nil {
		return 0, fmt.Errorf("count incidents: %w", err)
	}
	return total, nil
}

// categories tells which categories the rules let through, and whether they look at nothing else.
func (sift Sift) categories() (wanted func(Category) bool, plain bool) {
	for _, rule := range sift.Rules {
		if rule.Property != CategoryProperty {
			return nil, false
		}
	}
	return func(c Category) bool {
		holds := func(rule Rule) bool { return slices.Contains(rule.Values, string(c)) != (rule.Operator == NotIn) }
		if sift.Any && len(sift.Rules) > 0 {
			return slices.ContainsFunc(sift.Rules, holds)
		}
		return !slices.ContainsFunc(sift.Rules, func(rule Rule) bool { return !holds(rule) })
	}, true
}
