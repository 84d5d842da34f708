package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestChooseProgramsByDataFolderThenNewest(t *testing.T) {
	found := []programs{{"/a", 14}, {"/b", 17}, {"/c", 15}}
	for _, test := range []struct {
		name  string
		found []programs
		made  int
		want  string
		err   string
	}{
		{name: "newest for a new folder", found: found, want: "/b"},
		{name: "the version that made the folder", found: found, made: 15, want: "/c"},
		{name: "made by one that is gone", found: found, made: 16, err: "made by PostgreSQL 16"},
		{name: "too old", found: found[:1], err: "PostgreSQL 14 in /a is too old, 15 or newer is needed"},
		{name: "none", err: "MUSTER_DATABASE_URL"},
	} {
		got, err := choosePrograms(append([]programs(nil), test.found...), test.made)
		if got.bin != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v, %v; want %q, %q", test.name, got, err, test.want, test.err)
		}
	}
}

func TestInstallationsFollowLinksAndNeedInitdb(t *testing.T) {
	dir := t.TempDir()
	program := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program("opt/postgresql@16/bin/postgres", "#!/bin/sh\necho 'postgres (PostgreSQL) 16.4 (Homebrew)'\n")
	program("opt/postgresql@16/bin/initdb", "")
	program("opt/postgresql@17/bin/postgres", "#!/bin/sh\necho 'postgres (PostgreSQL) 17.0'\n")
	program("bin/other", "")
	if err := os.Symlink(filepath.Join(dir, "opt/postgresql@16/bin/postgres"), filepath.Join(dir, "bin/postgres")); err != nil {
		t.Fatal(err)
	}
	got := installations(filepath.Join(dir, "bin"), []string{filepath.Join(dir, "opt/postgresql@*/bin")})
	if len(got) != 1 || got[0].version != 16 || !strings.HasSuffix(got[0].bin, "opt/postgresql@16/bin") {
		t.Errorf("found %v", got)
	}
}

func TestInstallCommandSuitsTheSystem(t *testing.T) {
	for _, test := range []struct {
		system, release string
		version         int
		want            string
	}{
		{"linux", "NAME=x\nID=debian\n", 0, "apt-get install postgresql"},
		{"linux", "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", 15, "apt-get install postgresql-15"},
		{"linux", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", 0, "dnf install postgresql-server"},
		{"linux", "ID=alpine\n", 0, "apk add postgresql17"},
		{"darwin", "", 16, "brew install postgresql@16"},
		{"linux", "ID=unheard\n", 0, "your system's packages"},
	} {
		if got := installCommand(test.system, test.release, test.version); !strings.HasSuffix(got, test.want) {
			t.Errorf("%s %q: %q, want %q", test.system, test.release, got, test.want)
		}
	}
}
