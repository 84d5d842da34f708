package config

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDefaults(t *testing.T) {
	c, err := Read("HOME=/home/ada", "PATH=/bin", "MUSTER_SMTP_URL=")
	if err != nil {
		t.Fatal(err)
	}
	got := []any{c.Listen, c.URL, c.Data, c.DatabaseConnections, c.MailFrom, c.LogLevel, c.LogFormat, c.SecretKeyFile, c.Private(), c.Dev, c.SMTPURL}
	want := []any{"127.0.0.1:8080", "http://localhost:8080", "/home/ada/.local/share/muster", 20, "Muster <muster@localhost>", slog.LevelInfo, "", "/home/ada/.local/share/muster/secret.key", true, false, ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDataFolderSuitsUserAndSystem(t *testing.T) {
	for _, test := range []struct {
		env  environment
		want string
	}{
		{environment{root: true, system: "linux", variables: []string{"HOME=/root"}}, "/var/lib/muster"},
		{environment{system: "linux", variables: []string{"HOME=/home/ada", "XDG_DATA_HOME=/data"}}, "/data/muster"},
		{environment{system: "linux", variables: []string{"HOME=/home/ada", "XDG_DATA_HOME=relative"}}, "/home/ada/.local/share/muster"},
		{environment{system: "darwin", variables: []string{"HOME=/Users/ada"}}, "/Users/ada/Library/Application Support/muster"},
		{environment{root: true, system: "linux", variables: []string{"MUSTER_DATA=/srv/m"}}, "/srv/m"},
	} {
		c, err := load(test.env)
		if err != nil || c.Data != test.want {
			t.Errorf("%+v: %v, %v; want %s", test.env, c, err, test.want)
		}
	}
}

func TestListenAndURL(t *testing.T) {
	for _, test := range []struct {
		env         string
		listen, url string
	}{
		{"PORT=3000", "0.0.0.0:3000", "http://localhost:3000"},
		{"PORT=3000 MUSTER_LISTEN=127.0.0.1:9", "127.0.0.1:9", "http://localhost:9"},
		{"MUSTER_LISTEN=:80", ":80", "http://localhost"},
		{"MUSTER_LISTEN=192.0.2.1:8080", "192.0.2.1:8080", "http://192.0.2.1:8080"},
		{"MUSTER_LISTEN=[2001:db8::1]:443 MUSTER_TLS_CERT=/c MUSTER_TLS_KEY=/k", "[2001:db8::1]:443", "https://[2001:db8::1]"},
		{"MUSTER_URL=https://Muster.Example.com/", "127.0.0.1:8080", "https://muster.example.com"},
	} {
		c, err := Read(strings.Fields(test.env)...)
		if err != nil {
			t.Errorf("%s: %v", test.env, err)
			continue
		}
		if c.Listen != test.listen || c.URL != test.url {
			t.Errorf("%s: %s %s; want %s %s", test.env, c.Listen, c.URL, test.listen, test.url)
		}
	}
}

func TestBoundPortReachesURLUnlessSet(t *testing.T) {
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4567}
	c, _ := Read("MUSTER_LISTEN=127.0.0.1:0")
	c.Bound(addr)
	if c.URL != "http://localhost:4567" || c.Listen != "127.0.0.1:4567" {
		t.Errorf("%s %s", c.URL, c.Listen)
	}
	c, _ = Read("MUSTER_LISTEN=127.0.0.1:0", "MUSTER_URL=https://muster.example.com")
	c.Bound(addr)
	if c.URL != "https://muster.example.com" {
		t.Error(c.URL)
	}
}

func TestWrongValuesAreAllToldAtOnce(t *testing.T) {
	wrong := map[string]string{
		"MUSTER_LISTEN=8080":                        "not a host and a port",
		"MUSTER_LISTEN=localhost:http":              `"http" is no port number`,
		"MUSTER_URL=muster.example.com":             "does not begin with http:// or https://",
		"MUSTER_URL=https://a.example.com/muster":   "more than a host",
		"MUSTER_DATABASE_URL=mysql://a":             "does not begin with postgres://",
		"MUSTER_DATABASE_URL=postgres://a:b/c@d/e":  "cannot be understood",
		"MUSTER_DATABASE_CONNECTIONS=0":             "out of range",
		"MUSTER_DATABASE_DIRECT_URL=postgres://a/b": "without MUSTER_DATABASE_URL",
		"MUSTER_SMTP_URL=mail.example.com:25":       "does not begin with smtp:// or smtps://",
		"MUSTER_MAIL_FROM=muster":                   "no mail address",
		"MUSTER_LOG=loud":                           `"loud" is neither a level nor a format`,
		"MUSTER_LOG=info,xml":                       `"xml" is neither`,
		"MUSTER_SECRET_KEY=short":                   "is not one key of 32 bytes in base64",
		"MUSTER_S3_URL=s3://endpoint/bucket":        "no key and secret",
		"MUSTER_S3_URL=s3://a:b@endpoint":           "no bucket",
		"MUSTER_TRUSTED_PROXIES=10.0.0.0/99":        "no address or network",
		"MUSTER_TLS_CERT=/c.pem":                    "MUSTER_TLS_KEY: is missing",
		"MUSTER_OPERATOR_MAIL=ops":                  "no mail address",
		"MUSTER_HEARTBEAT_URL=ftp://a":              "does not begin with http:// or https://",
		"MUSTER_DEV=maybe":                          "neither true nor false",
		"PORT=web":                                  `PORT="web": "web" is no port number`,
	}
	var all []string
	for setting, want := range wrong {
		c, err := Read(setting)
		if c != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", setting, err, want)
			continue
		}
		if lines := strings.Split(err.Error(), "\n"); len(lines) != 1 {
			t.Errorf("%s: more than one problem: %q", setting, lines)
		}
		name, _, _ := strings.Cut(setting, "=")
		var wrongSetting *SettingError
		if !errors.As(err, &wrongSetting) || wrongSetting.Right == "" || name != "MUSTER_TLS_CERT" && wrongSetting.Name != name {
			t.Errorf("%s: %+v", setting, wrongSetting)
		}
		all = append(all, setting)
	}
	seen := map[string]bool{}
	for _, setting := range all {
		name, _, _ := strings.Cut(setting, "=")
		seen[name] = true
	}
	_, err := Read(all...)
	if lines := strings.Split(err.Error(), "\n"); len(lines) < len(seen)-2 {
		t.Errorf("%d problems told of %d:\n%v", len(lines), len(seen), err)
	}
}

func TestErrorsKeepSecrets(t *testing.T) {
	for _, setting := range []string{
		"MUSTER_DATABASE_URL=postgres://ada:hunter2/@db/x", "MUSTER_SECRET_KEY=hunter2", "MUSTER_S3_URL=s3://hunter2:hunter2@x",
		"MUSTER_SMTP_URL=http://a:hunter2@x", "MUSTER_DATABASE_URL=ada:hunter2@db", "MUSTER_SENTRY_DSN=%hunter2",
		"MUSTER_SLACK_APP_TOKEN=xoxb-hunter2", "MUSTER_SLACK_SIGNING_SECRET='hunter2'",
	} {
		_, err := Read(setting)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

func TestUnknownSettingNamesTheNearest(t *testing.T) {
	_, err := Read("MUSTER_LISTN=127.0.0.1:1", "MUSTER_DATABSE_URL=postgres://a:secret@b/c", "LISTEN=x")
	if err == nil || !strings.Contains(err.Error(), "MUSTER_LISTN: there is no such setting; did you mean MUSTER_LISTEN?") ||
		!strings.Contains(err.Error(), "did you mean MUSTER_DATABASE_URL?") || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
	if _, err := Read("MUSTER_PORT=tcp://10.0.0.1:80", "MUSTER_PORT_80_TCP_ADDR=10.0.0.1", "MUSTER_SERVICE_HOST=10.0.0.1", "MUSTER_CHILD_ROLE=web"); err != nil {
		t.Errorf("variables that Kubernetes and the supervisor set: %v", err)
	}
}

func TestValuesMaskSecretsAndNameTheirSource(t *testing.T) {
	secrets := map[string]string{
		"MUSTER_DATABASE_URL":        "postgres://ada:hunter2@db.example.com/muster?password=hunter2",
		"MUSTER_SMTP_URL":            "smtp://ada:hunter2@mail.example.com:587",
		"MUSTER_SECRET_KEY":          base64.StdEncoding.EncodeToString([]byte(strings.Repeat("hunter2", 5)[:32])),
		"MUSTER_S3_URL":              "s3://hunter2:hunter2@s3.example.com/files?region=x",
		"MUSTER_OPERATOR_WEBHOOK":    "https://hooks.example.com/hunter2",
		"MUSTER_SENTRY_DSN":          "https://hunter2@sentry.example.com/1",
		"MUSTER_HEARTBEAT_URL":       "https://beat.example.com/hunter2",
		"MUSTER_OTLP_ENDPOINT":       "https://x:hunter2@otlp.example.com",
		"MUSTER_SLACK_CLIENT_SECRET": "hunter2", "MUSTER_SLACK_SIGNING_SECRET": "hunter2", "MUSTER_SLACK_APP_TOKEN": "xapp-hunter2",
		"MUSTER_DATABASE_DIRECT_URL": "postgres://ada:hunter2@db.example.com/muster",
	}
	environ := []string{"PORT=80", "MUSTER_SLACK_CLIENT_ID=1.2"}
	for name, value := range secrets {
		environ = append(environ, name+"="+value)
	}
	c, err := Read(environ...)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	source := map[string]string{}
	for _, v := range c.Values() {
		shown[v.Name], source[v.Name] = v.Shown, v.Source
		if strings.Contains(v.Shown, "hunter2") || strings.Contains(v.Shown, "aHVudGVy") || strings.Contains(v.Shown, "ada") {
			t.Errorf("%s shows %s", v.Name, v.Shown)
		}
		if _, set := secrets[v.Name]; set != v.Secret || set && (v.Shown == "" || v.Source != "environment") {
			t.Errorf("%s: shown %q, source %q, secret %t", v.Name, v.Shown, v.Source, v.Secret)
		}
	}
	if shown["MUSTER_DATABASE_URL"] != "postgres://***@db.example.com/muster" || source["MUSTER_LISTEN"] != "PORT" || source["MUSTER_URL"] != "derived from MUSTER_LISTEN" || source["MUSTER_LOG"] != "default" {
		t.Errorf("%v %v", shown, source)
	}
}

func TestEverySettingIsDocumented(t *testing.T) {
	name := regexp.MustCompile(`^MUSTER_[A-Z0-9_]+$`)
	for _, s := range Settings() {
		if !name.MatchString(s.Name) || s.Default == "" || !strings.HasSuffix(s.Meaning, ".") || s.right == "" {
			t.Errorf("%s: default %q, meaning %q, right %q", s.Name, s.Default, s.Meaning, s.right)
		}
	}
}

func TestTrustedProxiesAndLog(t *testing.T) {
	c, err := Read("MUSTER_TRUSTED_PROXIES=192.0.2.7, 10.1.2.3/8, loopback", "MUSTER_LOG=debug,text", "MUSTER_DEV=yes", "MUSTER_OPERATOR_MAIL=a@example.com, B <b@example.com>")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range c.TrustedProxies {
		got = append(got, p.String())
	}
	if diff := cmp.Diff([]string{"192.0.2.7/32", "10.0.0.0/8", "127.0.0.0/8", "::1/128"}, got); diff != "" {
		t.Error(diff)
	}
	if c.LogLevel != slog.LevelDebug || c.LogFormat != "text" || !c.Dev || !cmp.Equal(c.OperatorMail, []string{"a@example.com", "b@example.com"}) {
		t.Errorf("%+v", c)
	}
}

func TestSlackIsSetUpWholeOrNotAtAll(t *testing.T) {
	for set, want := range map[string]string{
		"":                           "",
		"MUSTER_SLACK_CLIENT_ID=1.2": "MUSTER_SLACK_CLIENT_SECRET: is missing",
		"MUSTER_SLACK_CLIENT_ID=1.2 MUSTER_SLACK_CLIENT_SECRET=s":                               "MUSTER_SLACK_SIGNING_SECRET: is missing",
		"MUSTER_SLACK_APP_TOKEN=xapp-1":                                                         "MUSTER_SLACK_CLIENT_ID: is missing",
		"MUSTER_SLACK_CLIENT_ID=A0123":                                                          "is not two numbers with a dot between",
		"MUSTER_SLACK_APP_TOKEN=xoxb-1":                                                         "does not begin with xapp-",
		"MUSTER_SLACK_URL=https://slack.com/api/":                                               "has more than a host",
		"MUSTER_SLACK_CLIENT_ID=1.2 MUSTER_SLACK_CLIENT_SECRET=s MUSTER_SLACK_SIGNING_SECRET=g": "",
		"MUSTER_SLACK_CLIENT_ID=1.2 MUSTER_SLACK_CLIENT_SECRET=s MUSTER_SLACK_APP_TOKEN=xapp-1": "",
	} {
		c, err := Read(strings.Fields(set)...)
		if want == "" && (err != nil || c.Slack() != (set != "") || c.SlackURL != "https://slack.com") {
			t.Errorf("%q: %+v, %v", set, c, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v; want %q", set, err, want)
		}
	}
}
