// Package redaction removes what should never have been written, from everywhere at once: a secret out of every text of
// an incident or of the organisation, a file out of its room. It is the one place that writes into the tables of other
// domains, because forgetting one of them would be worse: columns.go lists them, and a test holds the list against the
// catalogue.
//
// What has left cannot be called back: mails that were sent, notifications that were shown, files that were downloaded.
// Mails and pushes that wait are written when they are sent, from texts that are redacted by then.
package redaction

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Mark stands where a secret stood.
const Mark = "[redacted]"

// Rooms tells browsers that messages are not what they were.
type Rooms interface {
	Redacted(ctx context.Context, tx pgx.Tx, incident id.ID, messages, activities []id.ID) error
}

// Service redacts.
type Service struct {
	db    *postgres.DB
	bus   *event.Bus
	clock clock.Clock
	rooms Rooms
	blobs blob.Store
}

// New returns the service.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, rooms Rooms, blobs blob.Store) *Service {
	return &Service{db: db, bus: bus, clock: clock, rooms: rooms, blobs: blobs}
}

// Secret is what is looked for and removed. It is never written anywhere.
type Secret struct {
	// Incident is where; empty for the whole organisation.
	Incident id.ID
	Text     string
}

// Report says in how many places a secret stands, or stood.
type Report struct {
	Places []Place
	// Total adds the places up; Incidents counts those that they are in.
	Total, Incidents int
}

// Place is a sort of text and in how many of them the secret is.
type Place struct {
	Called string
	Count  int
}

// The lengths of a secret, in characters and bytes: fewer would blacken half of what was written.
const (
	shortest = 6
	longest  = 20_000
)

// sought returns what to look for: the text, the forms that it has within addresses, and the longer lines of a text of
// several, which may stand apart.
func sought(secret string) ([]string, error) {
	secret = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(secret, ""), "\r\n", "\n"))
	switch n := utf8.RuneCountInString(secret); {
	case n == 0:
		return nil, problem.Field("secret", "is_required", "Paste what has to go.")
	case n < shortest:
		return nil, problem.Field("secret", "too_short", "%d characters stand in many innocent words. Paste at least %d.", n, shortest)
	case len(secret) > longest:
		return nil, problem.Field("secret", "too_long", "This is too long to look for. Paste %d bytes at most.", longest)
	}
	found := []string{secret}
	add := func(text string) {
		if utf8.RuneCountInString(text) >= shortest && !slices.Contains(found, text) {
			found = append(found, text)
		}
	}
	if lines := strings.Split(secret, "\n"); len(lines) > 1 {
		for _, line := range lines {
			if line = strings.TrimSpace(line); utf8.RuneCountInString(line) >= 16 {
				add(line)
			}
		}
	}
	for _, text := range slices.Clone(found) {
		add(url.QueryEscape(text))
		add(url.PathEscape(text))
	}
	return found, nil
}

// within adds the forms that the texts have within JSON.
func within(secrets []string) []string {
	all := slices.Clone(secrets)
	for _, secret := range secrets {
		var escaped strings.Builder
		encoder := json.NewEncoder(&escaped)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(secret); err != nil {
			continue
		}
		if form := strings.Trim(strings.TrimSpace(escaped.String()), `"`); !slices.Contains(all, form) {
			all = append(all, form)
		}
	}
	return all
}

// May reports whether the actor may redact in the incident: administrators may everywhere, its lead there.
func (s *Service) May(ctx context.Context, inc id.ID) (bool, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return false, err
	}
	var may bool
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := incident.Find(ctx, tx, inc); err != nil {
			return err
		}
		may, err = permitted(ctx, tx, scope, inc)
		return err
	})
	return may, err
}

func permitted(ctx context.Context, tx pgx.Tx, scope tenant.Scope, inc id.ID) (bool, error) {
	if scope.Permissions.Has(authz.Redact) {
		return true, nil
	}
	if inc.Empty() || scope.Actor.Type != tenant.User || !scope.Permissions.Has(authz.EditIncidents) {
		return false, nil
	}
	var leads bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM muster.incident_role_assignment a
			JOIN muster.incident_role r ON r.organisation_id = a.organisation_id AND r.id = a.role_id
		WHERE a.organisation_id = muster.current_organisation() AND a.incident_id = $1 AND a.user_id = $2 AND r.role_type = 'lead')`,
		string(inc), string(scope.Actor.ID)).Scan(&leads)
	if err != nil {
		return false, fmt.Errorf("look for the lead: %w", err)
	}
	return leads, nil
}

// allow refuses whoever may not redact there.
func allow(ctx context.Context, tx pgx.Tx, scope tenant.Scope, inc id.ID) error {
	if !inc.Empty() {
		if _, err := incident.Find(ctx, tx, inc); err != nil {
			return err
		}
	}
	may, err := permitted(ctx, tx, scope, inc)
	if err != nil || may {
		return err
	}
	if inc.Empty() {
		return problem.New(problem.Forbidden, "not_allowed", "Only administrators redact in the whole organisation.")
	}
	return problem.New(problem.Forbidden, "not_allowed", "Only the incident's lead and administrators redact.")
}
