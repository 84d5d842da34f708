// Package secrets seals what must not be read from a stolen database, signs what leaves the house and comes back, and makes tokens.
package secrets

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/xchacha20poly1305"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/secretdata"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// keyBytes is the size of a master key and of every key derived from one.
const keyBytes = 32

// Keys are the master keys of an installation, the newest first: it seals and signs, all of them open and verify.
type Keys struct {
	masters [][]byte
	sealer  tink.AEAD
}

// Parse reads keys from the text of MUSTER_SECRET_KEY: base64 of 32 random bytes each, the newest first, separated by commas or white space.
func Parse(text string) (*Keys, error) {
	var masters [][]byte
	for _, word := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c <= ' ' }) {
		master, err := decode(word)
		if err != nil || len(master) != keyBytes {
			return nil, fmt.Errorf("secret key %d is not base64 of %d bytes; make one with: openssl rand -base64 %d", len(masters)+1, keyBytes, keyBytes)
		}
		masters = append(masters, master)
	}
	return newKeys(masters)
}

func decode(word string) ([]byte, error) {
	word = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(word, "="))
	return base64.RawStdEncoding.DecodeString(word)
}

func newKeys(masters [][]byte) (*Keys, error) {
	if len(masters) == 0 {
		return nil, errors.New("there is no secret key")
	}
	manager := keyset.NewManager()
	parameters, err := xchacha20poly1305.NewParameters(xchacha20poly1305.VariantTink)
	if err != nil {
		return nil, fmt.Errorf("choose the cipher: %w", err)
	}
	for n, master := range masters {
		// The id in front of each sealed value comes from the key itself, so that it stays the same wherever the key stands in the list.
		keyID := binary.BigEndian.Uint32(expand(master, "muster key id"))
		secret := secretdata.NewBytesFromData(expand(master, "muster seal"), insecuresecretdataaccess.Token{})
		key, err := xchacha20poly1305.NewKey(secret, keyID, parameters)
		if err != nil {
			return nil, fmt.Errorf("make sealing key %d: %w", n+1, err)
		}
		added, err := manager.AddKey(key)
		if err != nil {
			return nil, fmt.Errorf("add sealing key %d (is it given twice?): %w", n+1, err)
		}
		if n == 0 {
			if err := manager.SetPrimary(added); err != nil {
				return nil, fmt.Errorf("make the newest key the primary one: %w", err)
			}
		}
	}
	handle, err := manager.Handle()
	if err != nil {
		return nil, fmt.Errorf("build the key set: %w", err)
	}
	sealer, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("build the sealer: %w", err)
	}
	return &Keys{masters: masters, sealer: sealer}, nil
}

// expand derives a key of its own for one purpose (HKDF, RFC 5869).
func expand(master []byte, purpose string) []byte {
	out, err := hkdf.Key(sha256.New, master, nil, purpose, keyBytes)
	if err != nil {
		panic(err) // only a length beyond what SHA-256 allows fails, and ours is fixed
	}
	return out
}

// Derive returns 32 bytes for one purpose from the newest key, for libraries that want a key of their own.
func (k *Keys) Derive(purpose string) []byte { return expand(k.masters[0], "muster derive "+purpose) }

// Seal encrypts plain so that only Open with the same organisation (empty for none) and purpose reads it.
func (k *Keys) Seal(plain []byte, organisation, purpose string) ([]byte, error) {
	sealed, err := k.sealer.Encrypt(plain, associated(organisation, purpose))
	if err != nil {
		return nil, fmt.Errorf("seal for %s: %w", purpose, err)
	}
	return sealed, nil
}

// Open decrypts what Seal made, with whichever key sealed it.
func (k *Keys) Open(sealed []byte, organisation, purpose string) ([]byte, error) {
	plain, err := k.sealer.Decrypt(sealed, associated(organisation, purpose))
	if err != nil {
		return nil, fmt.Errorf("open what was sealed for %s: the secret key is another one, or the value was changed: %w", purpose, err)
	}
	return plain, nil
}

// Stale reports whether a sealed value is not sealed by the newest key, so that a rotation can seal it anew.
func (k *Keys) Stale(sealed []byte) bool {
	const prefix = 5 // a version byte and the key's id
	return len(sealed) < prefix || binary.BigEndian.Uint32(sealed[1:prefix]) != binary.BigEndian.Uint32(expand(k.masters[0], "muster key id"))
}

// associated writes the length before each part, so that no two pairs give the same bytes.
func associated(organisation, purpose string) []byte {
	return fmt.Appendf(nil, "%d:%s%d:%s", len(organisation), organisation, len(purpose), purpose)
}
