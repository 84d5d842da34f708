package push

import (
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// Check returns a problem when the subscription cannot be one: its address must be https and its keys well-formed.
func (s Subscription) Check() error {
	endpoint, err := url.Parse(s.Endpoint)
	if err != nil || endpoint.Scheme != "https" || endpoint.Host == "" || len(s.Endpoint) > 2000 {
		return problem.Field("endpoint", "endpoint_invalid", "The address of the push service is not an https address.")
	}
	point, err := decode(s.P256dh)
	if err == nil {
		_, err = ecdh.P256().NewPublicKey(point)
	}
	if err != nil {
		return problem.Field("p256dh", "key_invalid", "The browser's key is not a P-256 public key.").Because(err)
	}
	if secret, err := decode(s.Auth); err != nil || len(secret) != 16 {
		return problem.Field("auth", "key_invalid", "The browser's secret is not 16 bytes.")
	}
	return nil
}

func decode(text string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(text), "="))
}

// refused reports whether the outbound guard refused the address itself.
func refused(err error) bool {
	var known *problem.Error
	return errors.As(err, &known) && known.Kind == problem.Invalid
}
