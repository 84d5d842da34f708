package settings_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/apitest"
)

func TestFields(t *testing.T) {
	c := apitest.New(t)
	made := c.Call("POST", "/v2/custom_fields", object{"name": "Region", "description": "Where.", "field_type": "multi_select"}).Want(201)
	made.Golden("field-created")
	at := "/custom_fields/" + made.Get("custom_field", "id")
	c.Call("PUT", "/v2"+at, object{"name": "Regions", "description": ""}).Want(200).Golden("field-updated")
	c.Call("GET", "/v2"+at, nil).Want(200).Golden("field-updated")
	c.Call("GET", "/v1"+at, nil).Want(200).Golden("field-in-v1")
	c.Call("GET", "/v2/custom_fields", nil).Want(200).Golden("fields")
	c.Call("GET", "/v1/custom_fields", nil).Want(200).Golden("fields-v1")
	c.Call("POST", "/v2/custom_fields", object{"name": "regions", "description": "", "field_type": "date"}).Want(422).Golden("field-wrong")
	c.Call("POST", "/v2/custom_fields", object{
		"name": "Service", "description": "", "field_type": "single_select", "catalog_type_id": "01FCNDV6P870EA6S7TK1DSYDG0",
		"filter_by": object{"custom_field_id": "01FCNDV6P870EA6S7TK1DSYDG0", "catalog_attribute_id": "01FCNDV6P870EA6S7TK1DSYDG0"},
	}).Want(422).Golden("field-of-catalog")
	c.Call("PUT", "/v2"+at, object{"name": "Regions", "description": "", "helptext_catalog_attribute_id": "01FCNDV6P870EA6S7TK1DSYDG0"}).Want(422)
	c.Call("DELETE", "/v2"+at, nil).Want(204)
	c.Call("GET", "/v1"+at, nil).Want(404)
	c.Call("PUT", "/v2"+at, object{"name": "Regions", "description": ""}).Want(404)
}

// The first version of the API says with the field where forms ask for it; that and the forms are one thing.
func TestFieldsOfV1StandInForms(t *testing.T) {
	c := apitest.New(t)
	kind := id.ID(c.Call("GET", "/v1/incident_types", nil).Get("incident_types", 0, "id"))
	if _, err := c.App.Incidents.CreateType(c.Owner.Context(), incident.CreateType{Name: "Security"}); err != nil {
		t.Fatal(err)
	}
	body := func(but object) object {
		all := object{"name": "Cause", "description": "", "show_before_creation": false, "show_before_closure": false, "show_before_update": false}
		maps.Copy(all, but)
		return all
	}
	asked := func() []form.Moment {
		t.Helper()
		forms, err := c.App.Forms.Forms(c.Owner.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Sorted(func(yield func(form.Moment) bool) {
			for m, f := range forms {
				if slices.ContainsFunc(f.Elements, func(e form.Element) bool { return e.Kind == form.Custom }) && !yield(m) {
					return
				}
			}
		})
	}
	made := c.Call("POST", "/v1/custom_fields", body(object{"field_type": "text", "show_before_creation": true, "show_before_update": true, "required": "before_closure", "show_in_announcement_post": true})).Want(201)
	made.Golden("field-v1-created")
	at := "/v1/custom_fields/" + made.Get("custom_field", "id")
	c.Call("GET", at, nil).Want(200).Golden("field-v1")
	if got := asked(); !slices.Equal(got, []form.Moment{form.Declare, form.Update}) {
		t.Errorf("asked for at %v", got)
	}
	c.Call("PUT", at, body(object{"show_before_closure": true, "required_v2": "always"})).Want(200).Golden("field-v1-updated")
	if got := asked(); !slices.Equal(got, []form.Moment{form.Resolve}) {
		t.Errorf("then asked for at %v", got)
	}
	c.Call("PUT", at, body(object{"required": "always"})).Want(200).Golden("field-v1-unasked")
	if got := asked(); len(got) > 0 {
		t.Errorf("in the end asked for at %v", got)
	}
	c.Call("POST", "/v1/custom_fields", body(object{"name": "Other", "field_type": "text", "required": "sometimes"})).Want(422).Golden("field-v1-wrong")
	c.Call("DELETE", at, nil).Want(204)
	c.Call("DELETE", at, nil).Want(404)
}

func TestOptions(t *testing.T) {
	c := apitest.New(t)
	field := c.Call("POST", "/v2/custom_fields", object{"name": "Region", "description": "", "field_type": "single_select"}).Want(201).Get("custom_field", "id")
	made := c.Call("POST", "/v1/custom_field_options", object{"custom_field_id": field, "value": "Madrid"}).Want(201)
	made.Golden("option-created")
	at := "/v1/custom_field_options/" + made.Get("custom_field_option", "id")
	c.Call("PUT", at, object{"value": "Lisbon", "sort_key": 0}).Want(200).Golden("option-updated")
	c.Call("GET", at, nil).Want(200).Golden("option-updated")
	c.Call("PUT", at, object{"value": "Lisbon"}).Want(422).Golden("option-without-sort-key")
	c.Call("POST", "/v1/custom_field_options", object{"custom_field_id": field, "value": " lisbon"}).Want(422).Golden("option-taken")
	c.Call("POST", "/v1/custom_field_options", object{"custom_field_id": "01FCNDV6P870EA6S7TK1DSYDG0", "value": "x"}).Want(404)
	c.Call("GET", "/v1/custom_field_options", nil).Want(422).Golden("options-of-nothing")
	words := c.Call("POST", "/v2/custom_fields", object{"name": "Cause", "description": "", "field_type": "text"}).Want(201).Get("custom_field", "id")
	c.Call("POST", "/v1/custom_field_options", object{"custom_field_id": words, "value": "x"}).Want(422).Golden("option-of-text")

	_, err := c.App.Incidents.Declare(c.Owner.Context(), incident.Declare{Name: "Payments fail", Fields: form.Values{id.ID(field): {made.Get("custom_field_option", "id")}}})
	if err != nil {
		t.Fatal(err)
	}
	c.Call("DELETE", at, nil).Want(409).Golden("option-used")
	other := c.Call("POST", "/v1/custom_field_options", object{"custom_field_id": field, "value": "Porto", "sort_key": 5}).Want(201).Get("custom_field_option", "id")
	c.Call("DELETE", "/v1/custom_field_options/"+other, nil).Want(204)
	c.Call("GET", "/v1/custom_field_options/"+other, nil).Want(404)
	c.Call("DELETE", "/v2/custom_fields/"+field, nil).Want(204)
	c.Call("GET", at, nil).Want(404)
}

// A select without options cannot be answered, so nobody is kept from declaring by it.
func TestFieldWithoutOptionsIsNotAskedFor(t *testing.T) {
	c := apitest.New(t)
	c.Call("POST", "/v1/custom_fields", object{
		"name": "Region", "description": "", "field_type": "single_select", "required": "always",
		"show_before_creation": true, "show_before_closure": false, "show_before_update": false,
	}).Want(201)
	if _, err := c.App.Incidents.Declare(c.Owner.Context(), incident.Declare{Name: "Payments fail"}); err != nil {
		t.Error(err)
	}
}

// While somebody reads page after page, options are made before and after, and the one read last is deleted; whatever
// was there all the time is met once.
func TestOptionsPageByPage(t *testing.T) {
	c := apitest.New(t)
	field := c.Call("POST", "/v2/custom_fields", object{"name": "Region", "description": "", "field_type": "single_select"}).Want(201).Get("custom_field", "id")
	add := func(value string, key int) string {
		return c.Call("POST", "/v1/custom_field_options", object{"custom_field_id": field, "value": value, "sort_key": key}).Want(201).Get("custom_field_option", "id")
	}
	var there []string
	for n := range 9 {
		there = append(there, add(fmt.Sprintf("Region %d", n), 100*(n/3)))
	}
	var met []string
	after := ""
	for page := 0; ; page++ {
		answer := c.Call("GET", "/v1/custom_field_options?page_size=2&custom_field_id="+field+"&after="+after, nil).Want(200)
		var list struct {
			Options []struct{ ID string }  `json:"custom_field_options"`
			Meta    struct{ After string } `json:"pagination_meta"`
		}
		answer.Into(&list)
		for _, o := range list.Options {
			if slices.Contains(met, o.ID) {
				t.Fatalf("%s was met twice", o.ID)
			}
			if slices.Contains(there, o.ID) {
				met = append(met, o.ID)
			}
		}
		if after = list.Meta.After; after == "" {
			break
		}
		add(fmt.Sprintf("Before %d", page), -page)
		if page < 3 {
			add(fmt.Sprintf("After %d", page), 1000+page)
		}
		c.Call("DELETE", "/v1/custom_field_options/"+after, nil).Want(204)
	}
	if !slices.Equal(met, there) {
		t.Errorf("met %v of %v", met, there)
	}
	empty := c.Call("GET", "/v1/custom_field_options?custom_field_id="+field+"&after="+add("Last", 99_999), nil).Want(200)
	empty.Golden("options-after-the-last")
	c.Call("GET", "/v1/custom_field_options?page_size=251&custom_field_id="+field, nil).Want(422)
	c.Call("GET", "/v1/custom_field_options?after=01FCNDV6P870EA6S7TK1DSYDG0&custom_field_id="+field, nil).Want(422).Golden("options-after-nothing")
}
