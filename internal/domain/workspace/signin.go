package workspace

import (
	"context"

	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/auth"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// SignedInPath is where Slack sends somebody back to who signs in.
const SignedInPath = "/login/slack/callback"

const signInPurpose = "slack sign-in"

// BeginSignIn returns the address at Slack where somebody shows who they are. The way back works only together with the
// binding, a secret that their browser keeps.
func (s *Service) BeginSignIn(binding string) (string, error) {
	if !s.Configured() {
		return "", notConfigured
	}
	state := s.state(signInPurpose, binding)
	nonce, err := s.verify(signInPurpose, binding, state)
	if err != nil {
		return "", err
	}
	return s.needs.App.SignInAddress(state, nonce, s.needs.URL+SignedInPath, ""), nil
}

// SignIn is what Slack sent back with somebody who signs in.
type SignIn struct {
	Binding, State, Code, UserAgent string
	// Refused is Slack's word when they did not go on.
	Refused string
}

// SignIn opens a session for who Slack says it is, in the organisation that the Slack workspace is connected to and in no
// other one. It needs no tenant.
func (s *Service) SignIn(ctx context.Context, cmd SignIn) (auth.Opened, error) {
	if cmd.Binding == "" {
		return auth.Opened{}, stateWrong
	}
	nonce, err := s.verify(signInPurpose, cmd.Binding, cmd.State)
	if err != nil {
		return auth.Opened{}, err
	}
	if cmd.Refused != "" || cmd.Code == "" {
		return auth.Opened{}, problem.New(problem.Conflict, "slack_refused", "You turned back in Slack, so Muster does not know who you are.")
	}
	person, err := s.needs.App.SignIn(ctx, cmd.Code, s.needs.URL+SignedInPath, nonce, s.clock.Now())
	if err != nil {
		return auth.Opened{}, refusedSignIn(err)
	}
	organisation, err := s.ByTeam(ctx, person.Team, person.Enterprise)
	if problem.Is(err, problem.NotFound) {
		return auth.Opened{}, problem.New(problem.Forbidden, "workspace_unknown", "Your Slack workspace is not connected to Muster. Sign in with your email address, or choose another workspace in Slack.")
	}
	if err != nil {
		return auth.Opened{}, err
	}
	_, who, err := s.Act(tenant.AsSystem(ctx, organisation), person.Team, person.User)
	if err != nil {
		return auth.Opened{}, err
	}
	return s.needs.Auth.SignInBySlack(tenant.AsSystem(ctx, organisation), who.ID, cmd.UserAgent)
}

func refusedSignIn(err error) error {
	if slack.Said(err) == "" {
		return refused(err)
	}
	return problem.New(problem.Conflict, "slack_code_used", "Slack did not confirm who you are; perhaps this way back was used already. Begin again.").Because(err)
}
