package account

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Passwords says how much work argon2id puts into a password. The zero value is the product's own choice:
// 19 MiB, two passes, one lane (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html).
type Passwords struct {
	// Memory is in KiB.
	Memory uint32
	Passes uint32
	Lanes  uint8
}

// ownChoice is what passwords are hashed with unless told otherwise.
var ownChoice = Passwords{Memory: 19 * 1024, Passes: 2, Lanes: 1}

const (
	saltBytes = 16
	keyBytes  = 32
)

// busy bounds how many passwords are worked on at once, because each takes Memory.
var busy = make(chan struct{}, 2*runtime.GOMAXPROCS(0))

func (p Passwords) key(password string, salt []byte, length uint32) []byte {
	busy <- struct{}{}
	defer func() { <-busy }()
	return argon2.IDKey([]byte(password), salt, p.Passes, p.Memory, p.Lanes, length)
}

// hash returns the password's PHC string, "$argon2id$v=19$m=19456,t=2,p=1$salt$key".
func (p Passwords) hash(password string) string {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails (https://pkg.go.dev/crypto/rand#Read)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Passes, p.Lanes, encode(salt), encode(p.key(password, salt, keyBytes)))
}

// verify reports whether the password is the one that was hashed, and whether the hash was made with other numbers
// than today's.
func (p Passwords) verify(password, stored string) (right, stale bool) {
	made, salt, want, err := parse(stored)
	if err != nil {
		return false, false
	}
	got := made.key(password, salt, uint32(len(want))) //nolint:gosec // parse bounds the length
	return subtle.ConstantTimeCompare(got, want) == 1, made != p
}

// pretend takes as long as verify, so that an unknown address is not told apart by the clock.
func (p Passwords) pretend(password string) {
	p.key(password, make([]byte, saltBytes), keyBytes)
}

func parse(stored string) (made Passwords, salt, key []byte, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return made, nil, nil, fmt.Errorf("a stored password is not an argon2id hash")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &made.Memory, &made.Passes, &made.Lanes); err != nil {
		return made, nil, nil, fmt.Errorf("read the numbers of a stored password: %w", err)
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return made, nil, nil, fmt.Errorf("read the salt of a stored password: %w", err)
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return made, nil, nil, fmt.Errorf("read the key of a stored password: %w", err)
	}
	if made.Passes == 0 || made.Lanes == 0 || len(key) == 0 || len(key) > 1024 {
		return made, nil, nil, fmt.Errorf("a stored password has impossible numbers")
	}
	return made, salt, key, nil
}
