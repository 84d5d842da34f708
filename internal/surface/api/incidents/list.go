package incidents

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// ListV2 is a page of incidents.
type ListV2 struct {
	Incidents []wire.IncidentV2 `json:"incidents"`
	Meta      rest.MetaTotal    `json:"pagination_meta"`
}

// SchemaName names it in the document.
func (ListV2) SchemaName() string { return "IncidentsListV2" }

// ListV1 is a page of incidents as the first version shows them.
type ListV1 struct {
	Incidents []wire.IncidentV1 `json:"incidents"`
	Meta      rest.MetaTotal    `json:"pagination_meta"`
}

// SchemaName names it in the document.
func (ListV1) SchemaName() string { return "IncidentsListV1" }

type listV2 struct {
	rest.Page  `page:"25,500"`
	SortBy     string          `query:"sort_by" enum:"created_at_newest_first,created_at_oldest_first" doc:"Which comes first; the newest unless said otherwise." example:"created_at_oldest_first"`
	FilterMode string          `query:"filter_mode" enum:"all,any" doc:"Whether an incident has to pass all filters, or any one; all unless said otherwise."`
	Status     rest.Filter     `query:"status" operators:"one_of,not_in" doc:"By the ids of statuses."`
	Category   rest.Filter     `query:"status_category" operators:"one_of,not_in" doc:"By what sort of status they have: triage, declined, merged, canceled, live (or active), learning (or post-incident), closed, paused."`
	CreatedAt  rest.Filter     `query:"created_at" operators:"gte,lte,date_range" doc:"By when they were written down: a moment, a day as 2026-05-01, or days as 2026-05-01~2026-05-08."`
	UpdatedAt  rest.Filter     `query:"updated_at" operators:"gte,lte,date_range" doc:"By when anything of them was last changed; written as for created_at."`
	Severity   rest.Filter     `query:"severity" operators:"one_of,not_in,gte,lte" doc:"By the ids of severities; gte and lte go by rank."`
	Type       rest.Filter     `query:"incident_type" operators:"one_of,not_in" doc:"By the ids of types."`
	Role       rest.FilterByID `query:"incident_role" operators:"one_of,is,not_in,is_blank,is_set" doc:"By who holds a role: the ids of people, or whether there is anybody."`
	Field      rest.FilterByID `query:"custom_field" doc:"By a custom field: one_of and not_in with ids of options or whole texts, is_blank, is_set, contains for texts and links, gte and lte for numbers."`
	Mode       rest.Filter     `query:"mode" operators:"one_of" doc:"By mode; standard and retrospective unless said otherwise."`
}

type listV1 struct {
	rest.Page `page:"25,500"`
	Status    []string `query:"status" doc:"By status: its id, or one of triage, investigating, fixing, monitoring, closed, declined."`
}

func (f family) lists(api *rest.API) {
	op := rest.Op{
		ID: "Incidents V2#List", Method: "GET", Path: "/v2/incidents", Summary: "List incidents", Scopes: []authz.Permission{authz.ViewIncidents},
		Description: "Incidents by when they were written down. Filters are written as `status_category[one_of]=live`, several values by naming the parameter again.",
	}
	rest.Add(api, op, func(ctx context.Context, in listV2) (ListV2, error) {
		sift, err := in.sift()
		if err != nil {
			return ListV2{}, err
		}
		var out ListV2
		out.Meta, err = f.page(ctx, sift, in.Page, func(ctx context.Context, records []incident.Record) (err error) {
			out.Incidents, err = f.Shown.V2(ctx, records...)
			return err
		})
		return out, err
	})
	op = rest.Op{
		ID: "Incidents V1#List", Method: "GET", Path: "/v1/incidents", Summary: "List incidents", Scopes: []authz.Permission{authz.ViewIncidents}, Deprecated: true,
		Description: "Incidents by when they were written down, the newest first, as the first version shows them.",
	}
	rest.Add(api, op, func(ctx context.Context, in listV1) (ListV1, error) {
		sift, err := f.siftV1(ctx, in.Status)
		if err != nil {
			return ListV1{}, err
		}
		var out ListV1
		out.Meta, err = f.page(ctx, sift, in.Page, func(ctx context.Context, records []incident.Record) (err error) {
			out.Incidents, err = f.Shown.V1(ctx, records...)
			return err
		})
		return out, err
	})
}

// page reads a page and shows it, all in one moment.
func (f family) page(ctx context.Context, sift incident.Sift, at rest.Page, show func(context.Context, []incident.Record) error) (rest.MetaTotal, error) {
	meta := rest.MetaTotal{Meta: rest.Meta{PageSize: int64(at.PageSize)}}
	err := f.Shown.Moment(ctx, func(ctx context.Context) error {
		page, err := f.Incidents.Records(ctx, sift, id.ID(at.After), at.PageSize)
		if err != nil {
			return err
		}
		meta.After, meta.Total = page.Next.String(), page.Total
		return show(ctx, page.Records)
	})
	return meta, err
}

// sift reads the filters.
func (in listV2) sift() (incident.Sift, error) {
	sift := incident.Sift{Any: in.FilterMode == "any", Oldest: in.SortBy == "created_at_oldest_first"}
	var wrong problem.List
	add := func(rules []incident.Rule, err error) {
		sift.Rules, wrong = append(sift.Rules, rules...), append(wrong, problem.All(err)...)
	}
	add(listed(incident.StatusProperty, "", in.Status), nil)
	add(categories(in.Category))
	add(moments(incident.CreatedProperty, in.CreatedAt))
	add(moments(incident.UpdatedProperty, in.UpdatedAt))
	add(listed(incident.SeverityProperty, "", in.Severity), nil)
	add(listed(incident.TypeProperty, "", in.Type), nil)
	for _, role := range slices.Sorted(maps.Keys(in.Role)) {
		add(listed(incident.RoleProperty, id.ID(role), in.Role[role]), nil)
	}
	for _, field := range slices.Sorted(maps.Keys(in.Field)) {
		add(known(field, in.Field[field]))
	}
	for _, mode := range in.Mode["one_of"] {
		if !slices.Contains([]incident.Mode{incident.Standard, incident.Retrospective, incident.Test, incident.Tutorial}, incident.Mode(mode)) {
			wrong = append(wrong, problem.Field("mode", "invalid_value", "mode is one of standard, retrospective, test, tutorial, not %q.", mode))
		}
		sift.Modes = append(sift.Modes, incident.Mode(mode))
	}
	return sift, wrong.Err()
}

// listed makes a rule of each operator.
func listed(property incident.Property, of id.ID, filter rest.Filter) []incident.Rule {
	var rules []incident.Rule
	for _, operator := range slices.Sorted(maps.Keys(filter)) {
		rule := incident.Rule{Property: property, Of: of, Operator: incident.Operator(operator), Values: filter[operator]}
		switch operator {
		case "is":
			rule.Operator = incident.OneOf
		case "is_blank", "is_set":
			rule.Operator = presence(operator == "is_set", filter[operator])
			rule.Values = nil
		}
		rules = append(rules, rule)
	}
	return rules
}

// presence reads is_blank=false as is_set, and the other way round.
func presence(set bool, values []string) incident.Operator {
	for _, value := range values {
		if asked, err := strconv.ParseBool(value); err == nil && !asked {
			set = !set
			break
		}
	}
	if set {
		return incident.IsSet
	}
	return incident.IsBlank
}

// known refuses operators that no custom field has.
func known(field string, filter rest.Filter) ([]incident.Rule, error) {
	for _, operator := range slices.Sorted(maps.Keys(filter)) {
		switch operator {
		case "one_of", "not_in", "is", "is_blank", "is_set", "contains", "gte", "lte":
		default:
			return nil, problem.Field("custom_field", "unknown_operator", "custom_field has no operator %q; use one_of, not_in, is_blank, is_set, contains, gte or lte.", operator)
		}
	}
	return listed(incident.FieldProperty, id.ID(field), filter), nil
}

func categories(filter rest.Filter) ([]incident.Rule, error) {
	rules := listed(incident.CategoryProperty, "", filter)
	for n, rule := range rules {
		words := make([]string, len(rule.Values))
		for m, word := range rule.Values {
			switch word {
			case "active":
				word = string(incident.CategoryLive)
			case "post-incident":
				word = string(incident.CategoryLearning)
			}
			if !slices.Contains(incident.Categories(), incident.Category(word)) {
				return nil, problem.Field("status_category", "invalid_value", "status_category is one of triage, declined, merged, canceled, live, learning, closed, paused, not %q.", word)
			}
			words[m] = word
		}
		rules[n].Values = words
	}
	return rules, nil
}

// moments makes rules of times. What is answered is cut to the millisecond, so a millisecond is one moment; a day is all of it.
func moments(property incident.Property, filter rest.Filter) ([]incident.Rule, error) {
	var rules []incident.Rule
	for _, operator := range slices.Sorted(maps.Keys(filter)) {
		for _, value := range filter[operator] {
			rule := incident.Rule{Property: property, Operator: incident.Within}
			first, last := value, value
			if operator == "date_range" {
				var both bool
				if first, last, both = strings.Cut(value, "~"); !both {
					return nil, problem.Field(string(property), "invalid_value", "A range of days is written as 2026-05-01~2026-05-08, not %q.", value)
				}
			}
			from, _, ok := moment(first)
			_, to, okay := moment(last)
			if !ok || !okay {
				return nil, problem.Field(string(property), "invalid_value", "%s is compared with a day as 2026-05-01, or a moment as 2026-05-01T09:30:00Z, not %q.", property, value)
			}
			if operator != "lte" {
				rule.From = from
			}
			if operator != "gte" {
				rule.To = to
			}
			rules = append(rules, rule)
		}
	}
	return rules, nil
}

// moment reads a day or a moment as its beginning and its end.
func moment(text string) (from, to time.Time, ok bool) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day, day.AddDate(0, 0, 1), sensible(day)
	}
	at, err := time.Parse(time.RFC3339, strings.ReplaceAll(text, " ", "+")) // a plus sign that was not escaped is a space by now
	if err != nil {
		return at, at, false
	}
	at = at.UTC().Truncate(time.Millisecond)
	return at, at.Add(time.Millisecond), sensible(at)
}

// sensible keeps out what the database has no moment for.
func sensible(at time.Time) bool { return at.Year() > 0 && at.Year() < 10_000 }

// siftV1 reads the words of the first version.
func (f family) siftV1(ctx context.Context, wanted []string) (incident.Sift, error) {
	if len(wanted) == 0 {
		return incident.Sift{}, nil
	}
	statuses, err := f.Incidents.Statuses(tenant.Also(ctx, authz.ViewStatuses))
	if err != nil {
		return incident.Sift{}, err
	}
	rule := incident.Rule{Property: incident.StatusProperty, Operator: incident.OneOf, Values: slices.Clone(wanted)}
	for _, s := range statuses {
		if slices.Contains(wanted, wire.StatusWord(s)) {
			rule.Values = append(rule.Values, s.ID.String())
		}
	}
	return incident.Sift{Rules: []incident.Rule{rule}}, nil
}
