package incident

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Person is a user of the organisation as incidents show them.
type Person struct {
	ID          id.ID
	Name        string
	AvatarKey   string
	Deactivated bool
}

// Severity is one of the organisation's severities; the higher the rank, the worse.
type Severity struct {
	ID          id.ID
	Name        string
	Description string
	Rank        int32
	Archived    bool
	Version     int32
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Status is one of the organisation's statuses.
type Status struct {
	ID          id.ID
	Name        string
	Description string
	Category    Category
	Rank        int32
	Archived    bool
	Version     int32
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Type is one of the organisation's incident types.
type Type struct {
	ID          id.ID
	Name        string
	Description string
	Default     bool
	// CreateInTriage is always or optional.
	CreateInTriage string
	PrivateOnly    bool
	Rank           int32
	Archived       bool
	Version        int32
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Role is one of the organisation's roles.
type Role struct {
	ID           id.ID
	Name         string
	Description  string
	Instructions string
	// Shortform is what people type in a chat to mean the role.
	Shortform string
	// Kind is lead, reporter or custom.
	Kind string
	// Required tells that a program says that every incident needs somebody in the role.
	Required  bool
	Rank      int32
	Archived  bool
	Version   int32
	CreatedAt time.Time
	UpdatedAt time.Time
}

// RoleHolder is a role in one incident, and who holds it if anybody.
type RoleHolder struct {
	Role       Role
	Holder     *Person
	AssignedAt time.Time
	// GivenBy is who gave it, empty where that is not known; Note what they wrote for the holder.
	GivenBy tenant.Actor
	Note    string
	// Read tells that the holder put away what they were told of the role.
	Read bool
	// SeenAt is when the holder last had the incident before them, nil for never.
	SeenAt *time.Time
}

// News reports whether the holder was given the role by somebody else, and has not put away what they were told of it.
func (h RoleHolder) News() bool {
	return h.Holder != nil && !h.Read && h.GivenBy.Type != "" && h.GivenBy.ID != h.Holder.ID && (h.Note != "" || h.Role.Instructions != "")
}

// TimestampValue is a moment of one incident.
type TimestampValue struct {
	ID   id.ID
	Name string
	At   time.Time
}

// Update is what was told at one moment. The severities and FromStatus are nil where it changed none.
type Update struct {
	ID           id.ID
	Incident     id.ID
	Seq          int64
	Message      richtext.Document
	Author       tenant.Actor
	FromStatus   *Status
	ToStatus     Status
	FromSeverity *Severity
	ToSeverity   *Severity
	// NextMinutes is in how long the next update was promised, 0 for no promise.
	NextMinutes int
	At          time.Time
	// EditedAt is when its words were changed last, nil for never; Editor is who did.
	EditedAt *time.Time
	Editor   tenant.Actor
	// Version is what EditUpdate asks for.
	Version int32
}

// Marked reports whether readers are told that the words were changed: those that were mended soon are not marked.
func (u Update) Marked() bool { return marked(u.At, u.EditedAt) }

// Changes words what the update changed beside telling something: "The status is now Fixing."
func (u Update) Changes() string {
	var severity, status string
	if u.ToSeverity != nil && (u.FromSeverity == nil || u.FromSeverity.ID != u.ToSeverity.ID) {
		severity = u.ToSeverity.Name
	}
	if u.FromStatus != nil && u.FromStatus.ID != u.ToStatus.ID {
		status = u.ToStatus.Name
	}
	return changed(severity, status)
}

// You is the part that the reader has in an incident.
type You struct {
	// Participation is empty for who has never looked in.
	Participation Participation
	// SeenAt is when they last had it before them, nil for never; BeforeAt is until when the time before that.
	SeenAt, BeforeAt *time.Time
}

// Incident is everything that an incident's page shows of the incident itself.
type Incident struct {
	ID        id.ID
	Number    int64
	Reference string
	Name      string
	// Summary has what was typed in its Source; SummaryVersion is what ChangeSummary asks for.
	Summary         richtext.Document
	SummaryVersion  int32
	Type            Type
	Status          Status
	Severity        *Severity
	Mode            Mode
	Private         bool
	Quiet           bool
	Creator         tenant.Actor
	DeclaredAt      time.Time
	UpdatedAt       time.Time
	ClosedAt        *time.Time
	Version         int32
	Roles           []RoleHolder
	Timestamps      []TimestampValue
	LastUpdate      *Update
	NextUpdateDueAt *time.Time
	Reminders       int
	Updates         int
	Participants    int
	// Aside tells why the incident is not being worked on; nil when it is, or was closed as any other.
	Aside *Aside
	You   You
	// OutOfOrder says of moments that lie before what they come after, a sentence each.
	OutOfOrder []string
	// Durations are all that the organisation measures, by rank.
	Durations []DurationValue
	// Fields are the custom fields that its type asks for or that it has, by rank.
	Fields []FieldValue

	ranks map[id.ID]int32
}

// Lead returns who runs the incident, or nil.
func (i Incident) Lead() *Person {
	for _, r := range i.Roles {
		if r.Role.Kind == RoleLead {
			return r.Holder
		}
	}
	return nil
}

// LeadAway reports whether the lead is gone while others wait: deactivated, or not seen for AwayAfter with an update
// overdue.
func (i Incident) LeadAway(now time.Time) bool {
	for _, held := range i.Roles {
		if held.Role.Kind != RoleLead || held.Holder == nil || !i.Status.Category.Ongoing() {
			continue
		}
		seen := held.AssignedAt
		if held.SeenAt != nil && held.SeenAt.After(seen) {
			seen = *held.SeenAt
		}
		overdue := i.NextUpdateDueAt != nil && now.After(*i.NextUpdateDueAt)
		return held.Holder.Deactivated || overdue && now.Sub(seen) > AwayAfter
	}
	return false
}

// Live reports whether the incident is being worked on now.
func (i Incident) Live() bool { return i.Status.Category == CategoryLive }

// Duration returns how long the incident has lasted at the given moment, or lasted until it was closed.
func (i Incident) Duration(now time.Time) time.Duration {
	if i.ClosedAt != nil {
		now = *i.ClosedAt
	}
	return now.Sub(i.DeclaredAt)
}

func severityOf(row db.MusterSeverity) Severity {
	return Severity{
		ID: row.ID, Name: row.Name, Description: row.Description, Rank: row.Rank, Archived: row.ArchivedAt != nil,
		Version: row.RowVersion, CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}

func statusOf(row db.MusterIncidentStatus) Status {
	return Status{
		ID: row.ID, Name: row.Name, Description: row.Description, Category: Category(row.Category), Rank: row.Rank,
		Archived: row.ArchivedAt != nil, Version: row.RowVersion, CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}

func typeOf(row db.MusterIncidentType) Type {
	return Type{
		ID: row.ID, Name: row.Name, Description: row.Description, Default: row.IsDefault, CreateInTriage: row.CreateInTriage,
		PrivateOnly: row.PrivateIncidentsOnly, Rank: row.Rank, Version: row.RowVersion, Archived: row.ArchivedAt != nil, CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}

func roleOf(row db.MusterIncidentRole) Role {
	return Role{
		ID: row.ID, Name: row.Name, Description: row.Description, Instructions: row.Instructions, Shortform: row.Shortform,
		Kind: row.RoleType, Required: row.Required, Rank: row.Rank, Archived: row.ArchivedAt != nil, Version: row.RowVersion,
		CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}

func updateOf(row db.UpdatesRow) (Update, error) {
	message, err := document(row.Message, row.MessageSource)
	if err != nil {
		return Update{}, fmt.Errorf("read update %s: %w", row.ID, err)
	}
	u := Update{
		ID: row.ID, Incident: row.IncidentID, Seq: row.Seq, Message: message, At: row.CreatedAt,
		Author:   tenant.Actor{Type: tenant.ActorType(row.AuthorType), ID: row.AuthorID, Name: row.AuthorName},
		ToStatus: Status{ID: row.ToStatusID, Name: row.ToStatus, Category: Category(row.ToCategory)},
		EditedAt: row.EditedAt, Version: row.RowVersion,
	}
	if row.EditorType != nil {
		u.Editor = tenant.Actor{Type: tenant.ActorType(*row.EditorType), ID: row.EditorID, Name: *row.EditorName}
	}
	if row.FromStatus != nil {
		u.FromStatus = &Status{ID: row.FromStatusID, Name: *row.FromStatus, Category: Category(*row.FromCategory)}
	}
	if row.FromSeverity != nil {
		u.FromSeverity = &Severity{ID: row.FromSeverityID, Name: *row.FromSeverity, Rank: *row.FromRank}
	}
	if row.ToSeverity != nil {
		u.ToSeverity = &Severity{ID: row.ToSeverityID, Name: *row.ToSeverity, Rank: *row.ToRank}
	}
	if row.NextUpdateMinutes != nil {
		u.NextMinutes = int(*row.NextUpdateMinutes)
	}
	return u, nil
}

// document reads a text as it is stored: its document, and beside it what was typed.
func document(stored json.RawMessage, source string) (richtext.Document, error) {
	if len(stored) == 0 {
		return richtext.Document{Source: source}, nil
	}
	d, _, err := richtext.FromJSON(stored)
	if err != nil {
		return richtext.Document{}, err
	}
	d.Source = source
	return d, nil
}

func personOf(user id.ID, name, avatar, state *string) *Person {
	if user.Empty() || name == nil {
		return nil
	}
	p := &Person{ID: user, Name: *name, Deactivated: state != nil && *state == "deactivated"}
	if avatar != nil {
		p.AvatarKey = *avatar
	}
	return p
}
