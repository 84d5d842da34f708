package webhook

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/webhook/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// most is how many endpoints an organisation has: each event is written down for each of them.
const most = 25

// CreateEndpoint adds an address to be told of what happens. No types means everything.
type CreateEndpoint struct {
	URL, Description string
	Types            []string
	PrivateIncidents bool
}

// EditEndpoint changes what an endpoint is told and where; Version is the one that the editor saw.
type EditEndpoint struct {
	Endpoint         id.ID
	URL, Description string
	Types            []string
	PrivateIncidents bool
	Version          int32
}

// SwitchEndpoint switches an endpoint off, or on again.
type SwitchEndpoint struct {
	Endpoint id.ID
	Disabled bool
}

// DeleteEndpoint takes an endpoint away, with what was sent to it.
type DeleteEndpoint struct{ Endpoint id.ID }

// CreateEndpoint adds an endpoint and returns it with the secret that signs what it is sent.
func (s *Service) CreateEndpoint(ctx context.Context, cmd CreateEndpoint) (Endpoint, string, error) {
	scope, err := tenant.Require(ctx, authz.UpdateOrganisation)
	if err != nil {
		return Endpoint{}, "", err
	}
	at := s.clock.Now()
	row := db.MusterWebhookEndpoint{
		ID: id.New(at), RowVersion: 1, CreatedAt: at, PrivateIncidents: cmd.PrivateIncidents,
		CreatorType: string(scope.Actor.Type), CreatorID: scope.Actor.ID, CreatorName: scope.Actor.Name,
	}
	if err := s.fill(&row, cmd.URL, cmd.Description, cmd.Types); err != nil {
		return Endpoint{}, "", err
	}
	held := keyring{Current: newSecret()}
	if row.Sealed, err = s.seal(scope.Organisation, held); err != nil {
		return Endpoint{}, "", err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if n, err := q.CountEndpoints(ctx); err != nil {
			return fmt.Errorf("count webhook endpoints: %w", err)
		} else if n >= most {
			return problem.New(problem.Invalid, "too_many", "There are %d webhooks, which is as many as can be. Delete one that nobody listens to any more.", n)
		}
		err := q.InsertEndpoint(ctx, db.InsertEndpointParams{
			ID: row.ID, URL: row.URL, Description: row.Description, EventTypes: row.EventTypes, PrivateIncidents: row.PrivateIncidents, Sealed: row.Sealed,
			CreatorType: row.CreatorType, CreatorID: row.CreatorID, CreatorName: row.CreatorName, At: at,
		})
		if err != nil {
			return fmt.Errorf("write the webhook endpoint: %w", err)
		}
		if err := q.ListEnabled(ctx, string(row.ID)); err != nil {
			return fmt.Errorf("list the webhook endpoint: %w", err)
		}
		return audit.Write(ctx, tx, at, audit.Entry{Action: "webhook.created", TargetType: "webhook", TargetID: row.ID, After: shown(row)})
	})
	return s.endpointOf(row), held.Current, err
}

// EditEndpoint changes an endpoint. Another address begins with a clean slate.
func (s *Service) EditEndpoint(ctx context.Context, cmd EditEndpoint) (Endpoint, error) {
	return s.change(ctx, cmd.Endpoint, "webhook.edited", func(_ context.Context, _ pgx.Tx, row *db.MusterWebhookEndpoint) error {
		if cmd.Version != 0 && cmd.Version != row.RowVersion {
			return problem.New(problem.Conflict, "stale", "Somebody else changed this webhook meanwhile. Open it again.")
		}
		was := row.URL
		row.PrivateIncidents = cmd.PrivateIncidents
		if err := s.fill(row, cmd.URL, cmd.Description, cmd.Types); err != nil {
			return err
		}
		if row.URL != was {
			row.FailingSince = nil
		}
		return nil
	})
}

// SwitchEndpoint switches an endpoint off, which gives up what waits for it, or on again.
func (s *Service) SwitchEndpoint(ctx context.Context, cmd SwitchEndpoint) (Endpoint, error) {
	return s.change(ctx, cmd.Endpoint, "webhook.switched", func(ctx context.Context, _ pgx.Tx, row *db.MusterWebhookEndpoint) error {
		if cmd.Disabled == (row.DisabledAt != nil) {
			return nil
		}
		if cmd.Disabled {
			return s.disable(ctx, row, ByPerson, "The webhook was switched off.")
		}
		row.DisabledAt, row.DisabledWhy, row.FailingSince = nil, "", nil
		return nil
	})
}

// DeleteEndpoint takes an endpoint away; what was sent to it is swept.
func (s *Service) DeleteEndpoint(ctx context.Context, cmd DeleteEndpoint) (Endpoint, error) {
	return s.change(ctx, cmd.Endpoint, "webhook.deleted", func(ctx context.Context, _ pgx.Tx, row *db.MusterWebhookEndpoint) error {
		at := s.clock.Now()
		row.DeletedAt, row.Sealed = &at, []byte{}
		return s.giveUp(ctx, row.ID, "The webhook was deleted.")
	})
}

// disable switches an endpoint off in its locked row.
func (s *Service) disable(ctx context.Context, row *db.MusterWebhookEndpoint, why Why, words string) error {
	at := s.clock.Now()
	row.DisabledAt, row.DisabledWhy = &at, string(why)
	return s.giveUp(ctx, row.ID, words)
}

func (s *Service) giveUp(ctx context.Context, endpoint id.ID, words string) error {
	return s.sighted(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := db.New(tx).GiveUpWaiting(ctx, db.GiveUpWaitingParams{Endpoint: endpoint, Trouble: words, At: ptr(s.clock.Now())}); err != nil {
			return fmt.Errorf("give up what waits for a webhook: %w", err)
		}
		return nil
	})
}

func ptr(at time.Time) *time.Time { return &at }

// change authorises a verb on one endpoint, locks its row, lets fn change it and writes it.
func (s *Service) change(ctx context.Context, endpoint id.ID, action string, fn func(ctx context.Context, tx pgx.Tx, row *db.MusterWebhookEndpoint) error) (Endpoint, error) {
	if _, err := tenant.Require(ctx, authz.UpdateOrganisation); err != nil {
		return Endpoint{}, err
	}
	var after Endpoint
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := usable(ctx, db.New(tx).LockEndpoint, endpoint)
		if err != nil {
			return err
		}
		before := shown(row)
		if err := fn(ctx, tx, &row); err != nil {
			return err
		}
		if err := s.write(ctx, tx, &row); err != nil {
			return err
		}
		after = s.endpointOf(row)
		return audit.Write(ctx, tx, s.clock.Now(), audit.Entry{Action: action, TargetType: "webhook", TargetID: endpoint, Before: before, After: shown(row)})
	})
	return after, err
}

// write stores a changed row and keeps the list of those that are sent to.
func (s *Service) write(ctx context.Context, tx pgx.Tx, row *db.MusterWebhookEndpoint) error {
	q := db.New(tx)
	row.RowVersion++
	err := q.UpdateEndpoint(ctx, db.UpdateEndpointParams{
		URL: row.URL, Description: row.Description, EventTypes: row.EventTypes, PrivateIncidents: row.PrivateIncidents, Sealed: row.Sealed,
		PreviousUntil: row.PreviousUntil, DisabledAt: row.DisabledAt, DisabledWhy: row.DisabledWhy, FailingSince: row.FailingSince,
		DeletedAt: row.DeletedAt, At: s.clock.Now(), ID: row.ID,
	})
	if err != nil {
		return fmt.Errorf("write the webhook endpoint: %w", err)
	}
	list := q.ListEnabled
	if row.DisabledAt != nil || row.DeletedAt != nil {
		list = q.UnlistEnabled
	}
	if err := list(ctx, string(row.ID)); err != nil {
		return fmt.Errorf("list the webhook endpoint: %w", err)
	}
	return nil
}

// usable reads an endpoint that was not deleted.
func usable(ctx context.Context, read func(context.Context, id.ID) (db.MusterWebhookEndpoint, error), endpoint id.ID) (db.MusterWebhookEndpoint, error) {
	if !endpoint.Valid() {
		return db.MusterWebhookEndpoint{}, problem.Missing("webhook")
	}
	row, err := read(ctx, endpoint)
	if postgres.None(err) {
		return row, problem.Missing("webhook")
	}
	if err != nil {
		return row, fmt.Errorf("read the webhook endpoint: %w", err)
	}
	return row, nil
}

// shown is what the audit log tells of an endpoint: never its secret.
func shown(row db.MusterWebhookEndpoint) map[string]any {
	return map[string]any{
		"url": row.URL, "description": row.Description, "event_types": row.EventTypes, "private_incidents": row.PrivateIncidents, "disabled": row.DisabledAt != nil,
	}
}

// fill tidies what was typed into the row and says what cannot be right.
func (s *Service) fill(row *db.MusterWebhookEndpoint, address, description string, chosen []string) error {
	var wrong problem.List
	row.URL = strings.TrimSpace(address)
	row.Description = strings.Join(strings.Fields(strings.ReplaceAll(strings.ToValidUTF8(description, ""), "\x00", "")), " ")
	if p := s.checkURL(row.URL); p != nil {
		wrong = append(wrong, p)
	}
	if utf8.RuneCountInString(row.Description) > 200 {
		wrong = append(wrong, problem.Field("description", "too_long", "Describe it in 200 characters at most."))
	}
	row.EventTypes = []string{}
	for _, key := range chosen {
		if _, known := TypeOf(key); !known {
			wrong = append(wrong, problem.Field("event_types", "unknown", "There is no event of the type %q.", key))
			break
		}
		if !slices.Contains(row.EventTypes, key) {
			row.EventTypes = append(row.EventTypes, key)
		}
	}
	return wrong.Err()
}

func (s *Service) checkURL(address string) *problem.Error {
	at, err := url.Parse(address)
	switch {
	case address == "":
		return problem.Field("url", "is_required", "Write the whole address, https://hooks.example.com/muster.")
	case err != nil || at.Hostname() == "" || at.Scheme != "https" && at.Scheme != "http":
		return problem.Field("url", "invalid", "This is not a whole address. Write it as https://hooks.example.com/muster.")
	case at.Scheme == "http" && !s.needs.Plain:
		return problem.Field("url", "https_only", "The address must begin with https://, so that nobody reads along.")
	case at.User != nil:
		return problem.Field("url", "no_password", "Leave name and password out of the address: requests are signed instead.")
	case len(address) > 2000:
		return problem.Field("url", "too_long", "An address has 2,000 characters at most.")
	}
	if addr, err := netip.ParseAddr(at.Hostname()); err == nil && !s.needs.Plain && !httpx.Public(addr) {
		return problem.Field("url", "address_refused", "This address leads into a private network (%s). Use a public address, or ask your operator to allow it.", addr)
	}
	return nil
}
