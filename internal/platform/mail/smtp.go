package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/telemetry"
)

// smtpTimeout is how long connecting, and each answer of the server, may take.
const smtpTimeout = 15 * time.Second

// SMTP sends mails through a server.
type SMTP struct {
	host    string
	options []gomail.Option
	from    mail.Address
	domain  string
	clock   clock.Clock
}

// NewSMTP reads the address of a server, "smtp://user:password@host:587" (STARTTLS: always with a password, otherwise where the server offers it;
// ?starttls=always|offered|never says otherwise) or "smtps://..." (TLS from the first byte), and the sender ("Muster <muster@example.com>").
func NewSMTP(address, from string, clk clock.Clock) (*SMTP, error) {
	server, err := url.Parse(address)
	if err != nil || server.Hostname() == "" {
		return nil, errors.New("the SMTP address is none such as smtp://user:password@host:587") // the address itself may hold a password
	}
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("the sender %q is no mail address: %w", from, err)
	}
	s := &SMTP{host: server.Hostname(), from: *sender, clock: clk, domain: sender.Address[strings.LastIndex(sender.Address, "@")+1:]}
	s.options = []gomail.Option{gomail.WithTimeout(smtpTimeout)}
	password, hasPassword := server.User.Password()
	switch server.Scheme {
	case "smtps":
		s.options = append(s.options, gomail.WithSSL(), gomail.WithPort(465))
	case "smtp":
		policy, err := startTLS(server.Query().Get("starttls"), hasPassword)
		if err != nil {
			return nil, err
		}
		s.options = append(s.options, gomail.WithTLSPolicy(policy), gomail.WithPort(587))
	default:
		return nil, fmt.Errorf("the SMTP address begins with %q; use smtp:// or smtps://", server.Scheme)
	}
	if text := server.Port(); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("read the SMTP port: %w", err)
		}
		s.options = append(s.options, gomail.WithPort(port))
	}
	if hasPassword {
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(server.User.Username()), gomail.WithPassword(password))
	}
	return s, nil
}

func startTLS(wanted string, hasPassword bool) (gomail.TLSPolicy, error) {
	switch {
	case wanted == "always", wanted == "" && hasPassword:
		return gomail.TLSMandatory, nil
	case wanted == "offered", wanted == "":
		return gomail.TLSOpportunistic, nil
	case wanted == "never":
		return gomail.NoTLS, nil
	}
	return 0, fmt.Errorf("starttls=%s is none of always, offered, never", wanted)
}

// trust makes the client accept further certificates, for the server of a test.
func (s *SMTP) trust(config *tls.Config) {
	s.options = append(s.options, gomail.WithTLSConfig(config))
}

// Send hands a mail to the server over a connection of its own.
func (s *SMTP) Send(ctx context.Context, m Message) (err error) {
	if err := httpx.RefuseInTransaction(ctx); err != nil {
		return err
	}
	ctx, end := telemetry.Step(ctx, func() string { return "send mail" })
	defer func() { end(err) }()
	message, err := s.message(m)
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("set up SMTP: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, message); err != nil {
		return classify(fmt.Errorf("send mail to %s: %w", m.To, err))
	}
	return nil
}

// Check connects, greets and signs in, to tell an operator whether mail works.
func (s *SMTP) Check(ctx context.Context) error {
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("set up SMTP: %w", err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return fmt.Errorf("connect to %s: %w", s.host, err)
	}
	return client.Close()
}

// classify calls permanent what a server said 5xx about this receiver or this text; a 5xx about us (sign-in, sender) passes once the operator mends it.
func classify(err error) error {
	var failed *gomail.SendError
	if errors.As(err, &failed) && !failed.IsTemp() && failed.ErrorCode() >= 500 {
		switch failed.Reason {
		case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
			return refusal{err}
		}
	}
	return err
}

func (s *SMTP) message(m Message) (*gomail.Msg, error) {
	if err := checkAddress(m.To); err != nil {
		return nil, err
	}
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	message.FromMailAddress(&s.from)
	message.AddToMailAddress(&mail.Address{Name: oneLine(m.ToName), Address: m.To})
	message.Subject(oneLine(m.Subject))
	message.SetDateWithValue(s.clock.Now())
	message.SetMessageIDWithValue(m.Key + "@" + s.domain)
	if m.ThreadKey != "" && m.ThreadKey != m.Key {
		thread := "<" + m.ThreadKey + "@" + s.domain + ">"
		message.SetGenHeader(gomail.HeaderInReplyTo, thread)
		message.SetGenHeader(gomail.HeaderReferences, thread)
	}
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday replies, please
	if m.Unsubscribe != "" {
		message.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+m.Unsubscribe+">")
		message.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	message.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		message.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return message, nil
}

// oneLine keeps people's text from beginning a header of its own.
func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}
