package settings

import (
	"context"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// FieldsV1 is a list of custom fields.
type FieldsV1 struct {
	CustomFields []wire.FieldV1 `json:"custom_fields"`
}

// FieldResultV1 is one custom field.
type FieldResultV1 struct {
	CustomField wire.FieldV1 `json:"custom_field"`
}

// UpdateFieldV1 is what a custom field becomes.
type UpdateFieldV1 struct {
	Name                   string `json:"name" required:"true" doc:"What people call it, at most 50 characters." example:"Affected area"`
	Description            string `json:"description" required:"true" doc:"The help under the question; may be empty." example:"Which part of the product is affected."`
	Required               string `json:"required" doc:"When an incident must have it; never when left out." enum:"never,before_closure,always" example:"never"`
	RequiredV2             string `json:"required_v2" doc:"The same in newer words, which win." enum:"never,before_resolution,always" example:"never"`
	ShowBeforeCreation     bool   `json:"show_before_creation" required:"true" doc:"Whether it is asked for when an incident is declared."`
	ShowBeforeClosure      bool   `json:"show_before_closure" required:"true" doc:"Whether it is asked for when an incident is closed."`
	ShowBeforeUpdate       bool   `json:"show_before_update" required:"true" doc:"Whether each update asks for it."`
	ShowInAnnouncementPost bool   `json:"show_in_announcement_post" doc:"Whether announcements of an incident tell it."`
}

// CreateFieldV1 is a custom field to be made.
type CreateFieldV1 struct {
	UpdateFieldV1
	FieldType string `json:"field_type" required:"true" doc:"What sort of answer it takes; this never changes. A select gets its options afterwards." enum:"single_select,multi_select,text,link,numeric" example:"single_select"`
}

// asking is what the body says of when incidents are asked for the field.
func (b UpdateFieldV1) asking() form.Asking {
	a := form.Asking{Declare: b.ShowBeforeCreation, Update: b.ShowBeforeUpdate, Resolve: b.ShowBeforeClosure, Required: form.Never}
	switch {
	case b.RequiredV2 != "":
		a.Required = form.Required(b.RequiredV2)
	case b.Required == "before_closure":
		a.Required = form.BeforeResolution
	case b.Required != "":
		a.Required = form.Required(b.Required)
	}
	return a
}

func (f family) fieldsV1(api *rest.API) {
	const tag = "Custom Fields V1#"
	view, change := []authz.Permission{authz.ViewFields}, []authz.Permission{authz.UpdateOrganisation}
	rest.Add(api, rest.Op{ID: tag + "List", Method: "GET", Path: "/v1/custom_fields", Scopes: view, Deprecated: true, Summary: "List custom fields", Description: "Use V2."},
		func(ctx context.Context, _ rest.Nothing) (FieldsV1, error) {
			all, err := f.Forms.Fields(ctx)
			if err != nil {
				return FieldsV1{}, err
			}
			asked, err := f.Forms.Askings(ctx)
			return FieldsV1{CustomFields: each(all, func(one form.Field) wire.FieldV1 { return wire.FieldInV1(one, asked[one.ID]) })}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Show", Method: "GET", Path: "/v1/custom_fields/{id}", Scopes: view, Deprecated: true, Summary: "Show a custom field", Description: "Use V2."},
		func(ctx context.Context, in one) (FieldResultV1, error) { return f.fieldV1(ctx, id.ID(in.ID)) })
	rest.Add(api, rest.Op{ID: tag + "Create", Method: "POST", Path: "/v1/custom_fields", Status: 201, Scopes: change, Deprecated: true, Summary: "Create a custom field", Description: "Use V2. The forms of every incident type ask for it as is said here."},
		func(ctx context.Context, in struct{ Body CreateFieldV1 }) (FieldResultV1, error) {
			made, err := f.Forms.CreateField(ctx, form.CreateField{
				Name: in.Body.Name, Description: in.Body.Description, Type: form.FieldType(in.Body.FieldType), Asking: in.Body.asking(), Announced: in.Body.ShowInAnnouncementPost,
			})
			if err != nil {
				return FieldResultV1{}, err
			}
			return f.fieldV1(tenant.Also(ctx, authz.ViewFields), made.ID)
		})
	rest.Add(api, rest.Op{ID: tag + "Update", Method: "PUT", Path: "/v1/custom_fields/{id}", Scopes: change, Deprecated: true, Summary: "Update a custom field", Description: "Use V2. Forms that ask for it already stay as people made them, unless this says otherwise."},
		func(ctx context.Context, in struct {
			one
			Body UpdateFieldV1
		},
		) (FieldResultV1, error) {
			err := f.Forms.EditField(ctx, form.EditField{
				ID: id.ID(in.ID), Name: in.Body.Name, Description: in.Body.Description, Asking: new(in.Body.asking()), Announced: &in.Body.ShowInAnnouncementPost,
			})
			if err != nil {
				return FieldResultV1{}, err
			}
			return f.fieldV1(tenant.Also(ctx, authz.ViewFields), id.ID(in.ID))
		})
	rest.Add(api, rest.Op{ID: tag + "Delete", Method: "DELETE", Path: "/v1/custom_fields/{id}", Status: 204, Scopes: change, Deprecated: true, Summary: "Delete a custom field", Description: "Use V2. " + deleteField}, f.archiveField)
}

func (f family) fieldV1(ctx context.Context, wanted id.ID) (FieldResultV1, error) {
	found, err := f.Forms.Field(ctx, wanted)
	if err != nil {
		return FieldResultV1{}, err
	}
	asked, err := f.Forms.Askings(ctx)
	return FieldResultV1{CustomField: wire.FieldInV1(found, asked[wanted])}, err
}
