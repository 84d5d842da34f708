package local

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// OldestVersion is the oldest major version of PostgreSQL that Muster works with.
const OldestVersion = 15

// programs are the server's programs of one installation.
type programs struct {
	bin     string
	version int
}

func (p programs) path(name string) string { return filepath.Join(p.bin, name) }

// folders where packages put the server's programs, besides PATH.
var folders = []string{
	"/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                                   // RPMs of the PostgreSQL project
	"/opt/homebrew/opt/postgresql@*/bin",                 // Homebrew on Apple silicon
	"/usr/local/opt/postgresql@*/bin",                    // Homebrew on Intel
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",    // Homebrew on Linux
	"/usr/libexec/postgresql*",                           // Alpine
	"/usr/lib/postgresql*/bin",                           // SUSE
	"/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
	"/opt/local/lib/postgresql*/bin",                     // MacPorts
	"/usr/local/pgsql/bin",                               // built from source
}

// Program returns the path of a program of the newest PostgreSQL that is installed here, such as pg_dump.
func Program(name string) (string, error) {
	newest, err := findPrograms("")
	if err != nil {
		return "", err
	}
	return newest.path(name), nil
}

// findPrograms gives the installation that fits the data folder: the version that made it, else the newest.
func findPrograms(data string) (programs, error) {
	made := 0
	if text, err := os.ReadFile(filepath.Join(data, "PG_VERSION")); err == nil {
		made, _ = strconv.Atoi(strings.TrimSpace(string(text)))
	}
	return choosePrograms(installations(os.Getenv("PATH"), folders), made)
}

func choosePrograms(found []programs, made int) (programs, error) {
	slices.SortStableFunc(found, func(a, b programs) int { return b.version - a.version })
	if made > 0 {
		for _, p := range found {
			if p.version == made {
				return p, nil
			}
		}
		return programs{}, fmt.Errorf("the data folder was made by PostgreSQL %d, whose programs are not here; %s, or move the data with pg_upgrade", made, howToInstall(made))
	}
	if len(found) == 0 {
		return programs{}, fmt.Errorf("no PostgreSQL server programs (initdb, postgres) on PATH or where packages put them; %s, or set MUSTER_DATABASE_URL to a PostgreSQL that you run", howToInstall(0))
	}
	if found[0].version < OldestVersion {
		return programs{}, fmt.Errorf("PostgreSQL %d in %s is too old, %d or newer is needed; %s, or set MUSTER_DATABASE_URL to a PostgreSQL that you run", found[0].version, found[0].bin, OldestVersion, howToInstall(0))
	}
	return found[0], nil
}

// installations lists each folder that holds both initdb and postgres, with its version.
func installations(path string, patterns []string) []programs {
	bins := filepath.SplitList(path)
	for _, pattern := range patterns {
		matches, _ := filepath.Glob(pattern)
		bins = append(bins, matches...)
	}
	var found []programs
	seen := map[string]bool{}
	for _, bin := range bins {
		// Homebrew and some distributions link one program into PATH; its neighbors are where the link leads.
		real, err := filepath.EvalSymlinks(filepath.Join(bin, "postgres"))
		if err != nil || seen[filepath.Dir(real)] {
			continue
		}
		bin = filepath.Dir(real)
		seen[bin] = true
		if _, err := os.Stat(filepath.Join(bin, "initdb")); err != nil {
			continue
		}
		version, err := versionOf(real)
		if err != nil {
			continue
		}
		found = append(found, programs{bin: bin, version: version})
	}
	return found
}

var versionText = regexp.MustCompile(`PostgreSQL\)? (\d+)`)

func versionOf(postgres string) (int, error) {
	out, err := exec.Command(postgres, "--version").Output()
	if err != nil {
		return 0, err
	}
	match := versionText.FindSubmatch(out)
	if match == nil {
		return 0, errors.New("no version in " + string(out))
	}
	return strconv.Atoi(string(match[1]))
}

// howToInstall names the command of this machine's packages, for one major version or any.
func howToInstall(version int) string {
	release, _ := os.ReadFile("/etc/os-release")
	return installCommand(runtime.GOOS, string(release), version)
}

func installCommand(system, release string, version int) string {
	suffix := ""
	if version > 0 {
		suffix = strconv.Itoa(version)
	}
	is := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			return regexp.MustCompile(`(?m)^ID(_LIKE)?=.*\b` + name + `\b`).MatchString(release)
		})
	}
	switch {
	case system == "darwin":
		if suffix == "" {
			suffix = "18"
		}
		return "install it with: brew install postgresql@" + suffix
	case is("debian", "ubuntu"):
		if suffix != "" {
			suffix = "-" + suffix
		}
		return "install it with: apt-get install postgresql" + suffix
	case is("fedora", "rhel", "centos"):
		if suffix != "" {
			return "install it with: dnf install postgresql" + suffix + "-server"
		}
		return "install it with: dnf install postgresql-server"
	case is("alpine"):
		if suffix == "" {
			suffix = "17"
		}
		return "install it with: apk add postgresql" + suffix
	case is("suse", "opensuse"):
		return "install it with: zypper install postgresql" + suffix + "-server"
	case is("arch"):
		return "install it with: pacman -S postgresql"
	}
	return strings.TrimSpace("install the PostgreSQL " + suffix + " server with your system's packages")
}
