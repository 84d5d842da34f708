// Package app builds Muster from its settings, runs it and stops it.
package app

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/announcement"
	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/auth"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/domain/export"
	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/hint"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/managed"
	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/domain/nudge"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/redaction"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/search"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/domain/tutorial"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/domain/view"
	"github.com/musterhq/muster/internal/domain/webhook"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/jobs"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/push"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/internal/platform/telemetry"
	"github.com/musterhq/muster/internal/platform/timer"
	"github.com/musterhq/muster/internal/surface/chatops"
	inboundslack "github.com/musterhq/muster/internal/surface/inbound/slack"
)

// Options replace parts of the application; the zero value is the product as it runs.
type Options struct {
	// Name is shown in the database's list of connections: the role of the process.
	Name string
	// Clock is the machine's when nil.
	Clock clock.Clock
	// Queue takes what runs after commits; the job queue when nil.
	Queue event.Enqueuer
	// Passwords is how passwords are hashed, the product's own choice when zero.
	Passwords account.Passwords
	// Pushes is the client for push services, the guarded one when nil.
	Pushes *http.Client
	// Pagers is the client for the pagers of organisations, the guarded one when nil.
	Pagers *http.Client
	// Webhooks is what requests to webhooks may reach, as the settings say when nil.
	Webhooks *httpx.Outbound
	// Slack is the client for Slack and the pictures that it keeps, the product's own when nil, and SlackURL where Slack
	// is, as MUSTER_SLACK_URL says when empty.
	Slack    *http.Client
	SlackURL string
	// SlackUnlimited leaves Slack's limits to Slack, for tests that are about something else.
	SlackUnlimited bool
	// Authenticate finds who has a key of the public API, the product's own way when nil.
	Authenticate Authenticate
	// Watched is how the process is watched; nil where nobody does.
	Watched *Watched
	// Queries hears of each round trip to the database; nil where nobody listens.
	Queries pgx.QueryTracer
}

// App is Muster put together: what it stands on, its domains, and the bot.
type App struct {
	Config   *config.Config
	Clock    clock.Clock
	DB       *postgres.DB
	Keys     *secrets.Keys
	Queue    *jobs.Queue
	Notifier *live.Notifier
	Bus      *event.Bus
	Timers   *timer.Timers
	Blobs    blob.Store
	Mail     mail.Sender
	// Outbox keeps mail where there is no mail server; nil otherwise.
	Outbox *mail.Outbox

	// Files are the stored files when they lie in a folder; nil when in a bucket.
	Files *blob.Files

	Audit         *audit.Service
	Organisations *organisation.Service
	Accounts      *account.Service
	Users         *user.Service
	Auth          *auth.Service
	APIKeys       *apikey.Service
	Workspaces    *workspace.Service
	Features      *feature.Service
	Forms         *form.Service
	Incidents     *incident.Service
	Actions       *action.Service
	FollowUps     *followup.Service
	Streams       *stream.Service
	Customers     *customers.Service
	Questions     *question.Service
	Rooms         *room.Service
	Attachments   *attachment.Service
	Timelines     *timeline.Service
	Redactions    *redaction.Service
	Search        *search.Service
	Subscriptions *subscription.Service
	Views         *view.Service
	Nudges        *nudge.Service
	Notifications *notification.Service
	Escalations   *escalation.Service
	Tutorials     *tutorial.Service
	Hints         *hint.Service
	Managed       *managed.Service
	Channels      *channel.Service
	Announcements *announcement.Service
	Webhooks      *webhook.Service
	Exports       *export.Service
	Bot           *chatops.Bot

	// Posted knows which message of a chat platform is which, and ChatOutbox what is on its way there.
	Posted     *chat.Posted
	ChatOutbox *chat.Outbox
	// Slack is Slack as a chat platform, SlackClient what speaks to it.
	Slack       *slack.Platform
	SlackClient *slack.Client

	// SlackDoors take what Slack sends, to an address or over the Socket.
	SlackDoors *inboundslack.Doors
	Socket     inboundslack.Socket

	// Metrics are the figures of this process.
	Metrics *telemetry.Metrics

	pushes       *http.Client
	authenticate Authenticate
	watched      *Watched
	shelf        *telemetry.Shelf
}

// New builds the application over a migrated database and connects to it; Close gives the connections back.
func New(ctx context.Context, cfg *config.Config, options Options) (*App, error) {
	a := &App{Config: cfg, Clock: options.Clock, Metrics: telemetry.NewMetrics(), pushes: options.Pushes, authenticate: options.Authenticate, watched: options.Watched}
	if a.authenticate == nil {
		a.authenticate = a.Caller
	}
	a.shelf = telemetry.NewShelf(filepath.Join(cfg.Data, "metrics"), options.Name, supervise.Instance(), a.Metrics)
	if a.watched == nil {
		a.watched = &Watched{}
	}
	if a.Clock == nil {
		a.Clock = clock.System{}
	}
	if a.pushes == nil {
		a.pushes = httpx.NewClient(httpx.Outbound{AllowPrivate: cfg.AllowPrivateAddresses, Timeout: 10 * time.Second})
	}
	if err := a.ground(ctx, options); err != nil {
		return nil, err
	}
	if err := a.stores(); err != nil {
		a.Close()
		return nil, err
	}
	a.domains(options)
	return a, nil
}

// Close gives everything back that New took.
func (a *App) Close() { a.DB.Close() }

// ground opens the database and what stands on it alone.
func (a *App) ground(ctx context.Context, options Options) (err error) {
	if a.Keys, err = secretKeys(a.Config); err != nil {
		return err
	}
	a.DB, err = postgres.Open(ctx, postgres.Options{URL: a.Config.DatabaseURL, Connections: a.Config.DatabaseConnections, Application: "muster " + options.Name, Tracer: options.Queries})
	if err != nil {
		return err
	}
	a.Metrics.Pool("main", a.DB.Pool().Stat)
	if a.Queue, err = jobs.NewQueue(a.DB.Pool(), a.Clock); err != nil {
		a.Close()
		return err
	}
	queue := options.Queue
	if queue == nil {
		queue = a.Queue
	}
	a.Notifier = live.NewNotifier(a.DB.Pool())
	a.Bus = event.NewBus(a.DB, a.Clock, queue, signals{a.Notifier, a.Metrics})
	a.Timers = timer.New(a.DB, a.Clock)
	return nil
}

func secretKeys(cfg *config.Config) (*secrets.Keys, error) {
	if cfg.SecretKey != "" {
		return secrets.Parse(cfg.SecretKey)
	}
	return secrets.Load(cfg.SecretKeyFile)
}

// stores sets up where files lie and how mail leaves.
func (a *App) stores() (err error) {
	if a.Config.S3URL != "" {
		bucket, err := bucketOf(a.Config.S3URL)
		if err != nil {
			return err
		}
		if a.Blobs, err = blob.NewS3(bucket); err != nil {
			return err
		}
	} else {
		if a.Files, err = blob.NewFiles(filepath.Join(a.Config.Data, "files"), "", a.Keys, a.Clock); err != nil {
			return err
		}
		a.Blobs = a.Files
	}
	a.Mail, a.Outbox, err = sender(a.Config, a.Clock)
	return err
}

// bucketOf reads s3://key:secret@endpoint/bucket?region=eu-central-1; insecure=true is for plain http.
func bucketOf(address string) (blob.Bucket, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return blob.Bucket{}, fmt.Errorf("read MUSTER_S3_URL: %w", err)
	}
	secret, _ := parsed.User.Password()
	scheme := "https://"
	if parsed.Query().Get("insecure") == "true" {
		scheme = "http://"
	}
	return blob.Bucket{
		Endpoint: scheme + parsed.Host, Region: cmp.Or(parsed.Query().Get("region"), "us-east-1"), Name: strings.Trim(parsed.Path, "/"),
		AccessKey: parsed.User.Username(), SecretKey: secret,
	}, nil
}

// domains builds the domains in their written order and lets them hear of each other.
func (a *App) domains(options Options) {
	db, bus, clk, url := a.DB, a.Bus, a.Clock, a.Config.URL
	a.Audit = audit.New(db, clk)
	a.Accounts = account.New(db, clk, account.Options{Passwords: options.Passwords})
	a.Users = user.New(db, bus, clk, a.Accounts, user.Options{Keys: a.Keys, Mail: a.Mail, URL: url})
	a.Organisations = organisation.New(db, bus, clk, a.Users, founder{clk})
	a.Auth = auth.New(db, bus, clk, a.Accounts, a.Users, auth.Options{Keys: a.Keys, Mail: a.Mail, URL: url})
	slackNeeds := a.slack(options)
	a.APIKeys = apikey.New(db, bus, clk)
	a.APIKeys.Subscribe(bus)
	a.Workspaces = workspace.New(db, bus, clk, slackNeeds)
	a.chat(options, slackNeeds)
	a.Socket = a.socket(options, slackNeeds)
	a.Features = feature.New(db, bus, clk)
	a.Forms = form.New(db, bus, clk, incident.OptionHolders{})
	a.Incidents = incident.New(db, bus, clk, a.Timers)
	a.Actions = action.New(db, bus, clk, a.Timers)
	a.FollowUps = followup.New(db, bus, clk, a.Timers)
	a.Streams = stream.New(db, bus, clk)
	a.Customers = customers.New(db, bus, clk, a.Incidents)
	a.Questions = question.New(db, bus, clk, a.Timers)
	a.Rooms = room.New(db, bus, clk, a.Blobs)
	a.Rooms.OnReaction(room.ForAction, func(ctx context.Context, m room.Reacted) error {
		_, err := a.Actions.Create(ctx, action.Create{Incident: m.Incident, Description: m.Text, Message: m.Message, Key: m.Key})
		return err
	})
	a.Rooms.OnReaction(room.ForFollowUp, func(ctx context.Context, m room.Reacted) error {
		_, err := a.FollowUps.Create(ctx, followup.Create{Incident: m.Incident, Words: followup.Excerpt(m.Text), Message: m.Message, Key: m.Key})
		return err
	})
	a.Attachments = attachment.New(db, bus, clk)
	a.Search = search.New(db, clk)
	a.Timelines = timeline.New(db, bus, clk, a.Rooms)
	a.Redactions = redaction.New(db, bus, clk, a.Rooms, a.Blobs)
	a.Subscriptions = subscription.New(db, bus, clk, a.Timers)
	a.Views = view.New(db, clk)
	a.Nudges = nudge.New(db, bus, clk, a.Features, a.Organisations)
	a.Incidents.LimitReminders(a.Nudges.Reminders)
	a.Notifications = notification.New(db, clk, notification.Needs{
		Incidents: a.Incidents, Actions: a.Actions, FollowUps: a.FollowUps, Rooms: a.Rooms, Customers: a.Customers, Questions: a.Questions, Streams: a.Streams, Subscriptions: a.Subscriptions, Keys: a.Keys, Mail: a.Mail, Push: a.pusher, Direct: a.direct(), Address: a.address,
	})
	a.Escalations = escalation.New(db, bus, clk, escalation.Needs{
		Incidents: a.Incidents, Notifications: a.Notifications, Keys: a.Keys, Timers: a.Timers, Client: a.pagers(options), Address: a.address,
	})
	a.Tutorials = tutorial.New(db, bus, clk, a.Incidents)
	a.Hints = hint.New(db, clk)
	a.Managed = managed.New(db, clk)
	a.Channels = channel.New(db, bus, clk, channel.Needs{
		Platform: a.Slack, Outbox: a.ChatOutbox, Posted: a.Posted, Incidents: a.Incidents, Rooms: a.Rooms, Timelines: a.Timelines, Address: a.address,
		Directory: slackPlaces{a},
		Tell: func(ctx context.Context, r event.Record, in id.ID) error {
			return a.Notifications.Away(ctx, r, in, "Slack")
		},
	})
	a.Announcements = announcement.New(db, bus, clk, a.announcements())
	a.Webhooks = webhook.New(db, bus, clk, a.webhooks(options))
	a.Exports = export.New(export.Needs{
		DB: db, Bus: bus, Clock: clk, Blobs: a.Blobs, Folder: filepath.Join(a.Config.Data, "exports"), Organisations: a.Organisations.All,
		Worker: supervise.Instance(), Moved: func(organisation id.ID) {
			a.Notifier.Send(live.Signal{Organisation: organisation, Kind: "export.progressed"})
		},
	})
	a.Bot = chatops.New(chatops.Needs{
		Tutorials: a.Tutorials,
		Incidents: a.Incidents, Forms: a.Forms, Actions: a.Actions, FollowUps: a.FollowUps, Streams: a.Streams, Rooms: a.Rooms, Nudges: a.Nudges, Users: a.Users, Organisations: a.Organisations, Clock: clk,
		Escalations: a.Escalations, Channels: a.Channels,
		Attachments: a.Attachments, Timelines: a.Timelines, Redactions: a.Redactions,
		Outside: chatops.Outside{Customers: a.Customers, Questions: a.Questions, Subscriptions: a.Subscriptions},
	})
	a.SlackDoors = a.inbox()

	// The timeline's entries come first: lines in rooms refer to them.
	a.Timelines.Subscribe(bus)
	a.Rooms.Subscribe(bus)
	a.Actions.Subscribe(bus)
	a.Attachments.Subscribe(bus)
	a.Questions.Subscribe(bus)
	a.Redactions.Subscribe(bus)
	a.Nudges.Subscribe(bus)
	a.Incidents.Subscribe(bus)
	a.Users.Subscribe(bus)
	a.Auth.Subscribe(bus)
	a.Workspaces.Subscribe(bus)
	a.Subscriptions.SubscribeTo(bus)
	a.Notifications.Subscribe(bus)
	a.Escalations.Subscribe(bus)
	a.Tutorials.Subscribe(bus)
	a.Channels.Subscribe(bus)
	a.Announcements.Subscribe(bus)
	a.Webhooks.Subscribe(bus)
	a.Exports.Subscribe(bus)
	a.Bot.Subscribe(bus)
	a.SlackDoors.Subscribe(bus)
}

// pagers is the client for addresses that administrators gave.
func (a *App) pagers(options Options) *http.Client {
	if options.Pagers != nil {
		return options.Pagers
	}
	return httpx.NewClient(httpx.Outbound{AllowPrivate: a.Config.AllowPrivateAddresses})
}

// founder gives new organisations their severities, statuses, roles, timestamps and priorities of follow-ups.
type founder struct{ clock clock.Clock }

// Found runs in the transaction that founds the organisation.
func (f founder) Found(ctx context.Context, tx pgx.Tx) error {
	if err := incident.Found(ctx, tx, f.clock.Now()); err != nil {
		return err
	}
	return followup.Found(ctx, tx, f.clock.Now())
}

// pusher introduces Muster to push services by its address.
func (a *App) pusher(keys push.Keys) notification.Pusher {
	contact := a.Config.URL
	if len(a.Config.OperatorMail) > 0 {
		contact = "mailto:" + a.Config.OperatorMail[0]
	}
	return push.NewSender(keys, contact, a.pushes, a.Clock)
}

// address is the full address of a path; it names the organisation, because the reader may be signed in to another.
func (a *App) address(ctx context.Context, path string) (string, error) {
	here, err := a.Organisations.Get(ctx)
	if err != nil {
		return "", err
	}
	at, err := url.Parse(path)
	if err != nil {
		return "", fmt.Errorf("read the path %q: %w", path, err)
	}
	if query := at.Query(); !query.Has("o") { // the end of mails is nobody's page and names the organisation in its own way
		query.Set("o", here.Slug)
		at.RawQuery = query.Encode()
	}
	return a.Config.URL + at.String(), nil
}
