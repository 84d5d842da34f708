package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// linkLasts is how long a one-time link opens a session.
const linkLasts = 15 * time.Minute

// RequestLink mails a one-time link to the address if it has an account that can sign in; the answer does not tell.
// Destination is the path that the person wanted to see, or empty.
func (s *Service) RequestLink(ctx context.Context, typedEmail, destination string) error {
	email, err := account.ParseEmail(typedEmail)
	if err != nil {
		return err
	}
	if err := s.attempt(ctx, keysOf(ctx, "link", email)); err != nil {
		return err
	}
	found, organisation, err := s.accounts.Find(ctx, email)
	if err != nil || found.Empty() || organisation.Empty() {
		return err
	}
	_, err = s.makeLink(ctx, found, organisation, destination, true)
	return err
}

// SignInLink returns the whole address of a one-time link for the account of the email address, for the command line
// and for the set-up: who calls it has to be trusted with every account.
func (s *Service) SignInLink(ctx context.Context, typedEmail, destination string) (string, error) {
	email, err := account.ParseEmail(typedEmail)
	if err != nil {
		return "", err
	}
	found, organisation, err := s.accounts.Find(ctx, email)
	if err != nil {
		return "", err
	}
	if found.Empty() || organisation.Empty() {
		return "", problem.Missing("account with the address " + email)
	}
	link, err := s.makeLink(ctx, found, organisation, destination, false)
	if err != nil {
		return "", err
	}
	return s.linkURL(link), nil
}

func (s *Service) makeLink(ctx context.Context, account, organisation id.ID, destination string, byMail bool) (id.ID, error) {
	now := s.clock.Now()
	made := id.New(now)
	err := s.db.Write(tenant.AsSystem(ctx, organisation), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "SELECT control.make_sign_in_link($1, $2, $3, $4, $5, $6)",
			made, secrets.HashToken(s.linkToken(made)), account, LocalPath(destination), now, now.Add(linkLasts))
		if err != nil {
			return fmt.Errorf("store the sign-in link: %w", err)
		}
		if err := audit.Write(ctx, tx, now, audit.Entry{Action: "sign_in_link.made", TargetType: "account", TargetID: account, After: map[string]bool{"mailed": byMail}}); err != nil {
			return err
		}
		if !byMail {
			return nil
		}
		return s.bus.Publish(ctx, tx, LinkRequested{Link: made})
	})
	return made, err
}

func (s *Service) linkToken(link id.ID) string {
	mac := hmac.New(sha256.New, s.options.Keys.Derive("sign-in link"))
	mac.Write([]byte(link))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (s *Service) linkURL(link id.ID) string {
	return s.options.URL + "/login/link?token=" + s.linkToken(link)
}

// LocalPath returns the path if it stays in this installation, or empty: a sign-in must not lead elsewhere.
func LocalPath(destination string) string {
	parsed, err := url.Parse(destination)
	if err != nil || parsed.Scheme != "" || parsed.Host != "" || !strings.HasPrefix(destination, "/") || strings.HasPrefix(destination, "//") ||
		strings.ContainsAny(destination, "\\\r\n\t") || len(destination) > 2000 {
		return ""
	}
	return destination
}

var linkUsed = problem.New(problem.Conflict, "link_used", "This sign-in link was used already, or it is older than 15 minutes. Ask for another.")

// LinkFor returns whose account the link opens, without spending it: mail scanners fetch what they find.
func (s *Service) LinkFor(ctx context.Context, token string) (email string, err error) {
	var usable bool
	err = s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT email, usable FROM control.sign_in_link(NULL, $1, $2)", secrets.HashToken(token), s.clock.Now()).Scan(&email, &usable)
	})
	if postgres.None(err) || (err == nil && !usable) {
		return "", linkUsed
	}
	return email, err
}

// SpendLink opens a session by a link, once, and returns the path that it was asked for.
func (s *Service) SpendLink(ctx context.Context, token, userAgent string) (Opened, string, error) {
	var found id.ID
	var destination string
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT account_id, destination FROM control.spend_sign_in_link($1, $2)", secrets.HashToken(token), s.clock.Now()).Scan(&found, &destination)
	})
	if postgres.None(err) {
		return Opened{}, "", linkUsed
	}
	if err != nil {
		return Opened{}, "", fmt.Errorf("spend the sign-in link: %w", err)
	}
	opened, err := s.open(ctx, found, "", "link", userAgent)
	return opened, destination, err
}

// Subscribe mails sign-in links after they were committed.
func (s *Service) Subscribe(bus *event.Bus) {
	event.After(bus, "auth.link_mail", s.mailLink, event.On(event.Chat))
}

func (s *Service) mailLink(ctx context.Context, r event.Record, e LinkRequested) error {
	var email, name string
	var usable bool
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT email, name, usable FROM control.sign_in_link($1, NULL, $2)", e.Link, s.clock.Now()).Scan(&email, &name, &usable)
	})
	if postgres.None(err) || (err == nil && !usable) {
		return nil // too late: the person has asked again
	}
	if err != nil {
		return fmt.Errorf("read the sign-in link to mail: %w", err)
	}
	html, text := mail.Letter{
		Title:     "Sign in to Muster",
		Preheader: "The link works once, for 15 minutes.",
		Blocks:    []mail.Block{{Text: "Somebody, probably you, asked for a link to sign in. It works once, within 15 minutes."}},
		Action:    &mail.Action{Label: "Sign in", URL: s.linkURL(e.Link)},
		Reason:    "If you did not ask for it, ignore this mail: nobody can sign in without the link.",
	}.Render()
	return s.options.Mail.Send(ctx, mail.Message{To: email, ToName: name, Subject: "Your link to sign in to Muster", Text: text, HTML: html, Key: string(r.ID)})
}
