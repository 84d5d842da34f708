package verbs

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// edits registers a verb that changes an incident or what belongs to it.
func edits[T any](fn func(ctx context.Context, a *app.App, w *World) (T, error)) Verb {
	return Verb{Forbidden: true, Call: called(fn)}
}

// reads registers a method that shows an incident or what belongs to it.
func reads[T any](fn func(ctx context.Context, a *app.App, w *World) (T, error)) Verb {
	return Verb{Call: called(fn)}
}

// reveals registers a method that answers with nothing where there is nothing to see.
func reveals[T any](fn func(ctx context.Context, a *app.App, w *World) (T, error)) Verb {
	return Verb{Stranger: Nothing, Call: called(fn)}
}

// lists registers a method that shows what the caller's organisation has.
func lists[T any](fn func(ctx context.Context, a *app.App, w *World) (T, error)) Verb {
	return Verb{Stranger: Own, Call: called(fn)}
}

var incidents = map[string]Verb{
	"Declare": edits(func(ctx context.Context, a *app.App, w *World) (incident.Brief, error) {
		return a.Incidents.Declare(ctx, incident.Declare{Name: "Declared", Severity: w.Severity, Type: w.Type, Status: w.Status, Lead: w.Member})
	}),
	"Comms": lists(func(ctx context.Context, a *app.App, _ *World) (incident.Role, error) {
		role, _, err := a.Incidents.Comms(ctx)
		return role, err
	}),
	"TakeComms": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (incident.Role, error) {
		return a.Incidents.TakeComms(ctx)
	})},
	"AssignRole": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.AssignRole(ctx, incident.AssignRole{Incident: w.Incident, Role: w.Role, Assignee: w.Member})
	}),
	"HandOver": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.HandOver(ctx, incident.HandOver{Incident: w.Incident, Role: w.Lead, To: w.Member, Note: "Yours."})
	}),
	"ChangeSeverity": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.ChangeSeverity(ctx, incident.ChangeSeverity{Incident: w.Incident, Severity: w.OtherSeverity})
	}),
	"ChangeStatus": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.ChangeStatus(ctx, incident.ChangeStatus{Incident: w.Incident, Status: w.Status})
	}),
	"Close": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.Close(ctx, incident.Close{Incident: w.Incident, Message: "Over."})
	}),
	"Reopen": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.Reopen(ctx, incident.Reopen{Incident: w.Closed})
	}),
	"Rename": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.Rename(ctx, incident.Rename{Incident: w.Incident, Name: "Renamed"})
	}),
	"ChangeSummary": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.ChangeSummary(ctx, incident.ChangeSummary{Incident: w.Incident, Source: "Other words."})
	}),
	"SendUpdate": edits(func(ctx context.Context, a *app.App, w *World) (incident.Sent, error) {
		return a.Incidents.SendUpdate(ctx, incident.SendUpdate{Incident: w.Incident, Message: "News.", Key: "other"})
	}),
	"SnoozeReminder": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.SnoozeReminder(ctx, incident.SnoozeReminder{Incident: w.Incident, Minutes: 5})
	}),
	"SkipReminder": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.SkipReminder(ctx, incident.SkipReminder{Incident: w.Incident})
	}),
	"Join": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.Join(ctx, incident.Join{Incident: w.Incident})
	}),
	"Invite": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.Invite(ctx, incident.Invite{Incident: w.Incident, User: w.Member})
	}),
	"Leave": reads(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.Leave(ctx, incident.Leave{Incident: w.Joined})
	}),

	"CreateSeverity": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (incident.Severity, error) {
		return a.Incidents.CreateSeverity(ctx, incident.CreateSeverity{Name: "Worst"})
	})},
	"EditSeverity": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.EditSeverity(ctx, incident.EditSeverity{ID: w.OtherSeverity, Name: "Edited"})
	}),
	"OrderSeverities": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.OrderSeverities(ctx, incident.OrderSeverities{IDs: w.Severities})
	}),
	"ArchiveSeverity": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.ArchiveSeverity(ctx, incident.ArchiveSeverity{ID: w.OtherSeverity})
	}),
	"CreateStatus": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (incident.Status, error) {
		return a.Incidents.CreateStatus(ctx, incident.CreateStatus{Category: incident.CategoryLive, Name: "Waiting"})
	})},
	"EditStatus": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.EditStatus(ctx, incident.EditStatus{ID: w.Status, Name: "Edited"})
	}),
	"OrderStatuses": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.OrderStatuses(ctx, incident.OrderStatuses{Category: incident.CategoryLive, IDs: w.LiveStatuses})
	}),
	"ArchiveStatus": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.ArchiveStatus(ctx, incident.ArchiveStatus{ID: w.Learning})
	}),
	"CreateRole": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (incident.Role, error) {
		return a.Incidents.CreateRole(ctx, incident.CreateRole{Name: "Scribe", Shortform: "scribe"})
	})},
	"EditRole": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.EditRole(ctx, incident.EditRole{ID: w.Role, Name: "Edited", Shortform: "edited"})
	}),
	"OrderRoles": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.OrderRoles(ctx, incident.OrderRoles{IDs: w.AllRoles})
	}),
	"ArchiveRole": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.ArchiveRole(ctx, incident.ArchiveRole{ID: w.Role})
	}),

	"Brief": reads(func(ctx context.Context, a *app.App, w *World) (incident.Brief, error) {
		return a.Incidents.Brief(ctx, w.Incident)
	}),
	"Get": reads(func(ctx context.Context, a *app.App, w *World) (incident.Incident, error) {
		return a.Incidents.Get(ctx, w.Incident)
	}),
	"ByReference": reads(func(ctx context.Context, a *app.App, w *World) (id.ID, error) {
		return a.Incidents.ByReference(ctx, w.Reference)
	}),
	"UpdateFeed": reveals(func(ctx context.Context, a *app.App, _ *World) ([]incident.FedUpdate, error) {
		return a.Incidents.UpdateFeed(ctx, incident.UpdateFeed{Count: 25})
	}),
	"Ever": lists(func(ctx context.Context, a *app.App, _ *World) (incident.Ever, error) { return a.Incidents.Ever(ctx) }),
	"Updates": reads(func(ctx context.Context, a *app.App, w *World) ([]incident.Update, error) {
		return a.Incidents.Updates(ctx, w.Incident, 10)
	}),
	"People": reads(func(ctx context.Context, a *app.App, w *World) ([]incident.Participant, error) {
		return a.Incidents.People(ctx, w.Incident)
	}),
	"List": lists(func(ctx context.Context, a *app.App, w *World) (incident.Page, error) {
		return a.Incidents.List(ctx, incident.Filter{Text: Marker, Severities: []id.ID{w.Severity}}, "", 10)
	}),
	"Live": lists(func(ctx context.Context, a *app.App, _ *World) ([]incident.Listed, error) {
		return a.Incidents.Live(ctx)
	}),
	"Duties": lists(func(ctx context.Context, a *app.App, w *World) ([]incident.Duty, error) {
		return a.Incidents.Duties(ctx, w.Owner)
	}),
	"Recent": lists(func(ctx context.Context, a *app.App, _ *World) ([]incident.Listed, error) {
		return a.Incidents.Recent(ctx, 10)
	}),
	"NeedsYou": lists(func(ctx context.Context, a *app.App, _ *World) ([]incident.Listed, error) {
		return a.Incidents.NeedsYou(ctx)
	}),
	"Headcounts": lists(func(ctx context.Context, a *app.App, w *World) (map[id.ID]int, error) {
		return a.Incidents.Headcounts(ctx, []id.ID{w.Incident})
	}),
	"Counts": lists(func(ctx context.Context, a *app.App, _ *World) (map[incident.Category]int64, error) {
		return a.Incidents.Counts(ctx)
	}),
	"Severities": lists(func(ctx context.Context, a *app.App, _ *World) ([]incident.Severity, error) {
		return a.Incidents.Severities(ctx)
	}),
	"Statuses": lists(func(ctx context.Context, a *app.App, _ *World) ([]incident.Status, error) {
		return a.Incidents.Statuses(ctx)
	}),
	"Roles": lists(func(ctx context.Context, a *app.App, _ *World) ([]incident.Role, error) {
		return a.Incidents.Roles(ctx)
	}),
	"Types": lists(func(ctx context.Context, a *app.App, _ *World) ([]incident.Type, error) {
		return a.Incidents.Types(ctx)
	}),
	"Named": reveals(func(ctx context.Context, a *app.App, w *World) (map[id.ID]incident.Named, error) {
		return a.Incidents.Named(ctx, []id.ID{w.Incident})
	}),
	"SettingNames": lists(func(ctx context.Context, a *app.App, _ *World) (map[id.ID]string, error) {
		return a.Incidents.SettingNames(ctx)
	}),
	"Timestamps": lists(func(ctx context.Context, a *app.App, _ *World) ([]incident.Timestamp, error) {
		return a.Incidents.Timestamps(ctx)
	}),
}

var actions = map[string]Verb{
	"Create": edits(func(ctx context.Context, a *app.App, w *World) (action.Action, error) {
		return a.Actions.Create(ctx, action.Create{Incident: w.Incident, Description: "Do it", Assignee: w.Member})
	}),
	"Assign": edits(func(ctx context.Context, a *app.App, w *World) (action.Action, error) {
		return a.Actions.Assign(ctx, action.Assign{Action: w.Action, Assignee: w.Member})
	}),
	"Complete": edits(func(ctx context.Context, a *app.App, w *World) (action.Action, error) {
		return a.Actions.Complete(ctx, action.Complete{Action: w.Action})
	}),
	"Reopen": edits(func(ctx context.Context, a *app.App, w *World) (action.Action, error) {
		return a.Actions.Reopen(ctx, action.Reopen{Action: w.Action})
	}),
	"Drop": edits(func(ctx context.Context, a *app.App, w *World) (action.Action, error) {
		return a.Actions.Drop(ctx, action.Drop{Action: w.Action})
	}),
	"SetDue": edits(func(ctx context.Context, a *app.App, w *World) (action.Action, error) {
		return a.Actions.SetDue(ctx, action.SetDue{Action: w.Action, Due: a.Clock.Now().Add(time.Hour)})
	}),
	"Delete": edits(func(ctx context.Context, a *app.App, w *World) (action.Action, error) {
		return a.Actions.Delete(ctx, action.Delete{Action: w.Action})
	}),
	"Edit": edits(func(ctx context.Context, a *app.App, w *World) (action.Action, error) {
		return a.Actions.Edit(ctx, action.Edit{Action: w.Action, Description: "Edited"})
	}),
	"List": reads(func(ctx context.Context, a *app.App, w *World) ([]action.Action, error) {
		return a.Actions.List(ctx, w.Incident)
	}),
	"Get": reads(func(ctx context.Context, a *app.App, w *World) (action.Action, error) {
		return a.Actions.Get(ctx, w.Action)
	}),
	"Ever": reads(func(ctx context.Context, a *app.App, w *World) (action.Action, error) {
		return a.Actions.Ever(ctx, w.Action)
	}),
	"Across": reveals(func(ctx context.Context, a *app.App, w *World) ([]action.Action, error) {
		return a.Actions.Across(ctx, action.Filter{Modes: []incident.Mode{incident.Standard}})
	}),
	"Replace": edits(func(ctx context.Context, a *app.App, w *World) (action.Action, error) {
		return a.Actions.Replace(ctx, action.Replace{Action: w.Action, Description: "Replaced", Status: action.Completed})
	}),
	"AssignedTo": reveals(func(ctx context.Context, a *app.App, w *World) ([]action.Action, error) {
		return a.Actions.AssignedTo(ctx, w.Owner)
	}),
	"Count": reads(func(ctx context.Context, a *app.App, w *World) (int, error) {
		outstanding, all, err := a.Actions.Count(ctx, w.Incident)
		return outstanding + all, err
	}),
}

// card is what a bot's message looks like when it is stored.
var card = func() json.RawMessage {
	encoded, err := json.Marshal(said)
	if err != nil {
		panic(err)
	}
	return encoded
}()

var said = chat.Say(Marker, chat.Text(richtext.Literal(Marker+" card")))

// brought is when something was said on a chat platform.
var brought = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

var rooms = map[string]Verb{
	"Post": edits(func(ctx context.Context, a *app.App, w *World) (room.Message, error) {
		return a.Rooms.Post(ctx, room.Post{Incident: w.Incident, ClientKey: "other", Source: "Words", Files: []id.ID{w.Picture}})
	}),
	"Edit": edits(func(ctx context.Context, a *app.App, w *World) (room.Message, error) {
		return a.Rooms.Edit(ctx, room.Edit{Message: w.Message, Version: w.MessageVersion, Source: "Edited"})
	}),
	"Delete": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Rooms.Delete(ctx, room.Delete{Message: w.Message})
	}),
	"React": edits(func(ctx context.Context, a *app.App, w *World) (room.Message, error) {
		return a.Rooms.React(ctx, room.React{Message: w.Message, Emoji: "👀"})
	}),
	"Unreact": edits(func(ctx context.Context, a *app.App, w *World) (room.Message, error) {
		return a.Rooms.Unreact(ctx, room.Unreact{Message: w.Message, Emoji: "👀"})
	}),
	"Pin": edits(func(ctx context.Context, a *app.App, w *World) (room.Message, error) {
		return a.Rooms.Pin(ctx, room.Pin{Message: w.Message})
	}),
	"Unpin": edits(func(ctx context.Context, a *app.App, w *World) (room.Message, error) {
		return a.Rooms.Unpin(ctx, room.Unpin{Message: w.Message})
	}),
	"Pictures": reveals(func(ctx context.Context, a *app.App, w *World) (map[id.ID][]room.File, error) {
		return a.Rooms.Pictures(ctx, []id.ID{w.Message})
	}),
	"Content": reads(func(ctx context.Context, a *app.App, w *World) (string, error) {
		name, _, _, content, err := a.Rooms.Content(ctx, w.Picture)
		if content != nil {
			_ = content.Close()
		}
		return name, err
	}),
	"Open":          outside("opens what a read of the caller's own returned"),
	"ReactionRules": lists(func(ctx context.Context, a *app.App, _ *World) (any, error) { return a.Rooms.ReactionRules(ctx) }),
	"SetReactionRules": {Stranger: Own, Forbidden: true, Call: done(func(ctx context.Context, a *app.App, _ *World) error {
		return a.Rooms.SetReactionRules(ctx, room.SetReactionRules{Rules: []room.Rule{{Purpose: room.ForPin, Emoji: "🔖"}}})
	})},
	"Redacted": outside("runs within the transaction that redacts, which authorises"),
	"AttachPicture": edits(func(ctx context.Context, a *app.App, w *World) (room.File, error) {
		return a.Rooms.AttachPicture(ctx, room.AttachPicture{Incident: w.Incident, Name: "dot.png", Content: dot()})
	}),
	"MarkRead": reads(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Rooms.MarkRead(ctx, room.MarkRead{Incident: w.Incident, Seq: 1})
	}),
	"PostBot": edits(func(ctx context.Context, a *app.App, w *World) (room.Message, error) {
		return a.Rooms.PostBot(ctx, room.PostBot{Incident: w.Incident, Key: "other", Blocks: card})
	}),
	"Said": reads(func(ctx context.Context, a *app.App, w *World) (map[string]id.ID, error) {
		return a.Rooms.Said(ctx, w.Incident, []string{Marker})
	}),
	"PutBot": edits(func(ctx context.Context, a *app.App, w *World) (room.Message, error) {
		return a.Rooms.PutBot(ctx, room.PutBot{Incident: w.Incident, Key: Marker, Blocks: card})
	}),
	// What is gone already stays so, and to a stranger it always was.
	"DeleteBot": {Stranger: Nothing, Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Rooms.DeleteBot(ctx, room.DeleteBot{Incident: w.Incident, Key: Marker})
	})},
	"Say": edits(func(ctx context.Context, a *app.App, w *World) (id.ID, error) {
		return a.Rooms.Say(ctx, w.Incident, said)
	}),
	"Resay": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Rooms.Resay(ctx, w.BotMessage, said)
	}),
	"Unsay": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Rooms.Unsay(ctx, w.BotMessage)
	}),
	"Elsewhere": reveals(func(ctx context.Context, a *app.App, w *World) ([]room.Chosen, error) {
		return a.Rooms.Elsewhere(ctx, w.Message)
	}),
	"Bring": edits(func(ctx context.Context, a *app.App, w *World) (room.Message, error) {
		return a.Rooms.Bring(ctx, room.Bring{Incident: w.Incident, Key: "elsewhere/1", Origin: "slack", Source: "Said elsewhere", At: brought})
	}),
	"EditBrought": edits(func(ctx context.Context, a *app.App, w *World) (room.Message, error) {
		return a.Rooms.EditBrought(ctx, room.EditBrought{Message: w.Brought, Source: "Said in other words", At: brought})
	}),
	"RemoveBrought": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Rooms.RemoveBrought(ctx, w.Brought)
	}),
	"HasBot": reveals(func(ctx context.Context, a *app.App, w *World) (bool, error) {
		return a.Rooms.HasBot(ctx, w.Incident, Marker)
	}),
	"History": reads(func(ctx context.Context, a *app.App, w *World) ([]room.Message, error) {
		messages, _, err := a.Rooms.History(ctx, w.Incident, 0, 10)
		return messages, err
	}),
	"After": reads(func(ctx context.Context, a *app.App, w *World) ([]room.Message, error) {
		return a.Rooms.After(ctx, w.Incident, 0, 10)
	}),
	"Around": reads(func(ctx context.Context, a *app.App, w *World) (room.Stretch, error) {
		return a.Rooms.Around(ctx, w.Message, 5)
	}),
	"From": reads(func(ctx context.Context, a *app.App, w *World) ([]room.Message, error) {
		messages, _, err := a.Rooms.From(ctx, w.Incident, 1, 5)
		return messages, err
	}),
	"Message": reads(func(ctx context.Context, a *app.App, w *World) (room.Message, error) {
		return a.Rooms.Message(ctx, w.Message)
	}),
	"AttachFile": edits(func(ctx context.Context, a *app.App, w *World) (room.File, error) {
		return a.Rooms.AttachFile(ctx, room.AttachFile{Incident: w.Incident, Name: "log.txt", Content: strings.NewReader("Words")})
	}),
	"Reply": edits(func(ctx context.Context, a *app.App, w *World) (id.ID, error) {
		return a.Rooms.Reply(ctx, w.Message, said)
	}),
	"Thread": reads(func(ctx context.Context, a *app.App, w *World) (room.Thread, error) {
		return a.Rooms.Thread(ctx, w.Message, 0, 10)
	}),
	"UnreadThreads": reads(func(ctx context.Context, a *app.App, w *World) ([]room.UnreadThread, error) {
		return a.Rooms.UnreadThreads(ctx, w.Incident)
	}),
	"MarkThreadRead": reads(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Rooms.MarkThreadRead(ctx, room.MarkThreadRead{Message: w.Message, Seq: 1})
	}),
	"Versions": reads(func(ctx context.Context, a *app.App, w *World) ([]room.Version, error) {
		return a.Rooms.Versions(ctx, w.Message)
	}),
	"Sweep":  outside("the clock calls it for all organisations; it deletes uploads that no message shows"),
	"Latest": reads(func(ctx context.Context, a *app.App, w *World) (int64, error) { return a.Rooms.Latest(ctx, w.Incident) }),
	"Reading": reveals(func(ctx context.Context, a *app.App, w *World) (room.Reading, error) {
		return a.Rooms.Reading(ctx, w.Incident)
	}),
	"Readers": reads(func(ctx context.Context, a *app.App, w *World) (map[id.ID]int64, error) {
		return a.Rooms.Readers(ctx, w.Incident)
	}),
	"Unread": reveals(func(ctx context.Context, a *app.App, w *World) (map[id.ID]int, error) {
		return a.Rooms.Unread(ctx, []id.ID{w.Incident})
	}),
}

// dot is the smallest picture.
func dot() io.Reader {
	var encoded bytes.Buffer
	if err := png.Encode(&encoded, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		panic(err)
	}
	return &encoded
}
