package blob

import (
	"sync"
	"time"
)

// signed keeps addresses that the storage signed: their signature names the second in which it was made, so that each
// new one is another address, for which browsers load the picture again.
type signed struct {
	mu   sync.Mutex
	kept map[signedKey]signedAddress
}

type signedKey struct {
	key string
	ttl time.Duration
}

type signedAddress struct {
	address string
	until   time.Time
}

// mostSigned bounds the memory for addresses; beyond it they are made anew.
const mostSigned = 10_000

// address returns the one that was made less than ttl ago, else a new one, which must be good for twice that time.
func (s *signed) address(key string, ttl time.Duration, now time.Time, sign func() (string, error)) (string, error) {
	at := signedKey{key, ttl}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, found := s.kept[at]; found && now.Before(known.until) {
		return known.address, nil
	}
	made, err := sign()
	if err != nil {
		return "", err
	}
	if s.kept == nil || len(s.kept) >= mostSigned {
		s.kept = map[signedKey]signedAddress{}
	}
	s.kept[at] = signedAddress{address: made, until: now.Add(ttl)}
	return made, nil
}
