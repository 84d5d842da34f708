package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// initialise makes the data folder when there is none. It works beside and renames at the end, so that a
// data folder that exists is always whole.
func (c *Cluster) initialise(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.place.data, "PG_VERSION")); err == nil {
		return nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("look into the data folder: %w", err)
	}
	if entries, err := os.ReadDir(c.place.data); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s holds files but no PostgreSQL; move it away or set MUSTER_DATA to another folder", c.place.data)
	}
	unfinished := c.place.data + ".new"
	var err error
	for _, locale := range c.locales() {
		if err = os.RemoveAll(unfinished); err != nil {
			return fmt.Errorf("clear %s: %w", unfinished, err)
		}
		if err = c.account.makePrivate(unfinished); err != nil {
			return err
		}
		if err = c.initdb(ctx, unfinished, locale); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	os.Remove(c.place.data)
	if err := os.Rename(unfinished, c.place.data); err != nil {
		return fmt.Errorf("put the data folder in place: %w", err)
	}
	return nil
}

// locales are tried in turn. Order is by bytes everywhere, so that an upgrade of the system's libraries never
// breaks an index; letters know their case in every script where the system can tell.
func (c *Cluster) locales() [][]string {
	if c.programs.version >= 17 {
		return [][]string{{"--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"}}
	}
	return [][]string{{"--locale=C", "--lc-ctype=C.UTF-8"}, {"--locale=C", "--lc-ctype=en_US.UTF-8"}, {"--locale=C"}}
}

func (c *Cluster) initdb(ctx context.Context, data string, locale []string) error {
	args := append([]string{"-D", data, "-U", Superuser, "-E", "UTF8", "-A", "trust", "--data-checksums", "--no-instructions"}, locale...)
	if c.options.Disposable {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, c.programs.path("initdb"), args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", c.environment(), c.account.attributes()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initialise the private PostgreSQL: %w: %s", err, strings.TrimSpace(string(out)))
	}
	conf, err := os.OpenFile(filepath.Join(data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("write the server's settings: %w", err)
	}
	_, err = conf.WriteString("\n# Muster writes this file at each start; ALTER SYSTEM wins over it.\ninclude '../settings.conf'\n")
	return errors.Join(err, conf.Close())
}

// environment keeps the caller's PG variables and locale away from the server.
func (c *Cluster) environment() []string {
	return []string{"PATH=" + c.programs.bin + ":/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", "HOME=" + c.place.dir}
}

// configure writes the settings file that postgresql.conf includes, and the rule who may connect.
func (c *Cluster) configure() error {
	settings := [][2]string{
		{"listen_addresses", ""},
		{"port", port},
		{"unix_socket_directories", c.place.socket},
		{"unix_socket_permissions", "0700"},
		{"max_connections", "100"},
		{"shared_buffers", "128MB"},
		{"max_wal_size", "512MB"},
		{"timezone", "UTC"},
		{"log_timezone", "UTC"},
		{"log_line_prefix", "%m [%p] %q%a "},
		// Compiling a query takes longer than Muster's short queries run.
		{"jit", "off"},
		// Parallel plans need shared memory that containers often lack (64 MB), and fail without it.
		{"max_parallel_workers_per_gather", "0"},
	}
	if c.options.Disposable {
		settings = append(settings, [][2]string{
			{"max_connections", "300"},
			{"fsync", "off"},
			{"synchronous_commit", "off"},
			{"full_page_writes", "off"},
			{"autovacuum_naptime", "10s"},
		}...)
	} else {
		// The server's own collector writes the log, so that it survives the process that started the server.
		settings = append(settings, [][2]string{
			{"logging_collector", "on"},
			{"log_directory", c.place.log},
			{"log_filename", "postgres-%Y-%m-%d-%H%M%S.log"},
			{"log_file_mode", "0600"},
			{"log_rotation_size", "10MB"},
			{"log_rotation_age", "0"},
			{"log_min_duration_statement", "1s"},
			{"log_lock_waits", "on"},
		}...)
	}
	var text strings.Builder
	text.WriteString("# Written by Muster at each start; use ALTER SYSTEM for changes of your own.\n")
	for _, setting := range settings {
		fmt.Fprintf(&text, "%s = '%s'\n", setting[0], strings.ReplaceAll(setting[1], "'", "''"))
	}
	temporary := filepath.Join(c.place.dir, "settings.conf.new")
	if err := os.WriteFile(temporary, []byte(text.String()), 0o644); err != nil {
		return fmt.Errorf("write the server's settings: %w", err)
	}
	err := os.Chmod(temporary, 0o644) // whatever the umask: the server's user reads it
	if err == nil {
		err = os.Rename(temporary, filepath.Join(c.place.dir, "settings.conf"))
	}
	if err != nil {
		return fmt.Errorf("write the server's settings: %w", err)
	}
	return nil
}
