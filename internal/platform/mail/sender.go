// Package mail sends mail: through an SMTP server, or into an outbox that developers look at.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
)

// Message is one mail to one person.
type Message struct {
	To      string // address
	ToName  string // may be empty
	Subject string
	Text    string
	HTML    string // may be empty
	// Key makes the Message-ID, so that a mail that is sent twice is seen to be one; letters, digits, dots and hyphens.
	Key string
	// ThreadKey makes mails about one thing a thread; it is the Key of the thread's first mail, or of none.
	ThreadKey string
	// Unsubscribe is an address that ends such mails by POST (RFC 8058); empty for mails that cannot be ended, as sign-in links.
	Unsubscribe string
}

// Sender sends mails. A mail that Permanent says of need not be tried again.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// refusal is an error that trying again does not mend.
type refusal struct{ error }

// Unwrap returns the cause.
func (r refusal) Unwrap() error { return r.error }

// Permanent reports whether a mail failed for good: the receiver refuses it, or its address cannot be one.
func Permanent(err error) bool {
	var r refusal
	return errors.As(err, &r)
}

func checkAddress(address string) error {
	if _, err := mail.ParseAddress("<" + address + ">"); err != nil {
		return refusal{fmt.Errorf("%q is no mail address: %w", address, err)}
	}
	return nil
}
