package slack

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

func TestTheManifestDescribesTheApp(t *testing.T) {
	m := Manifest(ManifestOptions{URL: "https://muster.example.com"})
	golden(t, "manifest.json", m)
	if length := utf8.RuneCountInString(m.Display.LongDescription); length < 175 || length > 4000 {
		t.Errorf("the long description has %d characters", length)
	}
	if length := utf8.RuneCountInString(m.Display.Description); length > 140 {
		t.Errorf("the description has %d characters", length)
	}
	for _, s := range m.Features.Shortcuts {
		if utf8.RuneCountInString(s.Name) > 24 || utf8.RuneCountInString(s.Description) > 150 {
			t.Errorf("the shortcut %q is too long", s.Name)
		}
	}
}

// TestEveryEventHasItsScope holds events and scopes together: Slack refuses a manifest that asks to be told what it may not see.
func TestEveryEventHasItsScope(t *testing.T) {
	needs := map[string]string{
		"app_mention": "app_mentions:read", "link_shared": "links:read", "message.channels": "channels:history", "message.groups": "groups:history",
		"reaction_added": "reactions:read", "reaction_removed": "reactions:read", "pin_added": "pins:read", "pin_removed": "pins:read",
		"member_joined_channel": "channels:read", "member_left_channel": "groups:read", "team_join": "users:read", "user_change": "users:read",
		"app_home_opened": "", "app_uninstalled": "", "tokens_revoked": "",
	}
	for _, e := range events {
		scope, known := needs[e]
		switch {
		case strings.HasPrefix(e, "channel_"):
			scope = "channels:read"
		case strings.HasPrefix(e, "group_"):
			scope = "groups:read"
		case !known:
			t.Errorf("which scope does %s need?", e)
		}
		if scope != "" && !slices.Contains(ScopeNames(), scope) {
			t.Errorf("%s needs %s", e, scope)
		}
	}
}

func TestSocketModeNeedsNoAddress(t *testing.T) {
	m := Manifest(ManifestOptions{URL: "http://localhost:8080", Name: "Muster of the team with a very long name", Socket: true})
	data := string(must(json.Marshal(m)))
	if strings.Contains(data, "request_url") || strings.Contains(data, "/hooks/") || !strings.Contains(data, `"socket_mode_enabled":true`) || strings.Contains(data, "unfurl_domains") {
		t.Error(data)
	}
	if length := utf8.RuneCountInString(m.Display.Name); length > 35 {
		t.Errorf("the name has %d characters", length)
	}
	for _, none := range []string{"http://10.0.0.1:8080", "http://[::1]", "http://muster"} {
		if found := domains(none); found != nil {
			t.Errorf("%s has the domains %v", none, found)
		}
	}
}

func TestTheAddressToCreateTheAppCarriesTheManifest(t *testing.T) {
	address, err := CreateAddress(Manifest(ManifestOptions{URL: "https://muster.example.com"}))
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var back slack.Manifest
	if err := json.Unmarshal([]byte(u.Query().Get("manifest_json")), &back); err != nil || back.Features.BotUser.DisplayName != "Muster" || u.Query().Get("new_app") != "1" {
		t.Error(err, address)
	}
}
