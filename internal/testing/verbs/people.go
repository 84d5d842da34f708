package verbs

import (
	"context"
	"encoding/json"

	"github.com/musterhq/muster/internal/app"
	accountdomain "github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

var account = map[string]Verb{
	"Me":       {Stranger: Own, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) { return a.Accounts.Me(ctx) }},
	"SetTheme": {Stranger: Own, Call: done(func(ctx context.Context, a *app.App, _ *World) error { return a.Accounts.SetTheme(ctx, "dark") })},
	"ChangePassword": {Stranger: Own, Call: done(func(ctx context.Context, a *app.App, _ *World) error {
		return a.Accounts.ChangePassword(ctx, accountdomain.ChangePassword{New: "a password of some length"})
	})},
	"NeedsCurrentPassword": {Stranger: Own, Call: func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Accounts.NeedsCurrentPassword(ctx, w.OwnerSession)
	}},
	"Ensure":            outside("runs within the transaction of a verb that authorises"),
	"MakeFirstOperator": outside("runs within the transaction that founds an organisation"),
	"SetFirstPassword":  outside("runs within the transaction of accepting an invitation"),
	"Verify":            outside("the password is the right to it"),
	"Find":              outside("for signing in, where nobody is known yet; pages never show what it says"),
}

var organisations = map[string]Verb{
	"Get": {Stranger: Own, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) { return a.Organisations.Get(ctx) }},
	"Change": {Stranger: Own, Forbidden: true, Call: done(func(ctx context.Context, a *app.App, _ *World) error {
		return a.Organisations.Change(ctx, organisation.Change{Name: "Renamed"})
	})},
	"CreateWithOwner": outside("for the command line and the set-up"),
	"All":             outside("for work of the installation, which then acts as each organisation"),
	"BySlug":          outside("says which id an address names, and nothing else"),
	"PrepareSetup":    outside("for the start of the server"),
	"SetupOpen":       outside("the token of the log is the right to it"),
	"SetUp":           outside("the token of the log is the right to it"),
}

var users = map[string]Verb{
	"Get":  {Call: func(ctx context.Context, a *app.App, w *World) (any, error) { return a.Users.Get(ctx, w.Member) }},
	"ByID": {Stranger: Nothing, Call: func(ctx context.Context, a *app.App, w *World) (any, error) { return a.Users.ByID(ctx, w.Member) }},
	"Me":   {Stranger: Own, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) { return a.Users.Me(ctx) }},
	"List": {Stranger: Own, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) {
		return a.Users.List(ctx, user.List{})
	}},
	"Directory": {Stranger: Own, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) {
		users, _, err := a.Users.Directory(ctx, user.Directory{Inactive: true, Count: 100})
		return users, err
	}},
	"OpenInvitations": {Stranger: Own, Forbidden: true, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) {
		return a.Users.OpenInvitations(ctx)
	}},
	"Invite": {Stranger: Own, Forbidden: true, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) {
		return a.Users.Invite(ctx, user.Invite{Email: "new@example.test", Role: authz.Viewer})
	}},
	"Resend":           {Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error { return a.Users.Resend(ctx, w.Invited) })},
	"RevokeInvitation": {Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error { return a.Users.RevokeInvitation(ctx, w.Invited) })},
	"ChangeRole": {Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Users.ChangeRole(ctx, user.ChangeRole{User: w.Member, Role: authz.Viewer})
	})},
	"Deactivate": {Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error { return a.Users.Deactivate(ctx, w.Member) })},
	"Reactivate": {Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error { return a.Users.Reactivate(ctx, w.Member) })},
	"ChangeProfile": {Stranger: Own, Call: done(func(ctx context.Context, a *app.App, _ *World) error {
		return a.Users.ChangeProfile(ctx, user.ChangeProfile{Name: "Somebody", Zone: "Europe/Oslo"})
	})},
	"SetAvatar":  {Stranger: Own, Call: done(func(ctx context.Context, a *app.App, _ *World) error { return a.Users.SetAvatar(ctx, "people/key.png") })},
	"Invitation": outside("the token of the mail is the right to it"),
	"Accept":     outside("the token of the mail is the right to it"),
	"Enrol":      outside("only Muster itself may, for the command line and the demo"),
	"EnrolOwner": outside("runs within the transaction that founds an organisation"),
	"Admit":      outside("only Muster itself may, for people whom a connected chat platform vouches for"),
	"Follow":     outside("only Muster itself may, for people who came by a chat platform"),
	"ByEmail": {Stranger: Nothing, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) {
		return a.Users.ByEmail(ctx, "quartz.invited@example.test")
	}},
}

var auths = map[string]Verb{
	"Sessions": {Stranger: Own, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) { return a.Auth.Sessions(ctx) }},
	"RevokeSession": {Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Auth.RevokeSession(ctx, w.OwnerSession)
	})},
	"RevokeOthers":  {Stranger: Own, Call: done(func(ctx context.Context, a *app.App, w *World) error { return a.Auth.RevokeOthers(ctx, w.OwnerSession) })},
	"Organisations": {Stranger: Own, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) { return a.Auth.Organisations(ctx) }},
	"Authenticate":  outside("the token of the cookie is the right to it"),
	"SignOut":       outside("the token of the cookie is the right to it"),
	"Switch":        outside("the token of the cookie is the right to it, and the account's membership"),
	"SignIn":        outside("the password is the right to it"),
	"RequestLink":   outside("mails the address, and answers the same for everyone"),
	"SignInLink":    outside("for the command line"),
	"LinkFor":       outside("the token of the link is the right to it"),
	"SpendLink":     outside("the token of the link is the right to it"),
	"Accept":        outside("the token of the mail is the right to it"),
	"Sweep":         outside("for the clock"),
	"SignInBySlack": outside("only Muster itself may, for people whom a connected Slack workspace vouches for"),
}

var flag = feature.Define("testing-verbs", false, "Only for tests.", feature.OnRequest)

var features = map[string]Verb{
	"Enabled": {Stranger: Own, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) {
		return a.Features.Enabled(ctx, flag), nil
	}},
	"List": {Stranger: Own, Forbidden: true, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) { return a.Features.List(ctx) }},
	"SetValue": {Stranger: Own, Forbidden: true, Call: done(func(ctx context.Context, a *app.App, _ *World) error {
		return a.Features.SetValue(ctx, feature.SetValue{Name: "testing-verbs", Value: json.RawMessage("true")})
	})},
}

var notifications = map[string]Verb{
	"Devices":     {Stranger: Own, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) { return a.Notifications.Devices(ctx) }},
	"Preferences": {Stranger: Own, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) { return a.Notifications.Preferences(ctx) }},
	"PublicKey":   {Stranger: Own, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) { return a.Notifications.PublicKey(ctx) }},
	"Away":        outside("runs for an event of the organisation; incidents that the actor may not see are not found"),
	"Prefer": {Stranger: Own, Call: done(func(ctx context.Context, a *app.App, _ *World) error {
		return a.Notifications.Prefer(ctx, notification.Prefer{Reason: notification.Mentioned, Method: notification.Mail})
	})},
	"SubscribeDevice": {Stranger: Own, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) {
		return a.Notifications.SubscribeDevice(ctx, notification.SubscribeDevice{
			Endpoint: "https://push.example.test/1", P256DH: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", Auth: "BTBZMqHH6r4Tts7J_aSIgg",
		})
	}},
	"UnsubscribeDevice": {Stranger: Own, Call: done(func(ctx context.Context, a *app.App, _ *World) error {
		return a.Notifications.UnsubscribeDevice(ctx, notification.UnsubscribeDevice{Endpoint: "https://push.example.test/2"})
	})},
	"Try": {Stranger: Own, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) { return a.Notifications.Try(ctx) }},
	"Reach": {Forbidden: true, Call: called(func(ctx context.Context, a *app.App, w *World) ([]notification.Way, error) {
		return a.Notifications.Reach(ctx, notification.Urgent{Incident: w.Incident})
	})},
	"Withdraw": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (any, error) {
		return nil, a.Notifications.Withdraw(ctx, event.Record{ID: id.New(a.Clock.Now())})
	})},
	"EndMails": outside("the signature in the address is the right to it"),
}

var audits = map[string]Verb{
	"List": {Stranger: Own, Forbidden: true, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) {
		return a.Audit.List(ctx, audit.Filter{}, "", 100)
	}},
	"Choices": {Stranger: Own, Forbidden: true, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) { return a.Audit.Choices(ctx) }},
	"Download": {Stranger: Own, Forbidden: true, Call: func(ctx context.Context, a *app.App, _ *World) (any, error) {
		var all []audit.Logged
		err := a.Audit.Download(ctx, audit.Download{Format: "csv"}, func(one audit.Logged) error { all = append(all, one); return nil })
		return all, err
	}},
	"Sweep": outside("for the clock"),
}
