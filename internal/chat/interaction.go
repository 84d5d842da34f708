package chat

import "github.com/musterhq/muster/internal/kernel/problem"

// InteractionKind is how a person spoke to Muster.
type InteractionKind string

// The kinds of interaction.
const (
	Command    InteractionKind = "command"
	Press      InteractionKind = "press"  // a button
	Submission InteractionKind = "submit" // a form
	// Refresh is a changed answer upon which other questions of a form depend; the reply is the form with the answers so far.
	Refresh InteractionKind = "refresh"
)

// Interaction is one thing that a person did to Muster on a chat platform.
type Interaction struct {
	Kind         InteractionKind
	Platform     string
	Team         string // the platform's workspace; empty in the room
	User         string // Muster's id of the person
	Conversation ConversationRef
	Here         ConversationRef // where it was done, outside of any incident's conversation; empty within one
	Message      MessageRef      // the one whose button was pressed, or in whose thread a command was typed
	Action       string          // of the button or form; for a command its word, "/inc"
	Value        string          // of the button or form
	Text         string          // what followed a command's word
	Trigger      string          // what OpenForm needs
	Values       FormValues      // of a form
	Key          string          // the same for every delivery of this interaction
}

// Reply is what Muster answers; more than one part may be there.
type Reply struct {
	Ephemeral *Message          `json:"ephemeral,omitempty"` // for the person alone
	Post      *Message          `json:"post,omitempty"`      // for everybody
	Edit      *Message          `json:"edit,omitempty"`      // instead of the message whose button was pressed
	Form      *Form             `json:"form,omitempty"`
	Errors    map[string]string `json:"errors,omitempty"` // what is wrong with a form, by input; "" is about the whole of it
	Redirect  string            `json:"redirect,omitempty"`
}

// Whisper is a reply that only the person sees.
func Whisper(key string, blocks ...Block) Reply {
	message := Say(key, blocks...)
	return Reply{Ephemeral: &message}
}

// Ask is a reply that shows a form.
func Ask(form Form) Reply { return Reply{Form: &form} }

// Wrong is a reply that tells what is wrong with a form, from the problems that a verb or Check answered with.
func Wrong(err error) Reply {
	reply := Reply{Errors: map[string]string{}}
	for _, p := range problem.All(err) {
		if _, told := reply.Errors[p.Field]; !told {
			reply.Errors[p.Field] = p.Message
		}
	}
	return reply
}
