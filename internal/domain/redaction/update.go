package redaction

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Update is an update that should not have been sent.
type Update struct{ Incident, Update id.ID }

// FindUpdate says where the words of an update stand, also those that it had before it was edited, and changes nothing.
func (s *Service) FindUpdate(ctx context.Context, cmd Update) (Report, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return Report{}, err
	}
	return s.find(ctx, scope, cmd.Incident, s.said(cmd))
}

// RedactUpdate removes the words of an update, also those that it had before it was edited, from wherever the incident
// has them: the update, the room, the timeline, the words for customers, search, and mails that wait. That it was sent,
// by whom, and what it changed stays. An update without words of its own changes nothing.
func (s *Service) RedactUpdate(ctx context.Context, cmd Update) (Report, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return Report{}, err
	}
	return s.redact(ctx, scope, cmd.Incident, s.said(cmd))
}

// ofUpdate is which rows hold the words of an update, $1, themselves.
var ofUpdate = map[string]string{"incident_update": "id = ANY ($1::text[])", "incident_update_version": "update_id = ANY ($1::text[])"}

// telling is how many characters words have at least to be looked for elsewhere too: fewer, such as "Fixed", others say
// by themselves.
const telling = 16

// said takes out what the update says or said, and where the same words stand elsewhere in the incident.
func (s *Service) said(cmd Update) search {
	return func(ctx context.Context, w *work, write bool) error {
		words, err := cmd.words(ctx, w.tx)
		if err != nil {
			return err
		}
		w.secrets, w.only, w.ids = words, ofUpdate, []string{string(cmd.Update)}
		if err := w.through(ctx, write); err != nil {
			return err
		}
		var elsewhere []string
		for _, text := range words {
			if utf8.RuneCountInString(text) < telling {
				continue
			}
			forms, err := sought(text)
			if err != nil {
				return err
			}
			elsewhere = append(elsewhere, forms...)
		}
		w.only, w.ids = nil, nil
		if len(elsewhere) == 0 {
			return nil
		}
		return s.everywhere(elsewhere)(ctx, w, write)
	}
}

// words are all that the update says or said, but for what was removed before.
func (cmd Update) words(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT message_source FROM muster.incident_update
			WHERE organisation_id = muster.current_organisation() AND incident_id = $1 AND id = $2
		UNION SELECT v.message_source FROM muster.incident_update_version v
			WHERE v.organisation_id = muster.current_organisation() AND v.incident_id = $1 AND v.update_id = $2`, string(cmd.Incident), string(cmd.Update))
	if err != nil {
		return nil, fmt.Errorf("read the update: %w", err)
	}
	words, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read the update: %w", err)
	}
	if len(words) == 0 {
		return nil, problem.Missing("update")
	}
	words = slices.DeleteFunc(words, func(text string) bool { return strings.TrimSpace(text) == Mark })
	if len(words) == 0 {
		return nil, problem.New(problem.Conflict, "redacted", "The words of this update are removed already.")
	}
	return words, nil
}
