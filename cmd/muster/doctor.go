package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/smtp"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/platform/postgres/local"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// finding is one line of the doctor's report.
type finding struct {
	verdict string
	subject string
	text    string
	// remedy is what to do; it is empty when all is well.
	remedy string
}

func ok(subject, format string, args ...any) finding {
	return finding{"ok", subject, fmt.Sprintf(format, args...), ""}
}

func warn(subject, text, remedy string) finding { return finding{"warn", subject, text, remedy} }

func fail(subject, text, remedy string) finding { return finding{"fail", subject, text, remedy} }

// doctor checks what Muster stands on, a line each, and fails when Muster could not work.
func doctor(ctx context.Context, p *program, args []string) error {
	if err := p.none("doctor", args); err != nil {
		return err
	}
	failed := 0
	say := func(findings ...finding) {
		for _, f := range findings {
			fmt.Fprintf(p.stdout, "%-5s %-9s %s\n", f.verdict, f.subject, f.text)
			if f.remedy != "" {
				fmt.Fprintf(p.stdout, "%16s-> %s\n", "", f.remedy)
			}
			if f.verdict == "fail" {
				failed++
			}
		}
	}
	cfg, err := p.settings("doctor")
	if err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			wrong, right, _ := strings.Cut(line, "; ")
			say(fail("settings", wrong, right))
		}
	} else {
		say(ok("settings", "all %d are understood; muster config shows them", len(config.Settings())))
		say(checkFiles(cfg)...)
		say(checkDatabase(ctx, cfg)...)
		say(checkMail(ctx, cfg), checkListen(ctx, cfg))
		say(checkURL(cfg), checkTLS(cfg), checkSlack(ctx, cfg), checkZones())
		if p.product.assets != nil {
			say(checkAssets(p.product.assets()))
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d checks failed", failed)
	}
	return nil
}

func checkFiles(cfg *config.Config) []finding {
	if err := makeData(cfg); err != nil {
		return []finding{fail("files", err.Error(), "give this user the folder, or set MUSTER_DATA to another")}
	}
	probe, err := os.CreateTemp(cfg.Data, ".doctor-*")
	if err != nil {
		return []finding{fail("files", "cannot write to "+cfg.Data+": "+err.Error(), "give this user the folder, or set MUSTER_DATA to another")}
	}
	probe.Close()
	os.Remove(probe.Name())
	return []finding{checkSpace(cfg.Data), checkSecret(cfg)}
}

func checkSpace(folder string) finding {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(folder, &disk); err != nil {
		return warn("files", "free space of "+folder+" is unknown: "+err.Error(), "look with df")
	}
	free := uint64(disk.Bavail) * uint64(disk.Bsize) >> 20
	text := fmt.Sprintf("%s can be written to, %d MB free", folder, free)
	switch {
	case free < 100:
		return fail("files", text, "make room: PostgreSQL stops when the disk is full")
	case free < 1024:
		return warn("files", text, "make room soon: PostgreSQL stops when the disk is full")
	}
	return ok("files", "%s", text)
}

func checkSecret(cfg *config.Config) finding {
	if cfg.SecretKey != "" {
		return ok("secret", "MUSTER_SECRET_KEY is set")
	}
	info, err := os.Stat(cfg.SecretKeyFile)
	if errors.Is(err, os.ErrNotExist) {
		return ok("secret", "%s will be made at the first start; keep a copy apart from database backups", cfg.SecretKeyFile)
	}
	if err == nil {
		_, err = secrets.Load(cfg.SecretKeyFile)
	}
	if err != nil {
		return fail("secret", err.Error(), "restore the file from its copy: stored secrets cannot be read without it")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return warn("secret", cfg.SecretKeyFile+" can be read by other users", "chmod 600 "+cfg.SecretKeyFile)
	}
	return ok("secret", "%s is there; keep a copy apart from database backups", cfg.SecretKeyFile)
}

func checkDatabase(ctx context.Context, cfg *config.Config) []finding {
	kind := "PostgreSQL of MUSTER_DATABASE_URL"
	if cfg.Private() {
		kind = "private PostgreSQL"
	}
	var findings []finding
	err := withDatabase(ctx, cfg, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		conn, err := pgx.Connect(ctx, cfg.DatabaseURL)
		if err != nil {
			return err
		}
		defer conn.Close(context.WithoutCancel(ctx))
		findings, err = askDatabase(ctx, conn, cfg, kind)
		return err
	})
	if err != nil {
		return []finding{fail("database", "cannot use the "+kind+": "+err.Error(), "see that it runs and that address, user and password in MUSTER_DATABASE_URL are right; leave it empty for a private one")}
	}
	return append(findings, checkDirect(ctx, cfg))
}

func askDatabase(ctx context.Context, conn *pgx.Conn, cfg *config.Config, kind string) ([]finding, error) {
	var number, most int
	var name, encoding string
	var mayMakeRoles bool
	var now time.Time
	asked := time.Now()
	err := conn.QueryRow(ctx, `select clock_timestamp()`).Scan(&now)
	if err != nil {
		return nil, err
	}
	took := time.Since(asked)
	err = conn.QueryRow(ctx, `select current_setting('server_version_num')::int, current_setting('server_version'), current_setting('server_encoding'),
		current_setting('max_connections')::int, (to_regnamespace('muster') is null and (rolsuper or rolcreaterole))
		or exists (select from pg_roles r where r.rolname = 'muster_app' and pg_has_role(r.oid, 'member')
			and (to_regnamespace('muster') is null or has_schema_privilege(r.oid, to_regnamespace('muster'), 'usage')))
		from pg_roles where rolname = current_user`).Scan(&number, &name, &encoding, &most, &mayMakeRoles)
	if err != nil {
		return nil, err
	}
	findings := []finding{ok("database", "%s answers in %s, version %s", kind, took.Round(10*time.Microsecond), name)}
	if number < local.OldestVersion*10000 {
		findings[0] = fail("database", "version "+name+" is too old", fmt.Sprintf("use PostgreSQL %d or newer", local.OldestVersion))
	}
	if encoding != "UTF8" {
		findings = append(findings, fail("database", "its encoding is "+encoding, "make the database with: create database muster encoding 'UTF8' template template0"))
	}
	if mayMakeRoles {
		findings = append(findings, ok("rights", "has the role that row-level security holds for, or may make it"))
	} else {
		findings = append(findings, warn("rights", "works without a role of its own: organisations are kept apart by forced row-level security alone", "it is safe; for the second wall, before the first start and as an administrator of the database: alter role "+conn.Config().User+" createrole"))
	}
	if wanted := cfg.DatabaseConnections * len(allRoles); wanted > most-5 {
		findings = append(findings, warn("rights", fmt.Sprintf("the server allows %d connections, and %d processes may take %d each", most, len(allRoles), cfg.DatabaseConnections), "lower MUSTER_DATABASE_CONNECTIONS or raise max_connections"))
	}
	skew := now.Sub(asked.Add(took / 2)).Round(time.Millisecond)
	switch text := fmt.Sprintf("the database's clock differs by %s", skew.Abs()); {
	case skew.Abs() > 10*time.Second:
		findings = append(findings, fail("clock", text, "set both clocks by NTP: reminders and pages would come at the wrong time"))
	case skew.Abs() > time.Second:
		findings = append(findings, warn("clock", text, "set both clocks by NTP"))
	default:
		findings = append(findings, ok("clock", "%s", text))
	}
	return findings, nil
}

// checkDirect looks whether LISTEN works, which poolers between transactions swallow.
func checkDirect(ctx context.Context, cfg *config.Config) finding {
	if cfg.DatabaseDirectURL == cfg.DatabaseURL {
		return ok("live", "live updates use the same address; behind a pooler set MUSTER_DATABASE_DIRECT_URL")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, cfg.DatabaseDirectURL)
	if err == nil {
		defer conn.Close(context.WithoutCancel(ctx))
		_, err = conn.Exec(ctx, `listen muster_doctor`)
	}
	if err != nil {
		return fail("live", "LISTEN does not work: "+err.Error(), "set MUSTER_DATABASE_DIRECT_URL to the address of PostgreSQL itself")
	}
	return ok("live", "LISTEN works on MUSTER_DATABASE_DIRECT_URL")
}

func checkMail(ctx context.Context, cfg *config.Config) finding {
	if cfg.SMTPURL == "" {
		return warn("mail", "no mail server: invitations and sign-in links are not sent", "set MUSTER_SMTP_URL, such as smtp://user:password@mail.example.com:587")
	}
	u, err := url.Parse(cfg.SMTPURL)
	if err != nil {
		return fail("mail", "MUSTER_SMTP_URL cannot be understood", "set it to smtp://user:password@host:587")
	}
	if err := greetMail(ctx, u); err != nil {
		return fail("mail", fmt.Sprintf("%s does not answer as a mail server: %v", u.Host, err), "see that host and port are right and open (587 with smtp, 465 with smtps), and user and password too")
	}
	return ok("mail", "%s answers, mail comes from %s", u.Host, cfg.MailFrom)
}

// greetMail goes as far as signing in, and sends nothing.
func greetMail(ctx context.Context, u *url.URL) error {
	port := u.Port()
	if port == "" {
		port = map[string]string{"smtp": "587", "smtps": "465"}[u.Scheme]
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	secure := &tls.Config{ServerName: u.Hostname()}
	if u.Scheme == "smtps" {
		conn = tls.Client(conn, secure)
	}
	client, err := smtp.NewClient(conn, u.Hostname())
	if err != nil {
		return err
	}
	defer client.Close()
	if offered, _ := client.Extension("STARTTLS"); offered && u.Scheme == "smtp" {
		if err := client.StartTLS(secure); err != nil {
			return err
		}
	}
	if password, given := u.User.Password(); given {
		if err := client.Auth(smtp.PlainAuth("", u.User.Username(), password, u.Hostname())); err != nil {
			return err
		}
	}
	return client.Quit()
}

// checkListen sees whether the address is free, or Muster itself has it.
func checkListen(ctx context.Context, cfg *config.Config) finding {
	listener, err := net.Listen("tcp", cfg.Listen)
	if err == nil {
		listener.Close()
		return ok("listen", "%s is free", cfg.Listen)
	}
	if !errors.Is(err, syscall.EADDRINUSE) {
		return fail("listen", "cannot listen on "+cfg.Listen+": "+err.Error(), "set MUSTER_LISTEN to an address of this machine and a port above 1023")
	}
	host, port, _ := net.SplitHostPort(cfg.Listen)
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http"
	if cfg.TLSCert != "" {
		scheme = "https"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return fail("listen", err.Error(), "set MUSTER_LISTEN to host:port")
	}
	// The certificate is for the public name and not for this address.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	response, err := client.Do(request)
	if err != nil {
		return fail("listen", cfg.Listen+" is taken by something that does not answer as Muster", "stop the other program, or set MUSTER_LISTEN to another address")
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fail("listen", fmt.Sprintf("what listens on %s says %s when asked for its health", cfg.Listen, response.Status), "look at the log of Muster; if it is another program, set MUSTER_LISTEN to another address")
	}
	return ok("listen", "Muster runs on %s", cfg.Listen)
}

func checkURL(cfg *config.Config) finding {
	u, err := url.Parse(cfg.URL)
	if err != nil {
		return fail("address", "MUSTER_URL cannot be understood", "set it to the address that people type")
	}
	nearby := u.Hostname() == "localhost" || strings.HasPrefix(u.Hostname(), "127.")
	host, _, _ := net.SplitHostPort(cfg.Listen)
	ip, err := netip.ParseAddr(host)
	open := host == "" || err == nil && !ip.IsLoopback()
	switch {
	case nearby && open:
		return warn("address", fmt.Sprintf("Muster listens for others on %s, but links lead to %s", cfg.Listen, cfg.URL), "set MUSTER_URL to the address that people type")
	case !nearby && u.Scheme == "http":
		return warn("address", cfg.URL+" is no https: browsers allow no push messages, passkeys or installing", "put Muster behind a proxy with https, or set MUSTER_TLS_CERT and MUSTER_TLS_KEY")
	}
	return ok("address", "people type %s", cfg.URL)
}

func checkTLS(cfg *config.Config) finding {
	if cfg.TLSCert == "" {
		return ok("https", "Muster itself speaks http on %s", cfg.Listen)
	}
	pair, err := tls.LoadX509KeyPair(cfg.TLSCert, cfg.TLSKey)
	if err != nil {
		return fail("https", err.Error(), "set MUSTER_TLS_CERT and MUSTER_TLS_KEY to PEM files that belong together")
	}
	left := time.Until(pair.Leaf.NotAfter)
	text := "the certificate ends on " + pair.Leaf.NotAfter.Format(time.DateOnly)
	switch u, _ := url.Parse(cfg.URL); {
	case left < 0:
		return fail("https", text, "renew it")
	case u != nil && pair.Leaf.VerifyHostname(u.Hostname()) != nil:
		return fail("https", "the certificate is not for "+u.Hostname(), "get one for the host of MUSTER_URL")
	case left < 14*24*time.Hour:
		return warn("https", text, "renew it")
	}
	return ok("https", "%s", text)
}

func checkZones() finding {
	if _, err := time.LoadLocation("Europe/Berlin"); err != nil {
		return fail("zones", "no time zone data: "+err.Error(), "build Muster anew with Go's time/tzdata")
	}
	return ok("zones", "time zone data is there")
}

func checkAssets(err error) finding {
	if err != nil {
		return fail("assets", err.Error(), "run make assets and build again")
	}
	return ok("assets", "styles and scripts are in this build")
}
