package attachment

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Resource is a thing elsewhere as its address tells of it; nothing is asked over the network.
type Resource struct {
	// Kind is the sort of thing: github_pull_request, zoom_call, link.
	Kind Kind
	// ExternalID is what its service calls it, the same for every address that leads to it.
	ExternalID string
	// URL is the address without what only tells where somebody looked.
	URL string
	// Label is what people of the service call it: "acme/api#42".
	Label string
}

// Kind is a sort of thing.
type Kind string

// Link is a page that no service of ours is known for.
const Link Kind = "link"

// kinds tells of each kind its service's letter, the group it is shown in, and the resource type of the public API,
// which knows fewer of them.
var kinds = map[Kind]struct{ mark, service, group, resource string }{
	"github_pull_request":           {"G", "GitHub", "Code", "github_pull_request"},
	"github_issue":                  {"G", "GitHub", "Code", "arbitrary_url"},
	"github_commit":                 {"G", "GitHub", "Code", "arbitrary_url"},
	"gitlab_merge_request":          {"L", "GitLab", "Code", "gitlab_merge_request"},
	"gitlab_issue":                  {"L", "GitLab", "Code", "arbitrary_url"},
	"gitlab_commit":                 {"L", "GitLab", "Code", "arbitrary_url"},
	"sentry_issue":                  {"S", "Sentry", "Signals", "sentry_issue"},
	"datadog_monitor_alert":         {"D", "Datadog", "Signals", "datadog_monitor_alert"},
	"datadog_dashboard":             {"D", "Datadog", "Signals", "arbitrary_url"},
	"pager_duty_incident":           {"P", "PagerDuty", "Signals", "pager_duty_incident"},
	"jira_issue":                    {"J", "Jira", "Tickets", "jira_issue"},
	"zendesk_ticket":                {"Z", "Zendesk", "Tickets", "zendesk_ticket"},
	"atlassian_statuspage_incident": {"S", "Statuspage", "Pages", "atlassian_statuspage_incident"},
	"google_doc":                    {"D", "Google Docs", "Pages", "arbitrary_url"},
	"zoom_call":                     {"Z", "Zoom", "Call", "arbitrary_url"},
	"google_meet_call":              {"M", "Google Meet", "Call", "arbitrary_url"},
	"teams_call":                    {"T", "Teams", "Call", "arbitrary_url"},
	"opsgenie_alert":                {"O", "Opsgenie", "Signals", "opsgenie_alert"},
	"jsm_alert":                     {"J", "Jira Service Management", "Signals", "jsm_alert"},
	"statuspage_incident":           {"S", "Statuspage", "Pages", "statuspage_incident"},
	"salesforce_case":               {"S", "Salesforce", "Tickets", "salesforce_case"},
	"slack_file":                    {"S", "Slack", "Pages", "slack_file"},
	"google_calendar_event":         {"C", "Google Calendar", "Pages", "google_calendar_event"},
	"outlook_calendar_event":        {"O", "Outlook", "Pages", "outlook_calendar_event"},
	Link:                            {"", "", "Links", "arbitrary_url"},
}

// Groups lists the groups in the order in which they are shown.
func Groups() []string { return []string{"Call", "Code", "Signals", "Tickets", "Pages", "Links"} }

// Mark is the letter that stands for the service; empty for a plain link.
func (k Kind) Mark() string { return kinds[k].mark }

// Service is the name of the service; empty for a plain link.
func (k Kind) Service() string { return kinds[k].service }

// Group is what it is shown among.
func (k Kind) Group() string { return kinds[k].group }

// ResourceType is what the public API calls it.
func (k Kind) ResourceType() string { return kinds[k].resource }

// KindsOf are the kinds that the public API calls a resource type.
func KindsOf(resource string) []Kind {
	var all []Kind
	for kind, known := range kinds {
		if known.resource == resource {
			all = append(all, kind)
		}
	}
	slices.Sort(all)
	return all
}

// OfResource is the kind that a resource type of the public API stands for; ok is false for types that nothing is.
func OfResource(resource string) (kind Kind, ok bool) {
	if resource == kinds[Link].resource {
		return Link, true
	}
	_, ok = kinds[Kind(resource)]
	return Kind(resource), ok && kinds[Kind(resource)].resource == resource
}

// Call reports whether it is where people talk.
func (k Kind) Call() bool { return k.Group() == "Call" }

// Recognize reads an address; ok is false for what is no address of the web. What no service is known for is a Link.
func Recognize(address string) (Resource, bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || len(address) > 2000 {
		return Resource{}, false
	}
	u.User = nil // a name and a password in an address are nobody else's
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	parts := strings.Split(strings.Trim(path.Clean("/"+u.Path), "/"), "/")
	for _, read := range services {
		if r, ok := read(u, host, parts); ok {
			return r, true
		}
	}
	u.Host = strings.ToLower(u.Host)
	label := host
	if last := parts[len(parts)-1]; last != "" {
		label += "/" + last
	}
	return Resource{Kind: Link, ExternalID: u.String(), URL: u.String(), Label: label}, true
}

// services are the parsers, each of which knows one service's addresses.
var services = []func(u *url.URL, host string, parts []string) (Resource, bool){
	gitHub, gitLab, sentry, datadog, pagerDuty, jira, zendesk, statuspage, googleDocs, calls,
}

var (
	digits = regexp.MustCompile(`^[0-9]{1,18}$`)
	commit = regexp.MustCompile(`^[0-9a-fA-F]{7,64}$`)
	// short is the number of a Sentry issue, or its short name, SHOP-1A.
	short  = regexp.MustCompile(`^([0-9]{1,18}|[A-Za-z0-9_-]{1,40}-[0-9A-Za-z]{1,12})$`)
	word   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{2,120}$`)
	ticket = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{1,30}-[0-9]{1,12}$`)
)

// at is the part of a path, or nothing.
func at(parts []string, n int) string {
	if n < 0 || n >= len(parts) {
		return ""
	}
	return parts[n]
}

func gitHub(_ *url.URL, host string, parts []string) (Resource, bool) {
	if host != "github.com" || len(parts) < 4 {
		return Resource{}, false
	}
	repo, of := parts[0]+"/"+parts[1], parts[3]
	base := "https://github.com/" + repo
	switch {
	case parts[2] == "pull" && digits.MatchString(of):
		return Resource{"github_pull_request", strings.ToLower(repo) + "#" + of, base + "/pull/" + of, repo + "#" + of}, true
	case parts[2] == "issues" && digits.MatchString(of):
		return Resource{"github_issue", strings.ToLower(repo) + "#" + of, base + "/issues/" + of, repo + "#" + of}, true
	case parts[2] == "commit" && commit.MatchString(of):
		short := strings.ToLower(of)[:7]
		return Resource{"github_commit", strings.ToLower(repo) + "@" + short, base + "/commit/" + of, repo + "@" + short}, true
	}
	return Resource{}, false
}

// gitLab knows gitlab.com and what people host themselves under a name with gitlab in it: group/sub/project/-/kind/number.
func gitLab(u *url.URL, host string, parts []string) (Resource, bool) {
	if host != "gitlab.com" && !strings.HasPrefix(host, "gitlab.") && !strings.Contains(host, ".gitlab.") {
		return Resource{}, false
	}
	for n, part := range parts {
		if part != "-" || n < 2 {
			continue
		}
		project, of := strings.Join(parts[:n], "/"), at(parts, n+2)
		key, base := strings.ToLower(host+"/"+project), u.Scheme+"://"+u.Host+"/"+project+"/-/"
		switch kind := at(parts, n+1); {
		case kind == "merge_requests" && digits.MatchString(of):
			return Resource{"gitlab_merge_request", key + "!" + of, base + "merge_requests/" + of, project + "!" + of}, true
		case (kind == "issues" || kind == "work_items") && digits.MatchString(of):
			return Resource{"gitlab_issue", key + "#" + of, base + kind + "/" + of, project + "#" + of}, true
		case kind == "commit" && commit.MatchString(of):
			return Resource{"gitlab_commit", key + "@" + strings.ToLower(of)[:7], base + "commit/" + of, project + "@" + strings.ToLower(of)[:7]}, true
		}
	}
	return Resource{}, false
}

// sentry reads org.sentry.io/issues/ID and sentry.example.com/organizations/org/issues/ID.
func sentry(u *url.URL, host string, parts []string) (Resource, bool) {
	if host != "sentry.io" && !strings.HasSuffix(host, ".sentry.io") && !strings.HasPrefix(host, "sentry.") {
		return Resource{}, false
	}
	for n, part := range parts {
		if of := at(parts, n+1); part == "issues" && short.MatchString(of) {
			return Resource{"sentry_issue", host + "/" + of, u.Scheme + "://" + u.Host + "/" + strings.Join(parts[:n+2], "/") + "/", "Sentry " + of}, true
		}
	}
	return Resource{}, false
}

func datadog(u *url.URL, host string, parts []string) (Resource, bool) {
	if !regexp.MustCompile(`(^|\.)(datadoghq\.(com|eu)|ddog-gov\.com)$`).MatchString(host) {
		return Resource{}, false
	}
	of := at(parts, 1)
	switch {
	case parts[0] == "monitors" && digits.MatchString(of):
		return Resource{"datadog_monitor_alert", host + "/" + of, "https://" + u.Host + "/monitors/" + of, "Monitor " + of}, true
	case parts[0] == "dashboard" && word.MatchString(of):
		label := "Dashboard"
		if name := at(parts, 2); name != "" {
			label += " " + strings.ReplaceAll(name, "-", " ")
		}
		return Resource{"datadog_dashboard", host + "/" + of, u.Scheme + "://" + u.Host + u.Path, label}, true
	}
	return Resource{}, false
}

func pagerDuty(u *url.URL, host string, parts []string) (Resource, bool) {
	of := at(parts, 1)
	if !strings.HasSuffix(host, ".pagerduty.com") || parts[0] != "incidents" || !word.MatchString(of) {
		return Resource{}, false
	}
	return Resource{"pager_duty_incident", of, "https://" + u.Host + "/incidents/" + of, "PagerDuty " + of}, true
}

// jira reads site.atlassian.net/browse/KEY-1 and jira.example.com/browse/KEY-1, and the address of a board with an issue chosen.
func jira(u *url.URL, host string, parts []string) (Resource, bool) {
	if !strings.HasSuffix(host, ".atlassian.net") && !strings.HasPrefix(host, "jira.") {
		return Resource{}, false
	}
	of := u.Query().Get("selectedIssue")
	base := ""
	for n, part := range parts {
		if part == "browse" {
			of, base = at(parts, n+1), strings.Join(parts[:n], "/")
		}
	}
	if !ticket.MatchString(of) {
		return Resource{}, false
	}
	of = strings.ToUpper(of)
	return Resource{"jira_issue", host + "/" + of, u.Scheme + "://" + path.Join(u.Host, base, "browse", of), of}, true
}

func zendesk(u *url.URL, host string, parts []string) (Resource, bool) {
	of := at(parts, len(parts)-1)
	if !strings.HasSuffix(host, ".zendesk.com") || at(parts, len(parts)-2) != "tickets" || !digits.MatchString(of) {
		return Resource{}, false
	}
	return Resource{"zendesk_ticket", host + "/" + of, "https://" + u.Host + "/agent/tickets/" + of, "Ticket " + of}, true
}

// statuspage knows the service's own addresses and status.example.com/incidents/ID, which is how its customers show it.
func statuspage(u *url.URL, host string, parts []string) (Resource, bool) {
	own := strings.HasSuffix(host, ".statuspage.io") || strings.HasPrefix(host, "status.")
	for n, part := range parts {
		if of := at(parts, n+1); own && part == "incidents" && word.MatchString(of) {
			return Resource{"atlassian_statuspage_incident", host + "/" + of, u.Scheme + "://" + u.Host + "/" + strings.Join(parts[:n+2], "/"), "Status page of " + strings.TrimPrefix(host, "status.")}, true
		}
	}
	return Resource{}, false
}

func googleDocs(_ *url.URL, host string, parts []string) (Resource, bool) {
	names := map[string]string{"document": "Document", "spreadsheets": "Spreadsheet", "presentation": "Slides"}
	if host != "docs.google.com" || names[parts[0]] == "" {
		return Resource{}, false
	}
	for n, part := range parts {
		if of := at(parts, n+1); part == "d" && word.MatchString(of) && of != "e" {
			return Resource{"google_doc", of, "https://docs.google.com/" + parts[0] + "/d/" + of, "Google " + strings.ToLower(names[parts[0]]) + " " + of[:min(6, len(of))]}, true
		}
	}
	return Resource{}, false
}

// calls keeps the whole address, which often has the password of the call in it.
func calls(u *url.URL, host string, parts []string) (Resource, bool) {
	last := parts[len(parts)-1]
	switch {
	case host == "zoom.us" || strings.HasSuffix(host, ".zoom.us"):
		if (parts[0] == "j" || parts[0] == "my" || parts[0] == "s") && at(parts, 1) != "" {
			return Resource{"zoom_call", parts[1], u.String(), "Zoom " + grouped(parts[1])}, true
		}
	case host == "meet.google.com" && regexp.MustCompile(`^[a-z]{3}-[a-z]{4}-[a-z]{3}$`).MatchString(last):
		return Resource{"google_meet_call", last, "https://meet.google.com/" + last, "Meet " + last}, true
	case host == "teams.microsoft.com" && parts[0] == "l" && at(parts, 1) == "meetup-join":
		return Resource{"teams_call", strings.Join(parts[2:], "/"), u.String(), "Teams meeting"}, true
	}
	return Resource{}, false
}

// grouped writes the number of a call as people say it: 987 6543 2100.
func grouped(number string) string {
	if _, err := strconv.ParseUint(number, 10, 64); err != nil || len(number) < 9 {
		return number
	}
	return number[:3] + " " + number[3:len(number)-4] + " " + number[len(number)-4:]
}
