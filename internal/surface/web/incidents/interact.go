package incidents

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// answer shows what a command or a button answered: a form, words for this person alone, or another page.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request, inc incident.Incident, reply chat.Reply) error {
	switch {
	case reply.Redirect != "":
		return page.Go(w, r, reply.Redirect)
	case reply.Form != nil:
		w.Header().Set("Muster-Reply", "form")
		form, err := p.formView(r.Context(), inc, *reply.Form, reply.Errors)
		if err != nil {
			return err
		}
		status := http.StatusOK
		if len(reply.Errors) > 0 {
			status = http.StatusUnprocessableEntity
		}
		return p.dialog(w, r, status, inc, reply.Form.Title, chatForm(form))
	case reply.Ephemeral != nil:
		w.Header().Set("Muster-Reply", "said")
		if !page.Quiet(r) {
			return page.Done(w, r, path(inc), reply.Ephemeral.Text)
		}
		return page.Part(w, r, http.StatusOK, said(path(inc)+"/room", reply.Ephemeral.Blocks))
	case len(reply.Errors) > 0:
		var words []string
		for _, text := range reply.Errors {
			words = append(words, text)
		}
		w.Header().Set("Muster-Toast", url.PathEscape(strings.Join(words, " ")))
		w.WriteHeader(http.StatusUnprocessableEntity)
		return nil
	default:
		return page.Done(w, r, path(inc), "")
	}
}

// interact takes the press of a button in a message, or a form that a command answered with.
func (p *Pages) interact(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	viewer, _ := page.ViewerOf(r.Context())
	in := chat.Interaction{
		Kind: chat.InteractionKind(form.Value("kind")), Platform: "room", User: string(viewer.User),
		Conversation: chat.ConversationRef{Platform: "room", ID: string(inc.ID)}, Action: form.Value("action"), Value: form.Value("value"),
		Values: chat.FormValues{}, Key: form.Value("key"),
	}
	in.Message.Conversation, in.Message.ID = in.Conversation, form.Value("message")
	for name := range r.Form {
		if field, ours := strings.CutPrefix(name, "in."); ours {
			in.Values[field] = form.Value(name)
		}
	}
	reply, err := p.Commands.Interact(r.Context(), in)
	if err != nil {
		return err
	}
	return p.answer(w, r, inc, reply)
}

type completionItem struct {
	Insert  string `json:"insert"`
	Label   string `json:"label"`
	Meaning string `json:"meaning,omitempty"`
	Icon    string `json:"icon,omitempty"`
}
