package secrets

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// NewToken returns a token of 256 random bits behind a prefix that tells what it is ("mus_session_"), safe in URLs.
func NewToken(prefix string) string {
	bits := make([]byte, 32)
	_, _ = rand.Read(bits) // never fails (https://pkg.go.dev/crypto/rand#Read)
	return prefix + base64.RawURLEncoding.EncodeToString(bits)
}

// HashToken returns what is stored of a token. A plain hash is enough because tokens are random; passwords need argon2id.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
