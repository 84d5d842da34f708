package secrets

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Load reads keys from a file of the same text as MUSTER_SECRET_KEY.
func Load(path string) (*Keys, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the secret key file: %w", err)
	}
	keys, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("secret key file %s: %w", path, err)
	}
	return keys, nil
}

// LoadOrCreate reads the key file, or makes one with a new key that only its owner can read; when several processes start at once, one key wins.
func LoadOrCreate(path string) (*Keys, error) {
	keys, err := Load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if err := create(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the secret key file: %w", err)
	}
	return Load(path)
}

// Generate returns the text of a new key.
func Generate() string {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // never fails (https://pkg.go.dev/crypto/rand#Read)
	return base64.StdEncoding.EncodeToString(key)
}

// create writes the whole file under another name first and links it into place, so that no one reads half a key and no key is overwritten.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString(Generate() + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Link(file.Name(), path)
}
