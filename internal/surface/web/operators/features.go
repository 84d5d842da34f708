package operators

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/jobs"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// featuresView is the flags of every organisation.
type featuresView struct{ Organisations []organisationView }

type organisationView struct {
	ID, Name string
	Flags    []flagView
}

type flagView struct {
	Name, Meaning, Kind, Layer, Value, Initial string
	// At is where the flag of this organisation is changed.
	At string
	// Set is when the organisation's own value was given, nil where it has none.
	Set *ui.Moment
	// Wrong says why a value was not taken, Typed what it was.
	Wrong, Typed string
}

// ID is the flag's field on the page.
func (f flagView) ID() string { return f.At }

// Next is the value that a switch turns to.
func (f flagView) Next() (value, label string) {
	if f.Value == "true" {
		return "false", "Turn off"
	}
	return "true", "Turn on"
}

var layers = map[feature.Layer]string{
	feature.DayOne: "day one", feature.FirstUse: "on first use, or one switch", feature.Configure: "when configured", feature.OnRequest: "when asked for",
}

// as lets an operator act in an organisation that they may not belong to. This is the one door; the organisation's own
// audit log shows who came through it.
func as(ctx context.Context, by jobs.Operator, organisation id.ID) (context.Context, error) {
	scope, err := tenant.From(tenant.AsSystem(ctx, organisation))
	if err != nil {
		return nil, err
	}
	scope.Actor.Name = by.Name + ", operator"
	return tenant.With(ctx, scope), nil
}

func (p *Pages) features(w http.ResponseWriter, r *http.Request, by jobs.Operator) error {
	return p.showFeatures(w, r, by, http.StatusOK, nil)
}

// showFeatures answers with the page; refused is a flag whose value was not taken.
func (p *Pages) showFeatures(w http.ResponseWriter, r *http.Request, by jobs.Operator, status int, refused *flagView) error {
	all, err := p.needs.Organisations.All(r.Context())
	if err != nil {
		return err
	}
	var v featuresView
	for _, one := range all {
		shown, err := p.flagsOf(r, by, one, refused)
		if err != nil {
			return err
		}
		v.Organisations = append(v.Organisations, shown)
	}
	return p.needs.Frame.ShowAs(w, r, status, page.Page{Title: "Features", Section: "operators", Content: featuresPage(v)})
}

func (p *Pages) flagsOf(r *http.Request, by jobs.Operator, one id.ID, refused *flagView) (organisationView, error) {
	ctx, err := as(r.Context(), by, one)
	if err != nil {
		return organisationView{}, err
	}
	about, err := p.needs.Organisations.Get(ctx)
	if err != nil {
		return organisationView{}, err
	}
	flags, err := p.needs.Features.List(ctx)
	if err != nil {
		return organisationView{}, err
	}
	v := organisationView{ID: string(one), Name: about.Name}
	viewer, _ := page.ViewerOf(ctx)
	for _, flag := range flags {
		f := flagView{
			Name: flag.Name, Meaning: flag.Meaning, Kind: flag.Kind, Layer: layers[flag.Layer], Value: string(flag.Value), Initial: string(flag.Initial),
			At: flagPath(one, flag.Name),
		}
		if !flag.SetAt.IsZero() {
			f.Set = &ui.Moment{At: flag.SetAt, Now: p.needs.Clock.Now(), Zone: viewer.Zone}
		}
		f.Typed = f.Value
		if refused != nil && refused.At == f.At {
			f.Wrong, f.Typed = refused.Wrong, refused.Typed
		}
		v.Flags = append(v.Flags, f)
	}
	return v, nil
}

func flagPath(of id.ID, name string) string { return "/operators/features/" + string(of) + "/" + name }

func (p *Pages) setFeature(w http.ResponseWriter, r *http.Request, by jobs.Operator) error {
	return p.changeFeature(w, r, by, r.FormValue("value"))
}

// resetFeature goes back to the value of organisations that have none of their own.
func (p *Pages) resetFeature(w http.ResponseWriter, r *http.Request, by jobs.Operator) error {
	return p.changeFeature(w, r, by, "")
}

func (p *Pages) changeFeature(w http.ResponseWriter, r *http.Request, by jobs.Operator, value string) error {
	one, name := id.ID(r.PathValue("organisation")), r.PathValue("flag")
	about, err := p.organisation(r.Context(), by, one)
	if err != nil {
		return err
	}
	ctx, err := as(r.Context(), by, one)
	if err != nil {
		return err
	}
	err = p.needs.Features.SetValue(ctx, feature.SetValue{Name: name, Value: json.RawMessage(value)})
	if problem.Is(err, problem.Invalid) {
		return p.showFeatures(w, r, by, http.StatusUnprocessableEntity, &flagView{At: flagPath(one, name), Wrong: problem.All(err)[0].Message, Typed: value})
	}
	if err != nil {
		return err
	}
	state := value
	if value == "" {
		state = "default"
	}
	if err := p.needs.Control.Note(r.Context(), by, "set", name+" of "+about.Name+": "+state); err != nil {
		return err
	}
	return page.Done(w, r, "/operators/features", name+" of "+about.Name+" is "+state+".")
}

// organisation finds one by what an address names.
func (p *Pages) organisation(ctx context.Context, by jobs.Operator, one id.ID) (organisation.Organisation, error) {
	all, err := p.needs.Organisations.All(ctx)
	if err != nil {
		return organisation.Organisation{}, err
	}
	if !slices.Contains(all, one) {
		return organisation.Organisation{}, problem.Missing("organisation")
	}
	ctx, err = as(ctx, by, one)
	if err != nil {
		return organisation.Organisation{}, err
	}
	return p.needs.Organisations.Get(ctx)
}
