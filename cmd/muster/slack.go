package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"strings"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/chat/slack"
)

// slackApp prints the manifest of the Slack app on standard output, and what to do with it beside.
func slackApp(_ context.Context, p *program, args []string) error {
	var options slack.ManifestOptions
	words, err := p.flags("slack", args, func(set *flag.FlagSet) {
		set.StringVar(&options.URL, "url", "", "the `address` of Muster; without it MUSTER_URL")
		set.BoolVar(&options.Socket, "socket", false, "use Socket Mode: Slack needs no public address of Muster")
		set.StringVar(&options.Name, "name", "Muster", "the `name` of the app in Slack")
	})
	if err != nil {
		return err
	}
	if len(words) != 1 || words[0] != "manifest" {
		return usageError{"slack does one thing: manifest"}
	}
	if options.URL == "" {
		cfg, err := config.Load()
		if err != nil {
			return err
		}
		options.URL = cfg.URL
	}
	options.URL = strings.TrimRight(options.URL, "/")
	if !strings.HasPrefix(options.URL, "https://") && !strings.HasPrefix(options.URL, "http://") {
		return usageError{fmt.Sprintf("%q is no address; write --url https://muster.example.com", options.URL)}
	}
	manifest := slack.Manifest(options)
	link, err := slack.CreateAddress(manifest)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "Open this to create the app, or paste the manifest at https://api.slack.com/apps:\n\n%s\n\n", link)
	if !options.Socket && !strings.HasPrefix(options.URL, "https://") {
		fmt.Fprintf(p.stderr, "Slack does not reach %s: it needs a public https address. With --socket it needs none.\n\n", options.URL)
	}
	encoder := json.NewEncoder(p.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(manifest)
}
