package wire

import (
	"time"

	"github.com/musterhq/muster/internal/domain/form"
)

// FieldOption is one answer that a custom field offers.
type FieldOption struct {
	ID            string `json:"id" doc:"Names the option." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	CustomFieldID string `json:"custom_field_id" doc:"The field that offers it." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Value         string `json:"value" doc:"What people read." example:"Payments"`
	SortKey       int64  `json:"sort_key" doc:"Options are shown by this number, the lowest first." example:"1000"`
}

// Option is the wire form of an option.
func Option(o form.Option) FieldOption {
	return FieldOption{ID: o.ID.String(), CustomFieldID: o.Field.String(), Value: o.Value, SortKey: o.SortKey}
}

// FieldOptions are the options of a field that can be chosen, in their order.
func FieldOptions(f form.Field) []FieldOption {
	options := []FieldOption{}
	for _, o := range f.InUse() {
		options = append(options, Option(o))
	}
	return options
}

// FieldV1 is a custom field as the first version of the API shows it: with its options and when incidents are asked for it.
type FieldV1 struct {
	ID                     string        `json:"id" doc:"Names the field." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Name                   string        `json:"name" doc:"What people call it." example:"Affected area"`
	Description            string        `json:"description" doc:"The help under the question." example:"Which part of the product is affected."`
	FieldType              string        `json:"field_type" doc:"What sort of answer it takes." enum:"single_select,multi_select,text,link,numeric" example:"single_select"`
	CatalogTypeID          string        `json:"catalog_type_id,omitempty" doc:"The type of the catalog whose entries are its options; absent when it has its own."`
	Required               string        `json:"required" doc:"When an incident must have it." enum:"never,before_closure,always" example:"never"`
	RequiredV2             string        `json:"required_v2" doc:"The same in newer words." enum:"never,before_resolution,always" example:"never"`
	ShowBeforeCreation     bool          `json:"show_before_creation" doc:"Whether it is asked for when an incident is declared."`
	ShowBeforeClosure      bool          `json:"show_before_closure" doc:"Whether it is asked for when an incident is closed."`
	ShowBeforeUpdate       bool          `json:"show_before_update" doc:"Whether each update asks for it."`
	ShowInAnnouncementPost bool          `json:"show_in_announcement_post" doc:"Whether announcements of an incident tell it."`
	Options                []FieldOption `json:"options" doc:"What can be chosen, in its order."`
	CreatedAt              time.Time     `json:"created_at" doc:"When it was made."`
	UpdatedAt              time.Time     `json:"updated_at" doc:"When it was last changed."`
}

// FieldV2 is a custom field.
type FieldV2 struct {
	ID                         string            `json:"id" doc:"Names the field." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Name                       string            `json:"name" doc:"What people call it." example:"Affected area"`
	Description                string            `json:"description" doc:"The help under the question." example:"Which part of the product is affected."`
	FieldType                  string            `json:"field_type" doc:"What sort of answer it takes." enum:"single_select,multi_select,text,link,numeric" example:"single_select"`
	CatalogTypeID              string            `json:"catalog_type_id,omitempty" doc:"The type of the catalog whose entries are its options; absent when it has its own."`
	FilterBy                   *FieldFilterBy    `json:"filter_by,omitempty" doc:"Another field whose answer narrows down the entries of the catalog."`
	FixedFilter                *FieldFixedFilter `json:"fixed_filter,omitempty" doc:"What narrows down the entries of the catalog always."`
	GroupByCatalogAttributeID  string            `json:"group_by_catalog_attribute_id,omitempty" doc:"The attribute of the catalog by which its options are grouped."`
	HelptextCatalogAttributeID string            `json:"helptext_catalog_attribute_id,omitempty" doc:"The attribute of the catalog that explains its options."`
	CreatedAt                  time.Time         `json:"created_at" doc:"When it was made."`
	UpdatedAt                  time.Time         `json:"updated_at" doc:"When it was last changed."`
}

// FieldFilterBy narrows down the entries of the catalog by another field.
type FieldFilterBy struct {
	CatalogAttributeID string `json:"catalog_attribute_id" doc:"The attribute that has to hold the other field's answer."`
	CustomFieldID      string `json:"custom_field_id" doc:"The other field."`
}

// FieldFixedFilter narrows down the entries of the catalog by fixed values.
type FieldFixedFilter struct {
	CatalogAttributeID string   `json:"catalog_attribute_id" doc:"The attribute that has to hold one of the values."`
	Values             []string `json:"values" doc:"The values."`
}

// Field is the wire form of a custom field.
func Field(f form.Field) FieldV2 {
	return FieldV2{ID: f.ID.String(), Name: f.Name, Description: f.Description, FieldType: string(f.Type), CreatedAt: Time(f.CreatedAt), UpdatedAt: Time(f.UpdatedAt)}
}

// FieldInV1 is the wire form of a custom field in the first version of the API.
func FieldInV1(f form.Field, asked form.Asking) FieldV1 {
	required := string(asked.Required)
	if asked.Required == form.BeforeResolution {
		required = "before_closure"
	}
	return FieldV1{
		ID: f.ID.String(), Name: f.Name, Description: f.Description, FieldType: string(f.Type), Required: required, RequiredV2: string(asked.Required),
		ShowBeforeCreation: asked.Declare, ShowBeforeClosure: asked.Resolve, ShowBeforeUpdate: asked.Update, ShowInAnnouncementPost: f.Announced,
		Options: FieldOptions(f), CreatedAt: Time(f.CreatedAt), UpdatedAt: Time(f.UpdatedAt),
	}
}
