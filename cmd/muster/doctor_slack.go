package main

import (
	"context"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/platform/httpx"
)

// checkSlack sees whether Slack answers, knows the app, and can reach Muster. A code that cannot be right is refused
// only after the app's id and secret were found right.
func checkSlack(ctx context.Context, cfg *config.Config) finding {
	if !cfg.Slack() {
		return ok("slack", "not set up; Muster works without it (docs/slack.md)")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	app := slack.App{ClientID: cfg.SlackClientID, ClientSecret: cfg.SlackClientSecret, Site: cfg.SlackURL, HTTP: httpx.TrustedClient(10 * time.Second)}
	_, err := app.Install(ctx, "doctor", cfg.URL)
	switch said := slack.Said(err); said {
	case "":
		return fail("slack", cfg.SlackURL+" does not answer", "let this machine reach it by https; behind a proxy set HTTPS_PROXY")
	case "bad_client_secret", "invalid_client_id":
		return fail("slack", "Slack does not know the app's id and secret ("+said+")", "copy MUSTER_SLACK_CLIENT_ID and MUSTER_SLACK_CLIENT_SECRET from the Basic Information of the app")
	}
	switch {
	case cfg.SlackAppToken != "":
		return ok("slack", "knows the app; Muster connects to Slack (Socket Mode)")
	case !strings.HasPrefix(cfg.URL, "https://"):
		return warn("slack", "Slack knows the app, but sends to https addresses only, and people type "+cfg.URL, "set MUSTER_URL to a public https address, or MUSTER_SLACK_APP_TOKEN for Socket Mode")
	}
	return ok("slack", "knows the app, and sends to %s", cfg.URL)
}
