// Package smtpsink is a mail server for tests: it takes what it is given over real SMTP on 127.0.0.1 and shows it.
package smtpsink

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"
)

// Mail is one mail as it arrived.
type Mail struct {
	From, To string // of the envelope
	Header   mail.Header
	Subject  string // decoded
	Text     string
	HTML     string
	Raw      string
}

// Sink is a running server.
type Sink struct {
	listener net.Listener
	secure   bool

	mu      sync.Mutex
	arrived *sync.Cond
	open    []net.Conn
	mails   []Mail
	logins  []string
	answer  func(to string) string
}

// New starts a server without encryption that stops with the test.
func New(t testing.TB) *Sink { return start(t, nil) }

// NewTLS starts a server that speaks TLS from the first byte and asks for a password; config holds its certificate.
func NewTLS(t testing.TB, config *tls.Config) *Sink { return start(t, config) }

func start(t testing.TB, config *tls.Config) *Sink {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Sink{listener: listener, secure: config != nil}
	if config != nil {
		s.listener = tls.NewListener(listener, config)
	}
	s.arrived = sync.NewCond(&s.mu)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open = append(s.open, conn)
			s.mu.Unlock()
			serving.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		s.mu.Lock()
		for _, conn := range s.open {
			conn.Close()
		}
		s.mu.Unlock()
		serving.Wait()
	})
	return s
}

// URL returns the server's address for MUSTER_SMTP_URL; a server with TLS wants the user demo with the password demo-password.
func (s *Sink) URL() string {
	if s.secure {
		return "smtps://demo:demo-password@" + s.listener.Addr().String()
	}
	return "smtp://" + s.listener.Addr().String()
}

// AnswerRecipients lets the server answer a receiver with a line such as "550 5.1.1 no such user"; an empty line takes the mail.
func (s *Sink) AnswerRecipients(fn func(to string) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = fn
}

// Mails returns what has arrived, the oldest first.
func (s *Sink) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Logins returns the user names and passwords that were given ("user:password").
func (s *Sink) Logins() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.logins...)
}

// Wait returns the mails when at least n have arrived; the test fails after ten seconds.
func (s *Sink) Wait(t testing.TB, n int) []Mail {
	t.Helper()
	late := false
	timer := time.AfterFunc(10*time.Second, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		late = true
		s.arrived.Broadcast()
	})
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.mails) < n {
		if late {
			t.Fatalf("%d mails arrived, want %d", len(s.mails), n)
		}
		s.arrived.Wait()
	}
	return append([]Mail(nil), s.mails...)
}

func (s *Sink) serve(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	text := textproto.NewConn(conn)
	say := func(line string) { _ = text.PrintfLine("%s", line) }
	say("220 sink ready")
	var from, to string
	for {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO", "HELO":
			say("250-sink")
			if s.secure {
				say("250-AUTH PLAIN")
			}
			say("250 8BITMIME")
		case "AUTH":
			say(s.login(rest))
		case "MAIL":
			from = address(rest)
			say("250 ok")
		case "RCPT":
			to = address(rest)
			say(s.recipient(to))
		case "DATA":
			say("354 go on")
			raw, err := text.ReadDotBytes()
			if err != nil {
				return
			}
			s.take(from, to, raw)
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *Sink) login(rest string) string {
	_, encoded, _ := strings.Cut(rest, " ")
	plain, _ := base64.StdEncoding.DecodeString(encoded)
	parts := strings.Split(string(plain), "\x00")
	given := strings.Join(parts[min(1, len(parts)):], ":")
	s.mu.Lock()
	s.logins = append(s.logins, given)
	s.mu.Unlock()
	if given != "demo:demo-password" {
		return "535 5.7.8 wrong password"
	}
	return "235 welcome"
}

func (s *Sink) recipient(to string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answer != nil {
		if line := s.answer(to); line != "" {
			return line
		}
	}
	return "250 ok"
}

func address(rest string) string {
	_, rest, _ = strings.Cut(rest, "<")
	out, _, _ := strings.Cut(rest, ">")
	return out
}

func (s *Sink) take(from, to string, raw []byte) {
	taken := Mail{From: from, To: to, Raw: string(raw)}
	if parsed, err := mail.ReadMessage(bytes.NewReader(raw)); err == nil {
		taken.Header = parsed.Header
		taken.Subject, _ = new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
		taken.parts(parsed.Header.Get("Content-Type"), parsed.Header.Get("Content-Transfer-Encoding"), parsed.Body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, taken)
	s.arrived.Broadcast()
}

func (m *Mail) parts(contentType, encoding string, body io.Reader) {
	kind, params, _ := mime.ParseMediaType(contentType)
	if strings.HasPrefix(kind, "multipart/") {
		for parts := multipart.NewReader(body, params["boundary"]); ; {
			part, err := parts.NextRawPart()
			if err != nil {
				return
			}
			m.parts(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part)
		}
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, _ := io.ReadAll(body)
	text := strings.ReplaceAll(string(content), "\r\n", "\n")
	if kind == "text/html" {
		m.HTML = text
	} else {
		m.Text = text
	}
}
