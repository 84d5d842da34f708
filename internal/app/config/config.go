// Package config reads the settings of Muster from the environment: each has a name with one prefix, a
// documented default and one meaning.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/platform/supervise"
)

// Prefix begins the name of every setting.
const Prefix = "MUSTER_"

// Config is what the environment says, checked and with the defaults filled in.
type Config struct {
	// Listen is the address to listen on, host:port.
	Listen string
	// URL is the address that people use, without a slash at the end.
	URL string
	// Data is the folder of the private PostgreSQL and of files, an absolute path.
	Data string
	// DatabaseURL is empty when the private PostgreSQL is used.
	DatabaseURL string
	// DatabaseDirectURL is good for LISTEN; it is DatabaseURL unless a pooler is in the way.
	DatabaseDirectURL string
	// DatabaseConnections is how many connections one process may hold.
	DatabaseConnections int
	// SMTPURL is empty when mail is not sent.
	SMTPURL string
	// MailFrom is the sender of mail, an address with or without a name.
	MailFrom string
	// LogLevel is the least level that is logged.
	LogLevel slog.Level
	// LogFormat is text or json, or empty to choose by whether people read the log on a terminal.
	LogFormat string
	// SecretKey protects stored secrets; when empty it lies in SecretKeyFile.
	SecretKey string
	// SecretKeyFile holds the secret key; the default one is made at the first start.
	SecretKeyFile string
	// S3URL is s3://key:secret@endpoint/bucket; when empty files lie under Data.
	S3URL string
	// TrustedProxies are the peers whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// TLSCert and TLSKey are PEM files; both are empty when Muster speaks plain http.
	TLSCert, TLSKey string
	// HeartbeatURL is fetched while all is well.
	HeartbeatURL string
	// OperatorMail are the addresses told of new errors and quarantined work.
	OperatorMail []string
	// OperatorWebhook is posted new errors and quarantined work.
	OperatorWebhook string
	// SentryDSN receives errors.
	SentryDSN string
	// OTLPEndpoint receives traces.
	OTLPEndpoint string
	// SlackURL is where Slack is, without a slash at the end.
	SlackURL string
	// SlackClientID, SlackClientSecret and SlackSigningSecret are those of the Slack app; empty without Slack.
	SlackClientID, SlackClientSecret, SlackSigningSecret string
	// SlackAppToken switches Socket Mode on: Slack is reached from here and needs no public address of ours.
	SlackAppToken string
	// AuditKept is for how long the audit log is kept; 0 is for good.
	AuditKept time.Duration
	// AllowPrivateAddresses lets outbound requests to addresses that people give reach private networks.
	AllowPrivateAddresses bool
	// Dev shows the outbox, traces and the design page.
	Dev bool

	values []Value
}

// Value is a setting with what it is set to and why.
type Value struct {
	Setting
	// Shown is the value with its secrets masked.
	Shown string
	// Source is environment, PORT, default, or what the value was derived from.
	Source string
}

// Private reports whether Muster runs a PostgreSQL of its own.
func (c *Config) Private() bool { return c.DatabaseURL == "" }

// Slack reports whether a Slack app is set up.
func (c *Config) Slack() bool { return c.SlackClientID != "" }

// CrashFile holds the records of processes that died.
func (c *Config) CrashFile() string { return filepath.Join(c.Data, "crashes.jsonl") }

// PostgresDir is the folder of the private PostgreSQL.
func (c *Config) PostgresDir() string { return filepath.Join(c.Data, "postgres") }

// Values lists every setting in the order of the documentation.
func (c *Config) Values() []Value { return slices.Clone(c.values) }

// SettingError says what is wrong with one setting and what would be right.
type SettingError struct {
	Name string
	// Value is empty when it must not be shown.
	Value string
	Wrong string
	Right string
}

func (e *SettingError) Error() string {
	text := e.Name
	if e.Value != "" {
		text += fmt.Sprintf("=%q", e.Value)
	}
	return text + ": " + e.Wrong + "; " + e.Right
}

// Load reads the settings of this process. Its error joins one SettingError for each wrong setting.
func Load() (*Config, error) {
	return load(environment{variables: os.Environ(), root: os.Geteuid() == 0, system: runtime.GOOS})
}

// Read reads the settings from a list of NAME=value as an ordinary user on Linux would; for tests.
func Read(variables ...string) (*Config, error) {
	return load(environment{variables: variables, system: "linux"})
}

type environment struct {
	variables []string
	root      bool
	system    string
}

func load(env environment) (*Config, error) {
	given := map[string]string{}
	for _, variable := range env.variables {
		// An empty value is what Compose and shell scripts pass for "not set".
		if name, value, _ := strings.Cut(variable, "="); strings.TrimSpace(value) != "" {
			given[name] = strings.TrimSpace(value)
		}
	}
	c := &Config{}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if strings.HasPrefix(name, Prefix) && !known(name) {
			problems = append(problems, &SettingError{Name: name, Wrong: "there is no such setting", Right: "did you mean " + nearest(name) + "?"})
		}
	}
	source := map[string]string{}
	for _, s := range settings {
		value, from := given[s.Name], "environment"
		if value == "" {
			value, from = s.fallback(env, given)
		}
		source[s.Name] = from
		if value == "" {
			continue
		}
		if err := s.parse(c, value); err != nil {
			wrong := &SettingError{Name: s.Name, Value: value, Wrong: err.Error(), Right: "set it to " + s.right}
			if from == "PORT" {
				wrong.Name = "PORT"
				wrong.Value = given["PORT"]
			}
			if s.Secret {
				wrong.Value = ""
			}
			problems = append(problems, wrong)
		}
	}
	problems = append(problems, c.together()...)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	c.derive(source)
	for _, s := range settings {
		shown := s.show(c)
		if s.Secret && shown != "" {
			shown = mask(shown)
		}
		c.values = append(c.values, Value{Setting: s, Shown: shown, Source: source[s.Name]})
	}
	return c, nil
}

// fallback is the value of a setting that is not in the environment.
func (s Setting) fallback(env environment, given map[string]string) (value, source string) {
	switch {
	case s.Name == "MUSTER_LISTEN" && given["PORT"] != "":
		return "0.0.0.0:" + given["PORT"], "PORT"
	case s.Name == "MUSTER_DATA":
		return defaultData(env, given), "default"
	}
	return s.value, "default"
}

func defaultData(env environment, given map[string]string) string {
	switch {
	case env.root:
		return "/var/lib/muster"
	case env.system == "darwin" && given["HOME"] != "":
		return filepath.Join(given["HOME"], "Library", "Application Support", "muster")
	case filepath.IsAbs(given["XDG_DATA_HOME"]):
		return filepath.Join(given["XDG_DATA_HOME"], "muster")
	case given["HOME"] != "":
		return filepath.Join(given["HOME"], ".local", "share", "muster")
	}
	return "muster-data"
}

// together checks the settings that depend on each other.
func (c *Config) together() []error {
	var problems []error
	if (c.TLSCert == "") != (c.TLSKey == "") {
		missing, other := "MUSTER_TLS_KEY", "MUSTER_TLS_CERT"
		if c.TLSCert == "" {
			missing, other = other, missing
		}
		problems = append(problems, &SettingError{Name: missing, Wrong: "is missing while " + other + " is set", Right: "set both or neither"})
	}
	if c.SecretKey != "" && c.SecretKeyFile != "" {
		problems = append(problems, &SettingError{Name: "MUSTER_SECRET_KEY_FILE", Wrong: "is set together with MUSTER_SECRET_KEY", Right: "set one of them"})
	}
	if c.DatabaseDirectURL != "" && c.DatabaseURL == "" {
		problems = append(problems, &SettingError{Name: "MUSTER_DATABASE_DIRECT_URL", Wrong: "is set without MUSTER_DATABASE_URL", Right: "set both, or neither for the private PostgreSQL"})
	}
	return append(problems, c.slackTogether()...)
}

// slackTogether checks that a Slack app is set up whole: half of it would fail at the first click.
func (c *Config) slackTogether() []error {
	if c.SlackClientID == "" && c.SlackClientSecret == "" && c.SlackSigningSecret == "" && c.SlackAppToken == "" {
		return nil
	}
	var problems []error
	for name, value := range map[string]string{"MUSTER_SLACK_CLIENT_ID": c.SlackClientID, "MUSTER_SLACK_CLIENT_SECRET": c.SlackClientSecret} {
		if value == "" {
			problems = append(problems, &SettingError{Name: name, Wrong: "is missing while other settings of Slack are set", Right: "copy it from the Basic Information of the Slack app"})
		}
	}
	if c.SlackSigningSecret == "" && c.SlackAppToken == "" {
		problems = append(problems, &SettingError{
			Name: "MUSTER_SLACK_SIGNING_SECRET", Wrong: "is missing while other settings of Slack are set",
			Right: "copy it from the Basic Information of the Slack app, or set MUSTER_SLACK_APP_TOKEN for Socket Mode",
		})
	}
	slices.SortFunc(problems, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return problems
}

// derive fills the defaults that follow from other settings.
func (c *Config) derive(source map[string]string) {
	if c.URL == "" {
		c.URL = c.address(c.Listen)
		source["MUSTER_URL"] = "derived from MUSTER_LISTEN"
	}
	if c.DatabaseDirectURL == "" && c.DatabaseURL != "" {
		c.DatabaseDirectURL = c.DatabaseURL
		source["MUSTER_DATABASE_DIRECT_URL"] = "derived from MUSTER_DATABASE_URL"
	}
	if c.MailFrom == "" {
		host := "localhost"
		if u, err := url.Parse(c.URL); err == nil {
			host = u.Hostname()
		}
		if _, err := netip.ParseAddr(host); err == nil {
			host = "localhost"
		}
		c.MailFrom = "Muster <muster@" + host + ">"
		source["MUSTER_MAIL_FROM"] = "derived from MUSTER_URL"
	}
	if c.SecretKey == "" && c.SecretKeyFile == "" {
		c.SecretKeyFile = filepath.Join(c.Data, "secret.key")
		source["MUSTER_SECRET_KEY_FILE"] = "derived from MUSTER_DATA"
	}
	if c.LogFormat == "" && c.Dev {
		c.LogFormat = "text"
	}
}

// address is what people on this machine type for a listening address. Browsers treat localhost as secure
// and let it have passkeys, which they refuse for 127.0.0.1.
func (c *Config) address(listen string) string {
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(listen)
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && (ip.IsUnspecified() || ip.IsLoopback()) {
		host = "localhost"
	}
	if scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return scheme + "://" + host
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Bound takes the real listening address into account, which MUSTER_LISTEN with port 0 leaves open.
func (c *Config) Bound(addr net.Addr) {
	if c.URL == c.address(c.Listen) {
		_, port, _ := net.SplitHostPort(addr.String())
		host, _, _ := net.SplitHostPort(c.Listen)
		c.URL = c.address(net.JoinHostPort(host, port))
	}
	c.Listen = addr.String()
}

func known(name string) bool {
	// Kubernetes sets these for a service that is named muster.
	for _, prefix := range []string{"MUSTER_PORT", "MUSTER_SERVICE_", supervise.ChildPrefix} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.ContainsFunc(settings, func(s Setting) bool { return s.Name == name })
}

func nearest(name string) string {
	return slices.MinFunc(settings, func(a, b Setting) int {
		return cmp.Compare(distance(name, a.Name), distance(name, b.Name))
	}).Name
}

// distance is how many letters must be changed, added or removed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			row[j+1] = min(cost, above+1, row[j]+1)
			diagonal = above
		}
	}
	return row[len(b)]
}

// mask keeps of a secret what tells which one it is: of an address where it leads.
func mask(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" {
		return "(set)"
	}
	shown := u.Scheme + "://"
	if u.User != nil {
		shown += "***@"
	}
	shown += u.Host
	switch u.Scheme {
	case "postgres", "postgresql", "smtp", "smtps", "s3":
		return shown + u.Path
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		shown += "/***"
	}
	return shown
}
