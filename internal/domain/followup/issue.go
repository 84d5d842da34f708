package followup

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/followup/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
)

// Issue is an issue of another tracker.
type Issue struct {
	// Provider is the tracker, "jira" or "github"; Name what it calls the issue, "SHOP-12".
	Provider, Name, URL string
}

// ConnectIssue says where a follow-up is worked on. Name may be empty: then it is the last part of the address.
type ConnectIssue struct {
	FollowUp id.ID
	Issue
}

// checkedIssue tidies an issue and names what is wrong with it.
func checkedIssue(i Issue) (Issue, error) {
	at, err := url.Parse(strings.TrimSpace(i.URL))
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || len(i.URL) > 2000 {
		return i, problem.Field("url", "not_an_address", "The address of the issue begins with https:// and has 2,000 characters at most.")
	}
	at.User = nil // a name and a password in an address are nobody else's
	i.URL = at.String()
	if i.Name = strings.TrimSpace(i.Name); i.Name == "" {
		path := strings.Trim(at.Path, "/")
		i.Name = path[strings.LastIndex(path, "/")+1:]
	}
	if i.Name == "" {
		i.Name = at.Host
	}
	return i, nil
}

// ConnectIssue connects a follow-up with an issue, in the place of one that it had.
func (s *Service) ConnectIssue(ctx context.Context, cmd ConnectIssue) (FollowUp, error) {
	issue, err := checkedIssue(cmd.Issue)
	if err != nil {
		return FollowUp{}, err
	}
	return s.change(ctx, authz.ConnectIssues, cmd.FollowUp, func(ctx context.Context, tx pgx.Tx, _ incident.Held, row *db.MusterFollowUp, what What) (event.Event, error) {
		if (Issue{row.IssueProvider, row.IssueName, row.IssueURL}) == issue {
			return nil, nil
		}
		row.IssueProvider, row.IssueName, row.IssueURL = issue.Provider, issue.Name, issue.URL
		if err := db.New(tx).SetIssue(ctx, db.SetIssueParams{Provider: issue.Provider, Name: issue.Name, URL: issue.URL, At: s.clock.Now(), ID: row.ID}); err != nil {
			return nil, fmt.Errorf("connect an issue: %w", err)
		}
		return Edited{what}, nil
	})
}
