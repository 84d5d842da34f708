package main

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/musterhq/muster/internal/app/config"
)

// none refuses arguments for a command that takes none.
func (p *program) none(name string, args []string) error {
	rest, err := p.flags(name, args, func(*flag.FlagSet) {})
	if err == nil && len(rest) > 0 {
		return usageError{fmt.Sprintf("%s takes no argument %q", name, rest[0])}
	}
	return err
}

// showConfig prints every setting.
func showConfig(_ context.Context, p *program, args []string) error {
	if err := p.none("config", args); err != nil {
		return err
	}
	cfg, err := config.Load()
	if err != nil {
		return err
	}
	for _, v := range cfg.Values() {
		fmt.Fprintf(p.stdout, "%s=%s\n    # %s\n    # default: %s\n    # from: %s\n\n", v.Name, v.Shown, v.Meaning, v.Default, v.Source)
	}
	return nil
}

// version prints what was built from which source.
func version(_ context.Context, p *program, args []string) error {
	if err := p.none("version", args); err != nil {
		return err
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	fmt.Fprintln(p.stdout, describe(info))
	return nil
}

func describe(info *debug.BuildInfo) string {
	vcs := map[string]string{}
	for _, setting := range info.Settings {
		vcs[setting.Key] = setting.Value
	}
	text := "muster " + info.Main.Version
	if info.Main.Version == "" || info.Main.Version == "(devel)" {
		text = "muster (development)"
	}
	if revision := vcs["vcs.revision"]; revision != "" {
		text += " " + revision[:min(12, len(revision))]
		if vcs["vcs.modified"] == "true" {
			text += " with changes"
		}
		text += " of " + vcs["vcs.time"]
	}
	return fmt.Sprintf("%s, %s %s/%s", text, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
