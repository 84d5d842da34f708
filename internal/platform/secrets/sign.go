package secrets

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
)

// The two ways in which a signature fails.
var (
	ErrSignature = errors.New("the signature does not fit")
	ErrExpired   = errors.New("the signature has expired")
)

// Sign returns a signature, safe in URLs, of a message for one purpose that holds until expires (to the second).
func (k *Keys) Sign(purpose, message string, expires time.Time) string {
	return base64.RawURLEncoding.EncodeToString(mac(k.masters[0], purpose, message, expires))
}

// Verify checks a signature that Sign made with any of the keys; it returns ErrSignature, or ErrExpired when it was right once.
func (k *Keys) Verify(purpose, message string, expires time.Time, signature string, now time.Time) error {
	given, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		return ErrSignature
	}
	for _, master := range k.masters {
		if hmac.Equal(given, mac(master, purpose, message, expires)) {
			if now.Unix() > expires.Unix() {
				return ErrExpired
			}
			return nil
		}
	}
	return ErrSignature
}

func mac(master []byte, purpose, message string, expires time.Time) []byte {
	h := hmac.New(sha256.New, expand(master, "muster sign "+purpose))
	var seconds [8]byte
	binary.BigEndian.PutUint64(seconds[:], uint64(expires.Unix()))
	h.Write(seconds[:])
	h.Write([]byte(message))
	return h.Sum(nil)
}
