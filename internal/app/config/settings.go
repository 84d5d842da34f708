package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/platform/secrets"
)

// Setting is one environment variable: its name, what it means and what holds when it is not set.
type Setting struct {
	Name string
	// Default is the default as people read it; it may be a rule instead of a value.
	Default string
	Meaning string
	// Secret values are masked wherever they are shown.
	Secret bool

	// value is the default as it is parsed; empty when Default is a rule.
	value string
	// right completes "set it to".
	right string
	parse func(c *Config, value string) error
	show  func(c *Config) string
}

// Settings lists every setting in the order of the documentation.
func Settings() []Setting { return slices.Clone(settings) }

var settings = []Setting{
	{
		Name: "MUSTER_LISTEN", value: "127.0.0.1:8080", Default: "127.0.0.1:8080, or 0.0.0.0:$PORT when PORT is set",
		Meaning: "Address to listen on. 0.0.0.0:8080 opens Muster to the local network.",
		right:   "host:port, such as 127.0.0.1:8080 or 0.0.0.0:8080",
		parse:   parseListen, show: func(c *Config) string { return c.Listen },
	},
	{
		Name: "MUSTER_URL", Default: "http://localhost:8080, derived from MUSTER_LISTEN",
		Meaning: "Public address of Muster, used in links, mail and sign-in.",
		right:   "the address that people type, such as https://muster.example.com, without a path",
		parse:   parseURL, show: func(c *Config) string { return c.URL },
	},
	{
		Name: "MUSTER_DATA", Default: "/var/lib/muster for root, else $XDG_DATA_HOME/muster or ~/.local/share/muster (macOS: ~/Library/Application Support/muster)",
		Meaning: "Folder of the private PostgreSQL, the secret key and files.",
		right:   "a folder, such as /var/lib/muster",
		parse:   func(c *Config, value string) (err error) { c.Data, err = filepath.Abs(value); return err },
		show:    func(c *Config) string { return c.Data },
	},
	{
		Name: "MUSTER_DATABASE_URL", Default: "a private PostgreSQL in MUSTER_DATA", Secret: true,
		Meaning: "PostgreSQL 15 or newer to use instead of the private one.",
		right:   "postgres://user:password@host:5432/database",
		parse:   parseDatabase(func(c *Config) *string { return &c.DatabaseURL }),
		show:    func(c *Config) string { return c.DatabaseURL },
	},
	{
		Name: "MUSTER_DATABASE_DIRECT_URL", Default: "MUSTER_DATABASE_URL", Secret: true,
		Meaning: "The same database without a pooler in between (PgBouncer in transaction mode), for LISTEN and migrations.",
		right:   "postgres://user:password@host:5432/database",
		parse:   parseDatabase(func(c *Config) *string { return &c.DatabaseDirectURL }),
		show:    func(c *Config) string { return c.DatabaseDirectURL },
	},
	{
		Name: "MUSTER_DATABASE_CONNECTIONS", Default: "20", value: "20",
		Meaning: "How many database connections each process may hold. serve has three processes.",
		right:   "a number from 4 to 1000",
		parse:   parseConnections, show: func(c *Config) string { return strconv.Itoa(c.DatabaseConnections) },
	},
	{
		Name: "MUSTER_SECRET_KEY", Default: "the key in MUSTER_SECRET_KEY_FILE", Secret: true,
		Meaning: "Key that protects stored secrets; the same for all replicas. Newest first when there are several. Keep a copy apart from the backups of the database.",
		right:   "what this prints: openssl rand -base64 32",
		parse:   parseSecretKey, show: func(c *Config) string { return c.SecretKey },
	},
	{
		Name: "MUSTER_SECRET_KEY_FILE", Default: "secret.key in MUSTER_DATA, made at the first start",
		Meaning: "File that holds the secret key.",
		right:   "the path of a file",
		parse:   parsePath(func(c *Config) *string { return &c.SecretKeyFile }),
		show:    func(c *Config) string { return c.SecretKeyFile },
	},
	{
		Name: "MUSTER_SMTP_URL", Default: "none: mail is not sent", Secret: true,
		Meaning: "Mail server to send through. smtps is TLS from the start, smtp turns to TLS where the server offers it.",
		right:   "smtp://user:password@host:587 or smtps://user:password@host:465",
		parse:   parseAddress(func(c *Config) *string { return &c.SMTPURL }, "smtp", "smtps"),
		show:    func(c *Config) string { return c.SMTPURL },
	},
	{
		Name: "MUSTER_MAIL_FROM", Default: "Muster <muster@HOST>, derived from MUSTER_URL",
		Meaning: "Sender of mail.",
		right:   "an address, such as Muster <muster@example.com>",
		parse: func(c *Config, value string) error {
			if _, err := mail.ParseAddress(value); err != nil {
				return errors.New("is no mail address")
			}
			c.MailFrom = value
			return nil
		},
		show: func(c *Config) string { return c.MailFrom },
	},
	{
		Name: "MUSTER_LOG", Default: "info, as text on a terminal or with MUSTER_DEV, else as json", value: "info",
		Meaning: "Least level and format of the log.",
		right:   "debug, info, warn or error, with text or json after a comma if wanted: info,json",
		parse:   parseLog,
		show: func(c *Config) string {
			return strings.TrimSuffix(strings.ToLower(c.LogLevel.String())+","+c.LogFormat, ",")
		},
	},
	{
		Name: "MUSTER_S3_URL", Default: "none: files lie in MUSTER_DATA", Secret: true,
		Meaning: "S3-compatible storage for files.",
		right:   "s3://key:secret@endpoint/bucket?region=eu-central-1 (add insecure=true for plain http)",
		parse:   parseS3, show: func(c *Config) string { return c.S3URL },
	},
	{
		Name: "MUSTER_TRUSTED_PROXIES", Default: "none",
		Meaning: "Peers whose X-Forwarded-For and X-Forwarded-Proto are believed.",
		right:   "addresses and networks with commas between, such as 10.0.0.0/8,192.0.2.7, or the words loopback and private",
		parse:   parseProxies,
		show: func(c *Config) string {
			var shown []string
			for _, prefix := range c.TrustedProxies {
				shown = append(shown, prefix.String())
			}
			return strings.Join(shown, ",")
		},
	},
	{
		Name: "MUSTER_TLS_CERT", Default: "none: plain http",
		Meaning: "PEM file of the certificate chain, to serve https without a proxy.",
		right:   "the path of a PEM file",
		parse:   parsePath(func(c *Config) *string { return &c.TLSCert }),
		show:    func(c *Config) string { return c.TLSCert },
	},
	{
		Name: "MUSTER_TLS_KEY", Default: "none: plain http",
		Meaning: "PEM file of the certificate's private key.",
		right:   "the path of a PEM file",
		parse:   parsePath(func(c *Config) *string { return &c.TLSKey }),
		show:    func(c *Config) string { return c.TLSKey },
	},
	{
		Name: "MUSTER_OPERATOR_MAIL", Default: "none",
		Meaning: "Who is told by mail of new errors and quarantined work.",
		right:   "mail addresses with commas between",
		parse: func(c *Config, value string) error {
			list, err := mail.ParseAddressList(value)
			if err != nil {
				return errors.New("holds something that is no mail address")
			}
			for _, address := range list {
				c.OperatorMail = append(c.OperatorMail, address.Address)
			}
			return nil
		},
		show: func(c *Config) string { return strings.Join(c.OperatorMail, ",") },
	},
	{
		Name: "MUSTER_OPERATOR_WEBHOOK", Default: "none", Secret: true,
		Meaning: "Address that is posted new errors and quarantined work as JSON.",
		right:   "an http or https address",
		parse:   parseAddress(func(c *Config) *string { return &c.OperatorWebhook }, "http", "https"),
		show:    func(c *Config) string { return c.OperatorWebhook },
	},
	{
		Name: "MUSTER_HEARTBEAT_URL", Default: "none", Secret: true,
		Meaning: "Address that is fetched every minute while all is well, for a watchdog elsewhere.",
		right:   "an http or https address",
		parse:   parseAddress(func(c *Config) *string { return &c.HeartbeatURL }, "http", "https"),
		show:    func(c *Config) string { return c.HeartbeatURL },
	},
	{
		Name: "MUSTER_SENTRY_DSN", Default: "none", Secret: true,
		Meaning: "Sentry-compatible address that receives errors.",
		right:   "the DSN of the project, such as https://key@sentry.example.com/1",
		parse:   parseAddress(func(c *Config) *string { return &c.SentryDSN }, "http", "https"),
		show:    func(c *Config) string { return c.SentryDSN },
	},
	{
		Name: "MUSTER_OTLP_ENDPOINT", Default: "none", Secret: true,
		Meaning: "OpenTelemetry collector that receives traces over OTLP/HTTP.",
		right:   "an http or https address, such as http://localhost:4318",
		parse:   parseAddress(func(c *Config) *string { return &c.OTLPEndpoint }, "http", "https"),
		show:    func(c *Config) string { return c.OTLPEndpoint },
	},
	{
		Name: "MUSTER_SLACK_CLIENT_ID", Default: "none: without Slack",
		Meaning: "Client id of the Slack app; docs/slack.md says how to make one.",
		right:   "the Client ID under Basic Information of the Slack app, such as 1234567890.1234567890",
		parse:   parseSlackID, show: func(c *Config) string { return c.SlackClientID },
	},
	{
		Name: "MUSTER_SLACK_CLIENT_SECRET", Default: "none", Secret: true,
		Meaning: "Client secret of the Slack app.",
		right:   "the Client Secret under Basic Information of the Slack app",
		parse:   parseWord(func(c *Config) *string { return &c.SlackClientSecret }, ""),
		show:    func(c *Config) string { return c.SlackClientSecret },
	},
	{
		Name: "MUSTER_SLACK_SIGNING_SECRET", Default: "none", Secret: true,
		Meaning: "Signing secret of the Slack app, by which Muster knows that a request comes from Slack.",
		right:   "the Signing Secret under Basic Information of the Slack app",
		parse:   parseWord(func(c *Config) *string { return &c.SlackSigningSecret }, ""),
		show:    func(c *Config) string { return c.SlackSigningSecret },
	},
	{
		Name: "MUSTER_SLACK_APP_TOKEN", Default: "none: Slack sends to MUSTER_URL", Secret: true,
		Meaning: "App-level token of the Slack app. With it Muster connects to Slack (Socket Mode), and Slack needs no way to MUSTER_URL.",
		right:   "a token that begins with xapp-, made under Basic Information, App-Level Tokens, with the scope connections:write",
		parse:   parseWord(func(c *Config) *string { return &c.SlackAppToken }, "xapp-"),
		show:    func(c *Config) string { return c.SlackAppToken },
	},
	{
		Name: "MUSTER_SLACK_URL", Default: "https://slack.com", value: "https://slack.com",
		Meaning: "Where Slack is; GovSlack is https://slack-gov.com.",
		right:   "an http or https address without a path",
		parse:   parseSlackURL, show: func(c *Config) string { return c.SlackURL },
	},
	{
		Name: "MUSTER_AUDIT_DAYS", Default: "365", value: "365",
		Meaning: "For how many days the audit log is kept. Nobody within an organisation can shorten it.",
		right:   "a number of days from 1 on, or forever",
		parse:   parseAuditDays,
		show: func(c *Config) string {
			if c.AuditKept == 0 {
				return forever
			}
			return strconv.Itoa(int(c.AuditKept.Hours() / 24))
		},
	},
	{
		Name: "MUSTER_ALLOW_PRIVATE_ADDRESSES", Default: "false", value: "false",
		Meaning: "Let webhooks and other addresses that people give lead into private networks.",
		right:   "true or false",
		parse:   parseBool(func(c *Config) *bool { return &c.AllowPrivateAddresses }),
		show:    func(c *Config) string { return strconv.FormatBool(c.AllowPrivateAddresses) },
	},
	{
		Name: "MUSTER_DEV", Default: "false", value: "false",
		Meaning: "For development: a page with the mail that would be sent, traces, and the design page.",
		right:   "true or false",
		parse:   parseBool(func(c *Config) *bool { return &c.Dev }),
		show:    func(c *Config) string { return strconv.FormatBool(c.Dev) },
	},
}

const forever = "forever"

func parseAuditDays(c *Config, value string) error {
	if value == forever {
		c.AuditKept = 0
		return nil
	}
	days, err := strconv.Atoi(value)
	if err != nil || days < 1 || days > 36500 {
		return errors.New("is no number of days")
	}
	c.AuditKept = time.Duration(days) * 24 * time.Hour
	return nil
}

var slackID = regexp.MustCompile(`^[0-9A-Za-z]+\.[0-9A-Za-z]+$`)

func parseSlackID(c *Config, value string) error {
	if !slackID.MatchString(value) {
		return errors.New("is not two numbers with a dot between")
	}
	c.SlackClientID = value
	return nil
}

func parseSlackURL(c *Config, value string) error {
	var at Config
	if err := parseURL(&at, value); err != nil {
		return err
	}
	c.SlackURL = at.URL
	return nil
}

// parseWord takes a secret of one word that begins as such secrets do.
func parseWord(field func(*Config) *string, begins string) func(*Config, string) error {
	return func(c *Config, value string) error {
		if strings.ContainsAny(value, " \t\r\n\"'") {
			return errors.New("has spaces or quotes in it")
		}
		if !strings.HasPrefix(value, begins) {
			return errors.New("does not begin with " + begins)
		}
		*field(c) = value
		return nil
	}
}

func parseListen(c *Config, value string) error {
	host, port, err := net.SplitHostPort(value)
	if err != nil {
		return errors.New("is not a host and a port")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n > 65535 {
		return fmt.Errorf("%q is no port number", port)
	}
	if strings.ContainsAny(host, "/@ ") {
		return fmt.Errorf("%q is no host", host)
	}
	c.Listen = value
	return nil
}

func parseURL(c *Config, value string) error {
	u, err := url.Parse(value)
	switch {
	case err != nil:
		return errors.New("is no web address")
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("does not begin with http:// or https://")
	case u.Hostname() == "":
		return errors.New("has no host")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return errors.New("has more than a host")
	}
	c.URL = u.Scheme + "://" + strings.ToLower(u.Host)
	return nil
}

func parseDatabase(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) error {
		if !strings.HasPrefix(value, "postgres://") && !strings.HasPrefix(value, "postgresql://") {
			return errors.New("does not begin with postgres://")
		}
		// The parser's own words may repeat parts of the value.
		if _, err := pgx.ParseConfig(value); err != nil {
			return errors.New("cannot be understood (characters such as @ and / in the password are written %40 and %2F)")
		}
		*field(c) = value
		return nil
	}
}

func parseConnections(c *Config, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil {
		return errors.New("is no number")
	}
	if n < 4 || n > 1000 {
		return errors.New("is out of range")
	}
	c.DatabaseConnections = n
	return nil
}

func parseSecretKey(c *Config, value string) error {
	if _, err := secrets.Parse(value); err != nil {
		return errors.New("is not one key of 32 bytes in base64, or several with commas between")
	}
	c.SecretKey = value
	return nil
}

func parsePath(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) (err error) {
		*field(c), err = filepath.Abs(value)
		return err
	}
}

func parseAddress(field func(*Config) *string, schemes ...string) func(*Config, string) error {
	return func(c *Config, value string) error {
		u, err := url.Parse(value)
		if err != nil {
			return errors.New("is no address")
		}
		if !slices.Contains(schemes, u.Scheme) {
			return errors.New("does not begin with " + strings.Join(schemes, ":// or ") + "://")
		}
		if u.Hostname() == "" {
			return errors.New("has no host")
		}
		*field(c) = value
		return nil
	}
}

func parseLog(c *Config, value string) error {
	for i, word := range strings.Split(strings.ToLower(value), ",") {
		word = strings.TrimSpace(word)
		switch {
		case word == "text" || word == "json":
			c.LogFormat = word
		case i == 0 && slices.Contains([]string{"debug", "info", "warn", "error"}, word):
			if err := c.LogLevel.UnmarshalText([]byte(word)); err != nil {
				return err
			}
		case i > 1 || word != "":
			return fmt.Errorf("%q is neither a level nor a format", word)
		}
	}
	return nil
}

func parseS3(c *Config, value string) error {
	if err := parseAddress(func(c *Config) *string { return &c.S3URL }, "s3")(c, value); err != nil {
		return err
	}
	u, err := url.Parse(value)
	if err != nil {
		return errors.New("is no address")
	}
	if _, secret := u.User.Password(); u.User.Username() == "" || !secret {
		return errors.New("has no key and secret before the @")
	}
	if bucket := strings.Trim(u.Path, "/"); bucket == "" || strings.Contains(bucket, "/") {
		return errors.New("has no bucket after the endpoint, or more than a bucket")
	}
	return nil
}

func parseProxies(c *Config, value string) error {
	words := map[string][]string{
		"loopback": {"127.0.0.0/8", "::1/128"},
		"private":  {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"},
	}
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		networks, ok := words[part]
		if !ok {
			networks = []string{part}
		}
		for _, network := range networks {
			if addr, err := netip.ParseAddr(network); err == nil {
				c.TrustedProxies = append(c.TrustedProxies, netip.PrefixFrom(addr, addr.BitLen()))
				continue
			}
			prefix, err := netip.ParsePrefix(network)
			if err != nil {
				return fmt.Errorf("%q is no address or network", network)
			}
			c.TrustedProxies = append(c.TrustedProxies, prefix.Masked())
		}
	}
	return nil
}

func parseBool(field func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, value string) error {
		switch strings.ToLower(value) {
		case "1", "true", "yes", "on":
			*field(c) = true
		case "0", "false", "no", "off":
			*field(c) = false
		default:
			return errors.New("is neither true nor false")
		}
		return nil
	}
}
