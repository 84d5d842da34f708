package settings

import (
	"encoding/json"
	"net/http"

	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// featuresPath is the page on which an organisation says what it uses.
const featuresPath = "/settings/features"

// featureView is a switch for people.
type featureView struct {
	Name, Title, Meaning string
	On                   bool
}

// switches are the flags that have a name for people and are on or off.
func (p *Pages) switches(r *http.Request) ([]featureView, error) {
	all, err := p.Features.List(r.Context())
	if err != nil {
		return nil, err
	}
	var shown []featureView
	for _, flag := range all {
		if flag.Title != "" && flag.Kind == "bool" {
			shown = append(shown, featureView{Name: flag.Name, Title: flag.Title, Meaning: flag.Meaning, On: string(flag.Value) == "true"})
		}
	}
	return shown, nil
}

func (p *Pages) features(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.UpdateOrganisation); err != nil {
		return err
	}
	all, err := p.switches(r)
	if err != nil {
		return err
	}
	return p.show(w, r, http.StatusOK, "features", "What we use", featuresPage(all))
}

// useFeatures sets the switches that are not as the form has them.
func (p *Pages) useFeatures(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	all, err := p.switches(r)
	if err != nil {
		return err
	}
	for _, one := range all {
		on := form.Value(one.Name) == "on"
		if on == one.On {
			continue
		}
		value, err := json.Marshal(on)
		if err != nil {
			return err
		}
		if err := p.Features.SetValue(r.Context(), feature.SetValue{Name: one.Name, Value: value}); err != nil {
			return err
		}
	}
	return page.Done(w, r, featuresPath, "Saved")
}
