package settings

import (
	"context"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// FieldsV2 is a list of custom fields.
type FieldsV2 struct {
	CustomFields []wire.FieldV2 `json:"custom_fields"`
}

// FieldResultV2 is one custom field.
type FieldResultV2 struct {
	CustomField wire.FieldV2 `json:"custom_field"`
}

// FieldCatalogV2 is what a field whose options come from the catalog says of it.
type FieldCatalogV2 struct {
	FilterBy                   *wire.FieldFilterBy    `json:"filter_by" doc:"Needs the catalog, which Muster does not have yet."`
	FixedFilter                *wire.FieldFixedFilter `json:"fixed_filter" doc:"Needs the catalog, which Muster does not have yet."`
	GroupByCatalogAttributeID  string                 `json:"group_by_catalog_attribute_id" doc:"Needs the catalog, which Muster does not have yet."`
	HelptextCatalogAttributeID string                 `json:"helptext_catalog_attribute_id" doc:"Needs the catalog, which Muster does not have yet."`
}

// CreateFieldV2 is a custom field to be made.
type CreateFieldV2 struct {
	Name          string `json:"name" required:"true" doc:"What people call it, at most 50 characters." example:"Affected area"`
	Description   string `json:"description" required:"true" doc:"The help under the question; may be empty." example:"Which part of the product is affected."`
	FieldType     string `json:"field_type" required:"true" doc:"What sort of answer it takes; this never changes. A select gets its options afterwards." enum:"single_select,multi_select,text,link,numeric" example:"single_select"`
	CatalogTypeID string `json:"catalog_type_id" doc:"Needs the catalog, which Muster does not have yet."`
	FieldCatalogV2
}

// UpdateFieldV2 is what a custom field becomes.
type UpdateFieldV2 struct {
	Name        string `json:"name" required:"true" doc:"What people call it, at most 50 characters." example:"Affected area"`
	Description string `json:"description" required:"true" doc:"The help under the question; may be empty." example:"Which part of the product is affected."`
	FieldCatalogV2
}

// check refuses what needs the catalog, rather than forget it.
func (c FieldCatalogV2) check(kind string) error {
	var wrong problem.List
	for _, one := range []struct {
		field string
		given bool
	}{
		{"catalog_type_id", kind != ""},
		{"filter_by", c.FilterBy != nil},
		{"fixed_filter", c.FixedFilter != nil},
		{"group_by_catalog_attribute_id", c.GroupByCatalogAttributeID != ""},
		{"helptext_catalog_attribute_id", c.HelptextCatalogAttributeID != ""},
	} {
		if one.given {
			wrong = append(wrong, problem.Field(one.field, "no_catalog", "Muster has no catalog yet from which a field could take its options. Leave %s out, and give the field options of its own.", one.field))
		}
	}
	return wrong.Err()
}

func (f family) fields(api *rest.API) {
	const tag = "Custom Fields V2#"
	view, change := []authz.Permission{authz.ViewFields}, []authz.Permission{authz.UpdateOrganisation}
	rest.Add(api, rest.Op{ID: tag + "List", Method: "GET", Path: "/v2/custom_fields", Scopes: view, Summary: "List custom fields", Description: "Every custom field in use, in the order in which people see them."},
		func(ctx context.Context, _ rest.Nothing) (FieldsV2, error) {
			all, err := f.Forms.Fields(ctx)
			return FieldsV2{CustomFields: each(all, wire.Field)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Show", Method: "GET", Path: "/v2/custom_fields/{id}", Scopes: view, Summary: "Show a custom field"},
		func(ctx context.Context, in one) (FieldResultV2, error) { return f.field(ctx, in.ID) })
	rest.Add(api, rest.Op{ID: tag + "Create", Method: "POST", Path: "/v2/custom_fields", Status: 201, Scopes: change, Summary: "Create a custom field", Description: "No form asks for it until it is put into one, in Settings, Forms."},
		func(ctx context.Context, in struct{ Body CreateFieldV2 }) (FieldResultV2, error) {
			if err := in.Body.check(in.Body.CatalogTypeID); err != nil {
				return FieldResultV2{}, err
			}
			made, err := f.Forms.CreateField(ctx, form.CreateField{Name: in.Body.Name, Description: in.Body.Description, Type: form.FieldType(in.Body.FieldType)})
			return FieldResultV2{CustomField: wire.Field(made)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Update", Method: "PUT", Path: "/v2/custom_fields/{id}", Scopes: change, Summary: "Update a custom field"},
		func(ctx context.Context, in struct {
			one
			Body UpdateFieldV2
		},
		) (FieldResultV2, error) {
			if err := in.Body.check(""); err != nil {
				return FieldResultV2{}, err
			}
			err := f.Forms.EditField(ctx, form.EditField{ID: id.ID(in.ID), Name: in.Body.Name, Description: in.Body.Description})
			if err != nil {
				return FieldResultV2{}, err
			}
			return f.field(tenant.Also(ctx, authz.ViewFields), in.ID)
		})
	rest.Add(api, rest.Op{ID: tag + "Delete", Method: "DELETE", Path: "/v2/custom_fields/{id}", Status: 204, Scopes: change, Summary: "Delete a custom field", Description: deleteField}, f.archiveField)
}

const deleteField = "Forms ask for it no more; incidents that have it keep it."

func (f family) field(ctx context.Context, wanted string) (FieldResultV2, error) {
	found, err := f.Forms.Field(ctx, id.ID(wanted))
	return FieldResultV2{CustomField: wire.Field(found)}, err
}

func (f family) archiveField(ctx context.Context, in one) (rest.Nothing, error) {
	return rest.Nothing{}, f.Forms.ArchiveField(ctx, form.ArchiveField{ID: id.ID(in.ID), FromForms: true})
}
