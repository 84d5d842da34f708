package attachment_test

import (
	"testing"

	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

func TestAddressesAreRecognized(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://github.com/acme/api/pull/42/files#diff-1":                             "github_pull_request acme/api#42 https://github.com/acme/api/pull/42",
		"https://www.github.com/Acme/API/pull/42":                                      "github_pull_request Acme/API#42 https://github.com/Acme/API/pull/42",
		"https://github.com/acme/api/issues/7?x=1":                                     "github_issue acme/api#7 https://github.com/acme/api/issues/7",
		"https://github.com/acme/api/commit/0A1B2C3D4E5F":                              "github_commit acme/api@0a1b2c3 https://github.com/acme/api/commit/0A1B2C3D4E5F",
		"https://github.com/acme/api":                                                  "link github.com/api https://github.com/acme/api",
		"https://gitlab.com/acme/sub/api/-/merge_requests/3/diffs":                     "gitlab_merge_request acme/sub/api!3 https://gitlab.com/acme/sub/api/-/merge_requests/3",
		"https://gitlab.example.com/acme/api/-/issues/9":                               "gitlab_issue acme/api#9 https://gitlab.example.com/acme/api/-/issues/9",
		"https://gitlab.com/acme/api/-/commit/abcdef0123":                              "gitlab_commit acme/api@abcdef0 https://gitlab.com/acme/api/-/commit/abcdef0123",
		"https://acme.sentry.io/issues/4511/?project=1":                                "sentry_issue Sentry 4511 https://acme.sentry.io/issues/4511/",
		"https://sentry.example.com/organizations/acme/issues/SHOP-1A/":                "sentry_issue Sentry SHOP-1A https://sentry.example.com/organizations/acme/issues/SHOP-1A/",
		"https://sentry.example.com/organizations/acme/issues/77/events/1/":            "sentry_issue Sentry 77 https://sentry.example.com/organizations/acme/issues/77/",
		"https://app.datadoghq.eu/monitors/1234?from_ts=1":                             "datadog_monitor_alert Monitor 1234 https://app.datadoghq.eu/monitors/1234",
		"https://app.datadoghq.com/dashboard/abc-def-ghi/shop-health?x=1":              "datadog_dashboard Dashboard shop health https://app.datadoghq.com/dashboard/abc-def-ghi/shop-health",
		"https://evil-datadoghq.com/monitors/1234":                                     "link evil-datadoghq.com/1234 https://evil-datadoghq.com/monitors/1234",
		"https://acme.pagerduty.com/incidents/Q1ABCDEF":                                "pager_duty_incident PagerDuty Q1ABCDEF https://acme.pagerduty.com/incidents/Q1ABCDEF",
		"https://acme.atlassian.net/browse/shop-12?focus=1":                            "jira_issue SHOP-12 https://acme.atlassian.net/browse/SHOP-12",
		"https://acme.atlassian.net/jira/software/projects/S/board?selectedIssue=S1-4": "jira_issue S1-4 https://acme.atlassian.net/browse/S1-4",
		"https://acme.zendesk.com/agent/tickets/881":                                   "zendesk_ticket Ticket 881 https://acme.zendesk.com/agent/tickets/881",
		"https://status.acme.example/incidents/abc123":                                 "atlassian_statuspage_incident Status page of acme.example https://status.acme.example/incidents/abc123",
		"https://manage.statuspage.io/pages/xyz/incidents/abc123":                      "atlassian_statuspage_incident Status page of manage.statuspage.io https://manage.statuspage.io/pages/xyz/incidents/abc123",
		"https://docs.google.com/document/d/1AbCdEfGh/edit?usp=sharing":                "google_doc Google document 1AbCdE https://docs.google.com/document/d/1AbCdEfGh",
		"https://docs.google.com/spreadsheets/u/0/d/1AbCdEfGh/edit#gid=0":              "google_doc Google spreadsheet 1AbCdE https://docs.google.com/spreadsheets/d/1AbCdEfGh",
		"https://acme.zoom.us/j/98765432100?pwd=s3cret":                                "zoom_call Zoom 987 6543 2100 https://acme.zoom.us/j/98765432100?pwd=s3cret",
		"https://meet.google.com/abc-defg-hij":                                         "google_meet_call Meet abc-defg-hij https://meet.google.com/abc-defg-hij",
		"https://user:pass@Example.com/run/book?x=1":                                   "link example.com/book https://example.com/run/book?x=1",
		"http://10.0.0.1":             "link 10.0.0.1 http://10.0.0.1",
		"javascript:alert(1)":         "",
		"https://":                    "",
		"github.com/acme/api/pull/42": "",
		"ftp://example.com/x":         "",
	} {
		got := ""
		if r, ok := attachment.Recognize(address); ok {
			got = string(r.Kind) + " " + r.Label + " " + r.URL
			if r.Kind.Group() == "" || r.Kind.ResourceType() == "" || r.ExternalID == "" {
				t.Errorf("%s: %s is in no group or has no type", address, r.Kind)
			}
			// What it is reduced to leads to the same thing.
			if again, ok := attachment.Recognize(r.URL); !ok || again != r {
				t.Errorf("%s: its own address %s is read as %+v", address, r.URL, again)
			}
		}
		if got != want {
			t.Errorf("%s\n got %q\nwant %q", address, got, want)
		}
	}
}

func TestPastedThingsOfKnownServices(t *testing.T) {
	t.Parallel()
	text := "See https://github.com/acme/api/pull/42, [the same](https://github.com/acme/api/pull/42/files), https://example.com/x and `https://github.com/acme/api/pull/43`"
	found := attachment.Pasted(richtext.Parse(text, richtext.Options{}))
	if len(found) != 1 || found[0].Label != "acme/api#42" {
		t.Errorf("found %+v", found)
	}
}
