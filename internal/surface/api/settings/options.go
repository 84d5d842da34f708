package settings

import (
	"context"
	"slices"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// OptionsV1 is a page of the options of a field.
type OptionsV1 struct {
	CustomFieldOptions []wire.FieldOption `json:"custom_field_options"`
	PaginationMeta     rest.Meta          `json:"pagination_meta"`
}

// OptionResultV1 is one option.
type OptionResultV1 struct {
	CustomFieldOption wire.FieldOption `json:"custom_field_option"`
}

// sortKey is that of an option that is made without one.
const sortKey = 1000

// CreateOptionV1 is an option to be made.
type CreateOptionV1 struct {
	CustomFieldID string `json:"custom_field_id" required:"true" doc:"The field that offers it, a select." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Value         string `json:"value" required:"true" doc:"What people read, at most 200 characters." example:"Payments"`
	SortKey       *int64 `json:"sort_key" doc:"Options are shown by this number, the lowest first; 1000 when left out." example:"1000"`
}

// UpdateOptionV1 is what an option becomes.
type UpdateOptionV1 struct {
	Value   string `json:"value" required:"true" doc:"What people read, at most 200 characters." example:"Payments"`
	SortKey *int64 `json:"sort_key" required:"true" doc:"Options are shown by this number, the lowest first." example:"1000"`
}

type optionsPage struct {
	rest.Page `page:"25,250"`
	Field     string `query:"custom_field_id" required:"true" doc:"The field whose options are wanted." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
}

func (f family) options(api *rest.API) {
	const tag = "Custom Field Options V1#"
	view, change := []authz.Permission{authz.ViewFields}, []authz.Permission{authz.UpdateOrganisation}
	rest.Add(api, rest.Op{ID: tag + "List", Method: "GET", Path: "/v1/custom_field_options", Scopes: view, Summary: "List custom field options", Description: "The options of a field, by sort key."}, f.listOptions)
	rest.Add(api, rest.Op{ID: tag + "Show", Method: "GET", Path: "/v1/custom_field_options/{id}", Scopes: view, Summary: "Show a custom field option"},
		func(ctx context.Context, in one) (OptionResultV1, error) { return f.option(ctx, in.ID) })
	rest.Add(api, rest.Op{ID: tag + "Create", Method: "POST", Path: "/v1/custom_field_options", Status: 201, Scopes: change, Summary: "Create a custom field option"},
		func(ctx context.Context, in struct{ Body CreateOptionV1 }) (OptionResultV1, error) {
			if in.Body.SortKey == nil {
				in.Body.SortKey = new(int64(sortKey))
			}
			made, err := f.Forms.CreateOption(ctx, form.CreateOption{Field: id.ID(in.Body.CustomFieldID), Value: in.Body.Value, SortKey: in.Body.SortKey})
			return OptionResultV1{CustomFieldOption: wire.Option(made)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Update", Method: "PUT", Path: "/v1/custom_field_options/{id}", Scopes: change, Summary: "Update a custom field option", Description: "It changes in every incident that has it."},
		func(ctx context.Context, in struct {
			one
			Body UpdateOptionV1
		},
		) (OptionResultV1, error) {
			err := f.Forms.EditOption(ctx, form.EditOption{ID: id.ID(in.ID), Value: in.Body.Value, SortKey: in.Body.SortKey})
			if err != nil {
				return OptionResultV1{}, err
			}
			return f.option(tenant.Also(ctx, authz.ViewFields), in.ID)
		})
	rest.Add(api, rest.Op{ID: tag + "Delete", Method: "DELETE", Path: "/v1/custom_field_options/{id}", Status: 204, Scopes: change, Summary: "Delete a custom field option", Description: "Incidents that are over keep it. While others have it, or forms name it, it cannot go: the answer is 409 and says where it is used."},
		func(ctx context.Context, in one) (rest.Nothing, error) {
			return rest.Nothing{}, f.Forms.ArchiveOption(ctx, form.ArchiveOption{ID: id.ID(in.ID)})
		})
}

func (f family) option(ctx context.Context, wanted string) (OptionResultV1, error) {
	found, err := f.Forms.Option(ctx, id.ID(wanted))
	return OptionResultV1{CustomFieldOption: wire.Option(found)}, err
}

// listOptions finds the place of the cursor among all options, those out of use too, so that a reader goes on where they
// were when what they read last was deleted meanwhile.
func (f family) listOptions(ctx context.Context, in optionsPage) (OptionsV1, error) {
	field, err := f.Forms.Field(ctx, id.ID(in.Field))
	if err != nil {
		return OptionsV1{}, err
	}
	if in.After != "" {
		at := slices.IndexFunc(field.Options, func(o form.Option) bool { return o.ID.String() == in.After })
		if at < 0 {
			return OptionsV1{}, problem.Field("after", "unknown", "%s has no option with this id to read on after.", field.Name)
		}
		field.Options = field.Options[at+1:]
	}
	shown, more := rest.Cut(wire.FieldOptions(field), in.PageSize)
	return OptionsV1{CustomFieldOptions: shown, PaginationMeta: rest.Next(shown, in.PageSize, more, func(o wire.FieldOption) string { return o.ID })}, nil
}
