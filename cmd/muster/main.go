// Command muster is the whole of Muster: the server, its supervisor and the tools of its operators.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // rotations need the zones also where the system has none

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/internal/platform/telemetry"
)

// command is one word after muster.
type command struct {
	name    string
	usage   string
	summary string
	run     func(ctx context.Context, p *program, args []string) error
}

func commands() []command {
	return []command{
		{"serve", "serve [--demo] [--roles web,worker,clock]", "run Muster: a supervisor, and a process for each role", serve},
		{"migrate", "migrate", "bring the schema of the database up to date", migrate},
		{"admin", "admin sign-in-link EMAIL | organisation create NAME --owner EMAIL | api-key create --organisation NAME --role ROLE NAME | demo", "what operators do from a shell; prints only the result", admin},
		{"export", "export --organisation NAME --to FOLDER [--format jsonl,parquet] [--files]", "write every table of an organisation to files, as of one moment", exports},
		{"slack", "slack manifest [--url URL] [--socket] [--name NAME]", "what makes the Slack app: the manifest, and a link that creates it at one click", slackApp},
		{"openapi", "openapi", "the document of the public API, for programs that make clients", openapi},
		{"config", "config", "every setting, its meaning, its value and where that comes from", showConfig},
		{"doctor", "doctor", "check database, files, mail, clock and address, and say what to do", doctor},
		{"version", "version", "what was built, from which source", version},
		{"help", "help", "this text", help},
	}
}

// program is one run of the command line.
type program struct {
	product product
	stdout  io.Writer
	stderr  *os.File
	// kill is closed by the second signal: drain no longer.
	kill <-chan struct{}
}

// usageError is a mistake in the command line; the exit status is 2.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func main() { os.Exit(start(muster)) }

func start(product product) int {
	ctx, kill := signals(context.Background())
	p := &program{product: product, stdout: os.Stdout, stderr: os.Stderr, kill: kill}
	err := p.dispatch(ctx, os.Args[1:])
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &usage):
		fmt.Fprintln(p.stderr, "muster: "+err.Error())
		return 2
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintln(p.stderr, "muster: "+line)
	}
	return 1
}

func (p *program) dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		_ = help(ctx, p, nil)
		return usageError{"which command?"}
	}
	name := args[0]
	if name == "-h" || name == "--help" {
		name = "help"
	}
	for _, c := range commands() {
		if c.name == name {
			return c.run(ctx, p, args[1:])
		}
	}
	return usageError{fmt.Sprintf("there is no command %q; muster help lists them", args[0])}
}

// signals ends the context at the first signal and closes the channel at the second.
func signals(ctx context.Context) (context.Context, <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	got := make(chan os.Signal, 2)
	signal.Notify(got, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(got, syscall.SIGHUP)
	}
	kill := make(chan struct{})
	supervise.Go(context.WithoutCancel(ctx), "signals", func(context.Context) {
		<-got
		cancel()
		<-got
		close(kill)
	})
	return ctx, kill
}

// flags parses flags that may stand before, between and after the other arguments, and returns those.
func (p *program) flags(name string, args []string, define func(*flag.FlagSet)) ([]string, error) {
	set := flag.NewFlagSet("muster "+name, flag.ContinueOnError)
	set.SetOutput(p.stderr)
	set.Usage = func() {
		for _, c := range commands() {
			if c.name == name {
				fmt.Fprintf(p.stderr, "muster %s\n    %s\n", c.usage, c.summary)
			}
		}
		set.PrintDefaults()
	}
	define(set)
	var others []string
	for {
		if err := set.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usageError{err.Error()}
		}
		if set.NArg() == 0 {
			return others, nil
		}
		others = append(others, set.Arg(0))
		args = set.Args()[1:]
	}
}

// settings reads the configuration, and takes over what a supervisor has worked out for its children.
func (p *program) settings(process string) (*config.Config, error) {
	cfg, err := config.Load()
	if err != nil {
		return nil, err
	}
	if supervise.IsChild() {
		cfg.URL = os.Getenv(childURL)
		cfg.DatabaseURL, cfg.DatabaseDirectURL = os.Getenv(childDatabaseURL), os.Getenv(childDatabaseDirectURL)
		cfg.LogFormat = os.Getenv(childLogFormat)
	}
	readable, colour := telemetry.Terminal(p.stderr)
	if cfg.LogFormat == "" {
		cfg.LogFormat = "json"
		if readable {
			cfg.LogFormat = "text"
		}
	}
	slog.SetDefault(telemetry.NewLog(p.stderr, telemetry.Log{Level: cfg.LogLevel, Readable: cfg.LogFormat == "text", Colour: colour, Process: process}))
	return cfg, nil
}

func help(_ context.Context, p *program, _ []string) error {
	fmt.Fprintln(p.stdout, "Muster, incident management that you run yourself.")
	fmt.Fprintln(p.stdout)
	for _, c := range commands() {
		fmt.Fprintf(p.stdout, "  muster %s\n      %s\n", c.usage, c.summary)
	}
	fmt.Fprintln(p.stdout)
	fmt.Fprintln(p.stdout, "Settings are environment variables that begin with MUSTER_; muster config lists them.")
	return nil
}
