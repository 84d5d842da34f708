package notification

// Reason is why somebody is told something.
type Reason string

// The reasons, from most to least personal.
const (
	Mentioned Reason = "mention"
	RoleGiven Reason = "role"
	UpdateDue Reason = "update_due"
	// DueForYou is that something which the reader has to do is due.
	DueForYou   Reason = "due"
	IsDeclared  Reason = "declared"
	Decided     Reason = "decided"
	MayBeClosed Reason = "may_be_closed"
	// Access is that somebody was let into a private incident, or asks those in it to be.
	Access Reason = "access"
	// PlatformAway is that the chat platform of an incident that the reader is in does not answer.
	PlatformAway Reason = "platform_away"
	// QuestionAsked is that somebody outside the room waits for the reader's answer, QuestionAnswered that there is one.
	QuestionAsked    Reason = "question"
	QuestionAnswered Reason = "answer"
)

// Reasons lists the reasons, from most to least personal.
func Reasons() []Reason {
	return []Reason{Mentioned, RoleGiven, UpdateDue, DueForYou, QuestionAsked, QuestionAnswered, Access, PlatformAway, MayBeClosed, Decided, IsDeclared}
}

// Label returns what settings call the reason.
func (r Reason) Label() string {
	switch r {
	case Mentioned:
		return "Someone mentions you"
	case RoleGiven:
		return "You are given a role"
	case UpdateDue:
		return "An update of yours is due"
	case DueForYou:
		return "An action or follow-up of yours is due"
	case QuestionAsked:
		return "A question waits for your answer"
	case QuestionAnswered:
		return "A question that you asked or follow is answered"
	case Subscribed:
		return "What you subscribed to"
	case MayBeClosed:
		return "An incident of yours could be closed"
	case PlatformAway:
		return "Slack does not answer while you are in an incident"
	case Access:
		return "You are let into a private incident, or someone asks to be"
	case Decided:
		return "An incident of yours is accepted, declined, merged or paused, or wakes"
	case IsDeclared:
		return "An incident is declared"
	default:
		return string(r)
	}
}

// because ends the footer of a mail: why its reader got it.
func (r Reason) because() string {
	switch r {
	case Mentioned:
		return "You get this because someone mentioned you."
	case RoleGiven:
		return "You get this because you were given a role."
	case UpdateDue:
		return "You get this because the next update is yours to send."
	case DueForYou:
		return "You get this because it is yours to do."
	case QuestionAsked:
		return "You get this because you speak for the incident."
	case QuestionAnswered:
		return "You get this because you wanted to know."
	case Subscribed:
		return "You get this because you subscribed."
	case MayBeClosed:
		return "You get this because the incident is yours to close."
	case Escalated:
		return "You get this because somebody needs you in an incident now. It goes by every way there is."
	case PlatformAway:
		return "You get this because you are in the incident."
	case Access:
		return "You get this because you are in a private incident."
	case Decided:
		return "You get this because you reported the incident or have a role in it."
	default:
		return "You get this because you asked to hear of every incident."
	}
}

// Method is a way to reach somebody.
type Method string

// The methods.
const (
	Push Method = "push"
	// Slack is a direct message there.
	Slack Method = "slack"
	Mail  Method = "mail"
)

// Methods lists the ways, the quickest first.
func Methods() []Method { return []Method{Push, Slack, Mail} }

// wantedByDefault is what holds for somebody who chose nothing. A declared incident wakes the devices that people
// subscribed for it and fills nobody's inbox; who is mentioned in a channel of Slack is told there by Slack itself.
func (r Reason) wantedByDefault(by Method) bool {
	return by == Push || r != IsDeclared && (by != Slack || r != Mentioned)
}
