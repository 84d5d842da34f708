package escalation

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// AnswerFromOutside acknowledges an escalation by the address that its page carried, for whoever stands behind a
// webhook: nobody is signed in there.
type AnswerFromOutside struct {
	Organisation, Escalation id.ID
	Position                 int
	Expires                  time.Time
	Signature                string
	// By is the name of whoever answered.
	By string
}

const (
	answerPurpose = "answer escalation"
	// answerLife is how long the address in a page works.
	answerLife = 24 * time.Hour
)

// AnswerFromOutside acknowledges as an address says that Muster wrote; any other is refused.
func (s *Service) AnswerFromOutside(ctx context.Context, cmd AnswerFromOutside) (Escalation, error) {
	message := answerMessage(cmd.Organisation, cmd.Escalation, cmd.Position)
	if err := s.needs.Keys.Verify(answerPurpose, message, cmd.Expires, cmd.Signature, s.clock.Now()); err != nil {
		return Escalation{}, problem.New(problem.Forbidden, "link_invalid", "This address does not work, or does not work any more. Acknowledge in Muster.").Because(err)
	}
	ctx = tenant.AsSystem(ctx, cmd.Organisation)
	esc, err := s.Get(ctx, cmd.Escalation)
	if err != nil {
		return Escalation{}, err
	}
	if cmd.Position >= len(esc.Targets) {
		return Escalation{}, problem.Missing("escalation")
	}
	if err := s.acknowledgedOutside(ctx, esc.ID, esc.Targets[cmd.Position].Pager, cmd.By); err != nil {
		return Escalation{}, err
	}
	return s.Get(ctx, cmd.Escalation)
}

// ParseAnswer reads the query of an address made for AnswerFromOutside.
func ParseAnswer(query url.Values) AnswerFromOutside {
	seconds, _ := strconv.ParseInt(query.Get("until"), 10, 64)
	position, err := strconv.Atoi(query.Get("position"))
	if err != nil || position < 0 {
		position = MostTargets
	}
	return AnswerFromOutside{
		Organisation: id.ID(query.Get("organisation")), Escalation: id.ID(query.Get("escalation")), Position: position,
		Expires: time.Unix(seconds, 0), Signature: query.Get("signature"),
	}
}

func (s *Service) acknowledgeAddress(ctx context.Context, escalation id.ID, position int) (string, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return "", err
	}
	expires := time.Unix(s.clock.Now().Add(answerLife).Unix(), 0)
	query := url.Values{
		"organisation": {string(scope.Organisation)}, "escalation": {string(escalation)}, "position": {strconv.Itoa(position)},
		"until":     {strconv.FormatInt(expires.Unix(), 10)},
		"signature": {s.needs.Keys.Sign(answerPurpose, answerMessage(scope.Organisation, escalation, position), expires)},
	}
	return s.needs.Address(ctx, "/hooks/escalations/acknowledged?"+query.Encode())
}

func answerMessage(organisation, escalation id.ID, position int) string {
	return strings.Join([]string{string(organisation), string(escalation), strconv.Itoa(position)}, "/")
}
