package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/webhook/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Grace is how long the secret before a new one goes on signing beside it.
const Grace = 24 * time.Hour

const (
	sealPurpose  = "webhook"
	secretPrefix = "whsec_"
	secretBytes  = 32
)

// keyring is what an endpoint's secrets are sealed as.
type keyring struct {
	Current  string `json:"current"`
	Previous string `json:"previous,omitempty"`
}

func newSecret() string {
	key := make([]byte, secretBytes)
	_, _ = rand.Read(key) // never fails (https://pkg.go.dev/crypto/rand#Read)
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// sign makes the value of webhook-signature as https://www.standardwebhooks.com and Svix have it: for each secret a
// version and the HMAC of id, seconds and body, with spaces between.
func sign(secrets []string, message string, at time.Time, body []byte) (string, error) {
	signed := make([]string, len(secrets))
	for n, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
		if err != nil {
			return "", fmt.Errorf("read the secret of a webhook: %w", err)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(message + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		signed[n] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signed, " "), nil
}

// RevealSecret returns the secret of an endpoint; that it was looked at is written down.
func (s *Service) RevealSecret(ctx context.Context, endpoint id.ID) (string, error) {
	if _, err := tenant.Require(ctx, authz.UpdateOrganisation); err != nil {
		return "", err
	}
	var held keyring
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := usable(ctx, db.New(tx).Endpoint, endpoint)
		if err != nil {
			return err
		}
		if held, err = s.open(ctx, row); err != nil {
			return err
		}
		return audit.Write(ctx, tx, s.clock.Now(), audit.Entry{Action: "webhook.secret_revealed", TargetType: "webhook", TargetID: endpoint})
	})
	return held.Current, err
}

// RotateSecret gives an endpoint another secret and returns it. The one before signs beside it for a day, so that the
// receiver can change over without missing anything.
func (s *Service) RotateSecret(ctx context.Context, endpoint id.ID) (string, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return "", err
	}
	next := newSecret()
	_, err = s.change(ctx, endpoint, "webhook.secret_rotated", func(ctx context.Context, _ pgx.Tx, row *db.MusterWebhookEndpoint) error {
		held, err := s.open(ctx, *row)
		if err != nil {
			return err
		}
		row.PreviousUntil = ptr(s.clock.Now().Add(Grace))
		row.Sealed, err = s.seal(scope.Organisation, keyring{Current: next, Previous: held.Current})
		return err
	})
	return next, err
}

// secretsOf are those that sign now, the newest first.
func (s *Service) secretsOf(ctx context.Context, row db.MusterWebhookEndpoint) ([]string, error) {
	held, err := s.open(ctx, row)
	if err != nil {
		return nil, err
	}
	secrets := []string{held.Current}
	if held.Previous != "" && row.PreviousUntil != nil && s.clock.Now().Before(*row.PreviousUntil) {
		secrets = append(secrets, held.Previous)
	}
	return secrets, nil
}

func (s *Service) seal(organisation id.ID, held keyring) ([]byte, error) {
	plain, err := json.Marshal(held)
	if err != nil {
		return nil, fmt.Errorf("write the secrets of a webhook: %w", err)
	}
	return s.needs.Keys.Seal(plain, string(organisation), sealPurpose)
}

func (s *Service) open(ctx context.Context, row db.MusterWebhookEndpoint) (keyring, error) {
	var held keyring
	scope, err := tenant.From(ctx)
	if err != nil {
		return held, err
	}
	plain, err := s.needs.Keys.Open(row.Sealed, string(scope.Organisation), sealPurpose)
	if err != nil {
		return held, fmt.Errorf("open the secrets of a webhook, which another secret key sealed: %w", err)
	}
	if err := json.Unmarshal(plain, &held); err != nil {
		return held, fmt.Errorf("read the secrets of a webhook: %w", err)
	}
	return held, nil
}
