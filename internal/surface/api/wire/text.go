package wire

import "time"

// Optional is a text that is left out when it is empty.
func Optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// TimeOf is a moment that is left out when there is none.
func TimeOf(t *time.Time) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	at := Time(*t)
	return &at
}
