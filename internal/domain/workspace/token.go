package workspace

import (
	"context"
	"fmt"
	"time"

	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/workspace/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// fresh is how long another process may go on with a token that was taken away here.
const fresh = 5 * time.Second

// held is whose token is remembered.
type held struct {
	organisation id.ID
	team         string
}

// opened is a token that was opened a moment ago.
type opened struct {
	credentials slack.Credentials
	until       time.Time
}

// Token returns what the workspace of a team is spoken to with, for those within the house who do; it is remembered for
// seconds. One that is not connected any more is a Conflict, "workspace_revoked".
func (s *Service) Token(ctx context.Context, team string) (slack.Credentials, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return slack.Credentials{}, err
	}
	key, now := held{scope.Organisation, team}, s.clock.Now()
	s.mu.Lock()
	known, ok := s.held[key]
	s.mu.Unlock()
	if ok && now.Before(known.until) {
		return known.credentials, nil
	}
	row, err := s.row(ctx, team)
	if err != nil {
		return slack.Credentials{}, err
	}
	if State(row.State) != Active {
		return slack.Credentials{}, problem.New(problem.Conflict, "workspace_revoked", "The Slack workspace %s is not connected any more. Connect it again in the settings.", row.Name)
	}
	token, err := s.unseal(row)
	if err != nil {
		return slack.Credentials{}, err
	}
	found := slack.Credentials{Token: token, BotUser: string(row.BotUserID), BotID: string(row.BotID), AppID: string(row.AppID), Enterprise: string(row.EnterpriseID)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[key] = opened{credentials: found, until: now.Add(fresh)}
	return found, nil
}

func (s *Service) unseal(row db.MusterSlackWorkspace) (string, error) {
	plain, err := s.needs.Keys.Open(row.Token, string(row.OrganisationID), sealPurpose(string(row.TeamID)))
	if err != nil {
		return "", fmt.Errorf("open the token of the Slack workspace %s, which another secret key sealed; connect it again: %w", row.TeamID, err)
	}
	return string(plain), nil
}

// forget drops the tokens of an organisation that are remembered.
func (s *Service) forget(organisation id.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.held {
		if key.organisation == organisation {
			delete(s.held, key)
		}
	}
}

func (s *Service) forgetOf(ctx context.Context) {
	if scope, err := tenant.From(ctx); err == nil {
		s.forget(scope.Organisation)
	}
}
