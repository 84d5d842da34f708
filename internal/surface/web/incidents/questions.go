package incidents

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// questionView is a question as one reader sees it.
type questionView struct {
	ID, Path, Text string
	Open           bool
	Asker          ui.PersonView
	At             ui.Moment
	Answer         string
	Answerer       ui.PersonView
	AnsweredAt     ui.Moment
	// Others counts those who want to know too; Following tells that the reader is one.
	Others          int
	Following, Mine bool
	MayAnswer       bool
	// Told is who has been told of it; nil when nobody holds a role that answers.
	Told *ui.PersonView
}

func (l sight) question(inc incident.Incident, q question.Question) questionView {
	v := questionView{
		ID: string(q.ID), Path: path(inc) + "/questions/" + string(q.ID), Text: q.Text, Open: q.State == question.Open, Asker: l.Actor(q.Asker), At: l.Moment(q.At),
		Answer: q.Answer, Answerer: l.Actor(q.Answerer), Others: q.Followers, Following: q.Following, Mine: q.Mine,
		MayAnswer: l.Viewer.Permissions.Has(authz.EditIncidents),
	}
	if q.AnsweredAt != nil {
		v.AnsweredAt = l.Moment(*q.AnsweredAt)
	}
	v.Told = l.keeper(inc)
	return v
}

// keeper is who speaks for the incident, nil for nobody.
func (l sight) keeper(inc incident.Incident) *ui.PersonView {
	keeper := question.Keeper(inc)
	if keeper == nil {
		return nil
	}
	person := l.Person(*keeper)
	return &person
}

func (p *Pages) ask(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	_, err = p.Questions.Ask(r.Context(), question.Ask{Incident: inc.ID, Text: form.Value("question"), Key: askKey(form)})
	if err != nil {
		return err
	}
	words := "Asked. You are told when there is an answer."
	if keeper := question.Keeper(inc); keeper != nil {
		words = keeper.Name + " has been asked. You are told when there is an answer."
	}
	return page.Done(w, r, path(inc)+"/brief", words)
}

// askKey is one for a page and a text: asking the same twice from one page is a slip, asking something else is not.
func askKey(form *page.Form) string {
	if form.Value("key") == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(form.Value("question"))))
	return form.Value("key") + ":" + hex.EncodeToString(sum[:8])
}

// similar answers, while somebody writes a question, those that ask for much the same.
func (p *Pages) similar(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	list, err := p.Questions.List(r.Context(), inc.ID)
	if err != nil {
		return err
	}
	var near []questionView
	for _, q := range question.Similar(form.Value("text"), list) {
		near = append(near, l.question(inc, q))
	}
	return page.Part(w, r, http.StatusOK, similarQuestions(near))
}

// asked finds the question that the path names within its incident.
func (p *Pages) asked(r *http.Request) (incident.Incident, question.Question, error) {
	inc, err := p.load(r)
	if err != nil {
		return inc, question.Question{}, err
	}
	q, err := p.Questions.Get(r.Context(), id.ID(r.PathValue("question")))
	if err == nil && q.Incident != inc.ID {
		err = problem.Missing("question")
	}
	return inc, q, err
}

// questionForm is the form to answer a question or to reword one's own.
type questionForm struct {
	Question questionView
	Form     *page.Form
	Theirs   string
	Answered bool
}

func (p *Pages) answerForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.EditIncidents); err != nil {
		return err
	}
	return p.showAnswer(w, r, http.StatusOK, nil)
}

func (p *Pages) showAnswer(w http.ResponseWriter, r *http.Request, status int, form *page.Form) error {
	inc, q, err := p.asked(r)
	if err != nil {
		return err
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	v := questionForm{Question: l.question(inc, q), Answered: q.State == question.Answered}
	v.Form = orFresh(form, map[string]string{"answer": q.Answer, "version": number32(q.Version)})
	if form != nil && form.Value("version") != number32(q.Version) && v.Answered {
		v.Theirs = q.Answer
		v.Form = page.NewForm(map[string]string{"answer": form.Value("answer"), "version": number32(q.Version)})
	}
	return p.dialog(w, r, status, inc, "Answer a question", answerDialog(v))
}

func (p *Pages) answerQuestion(w http.ResponseWriter, r *http.Request) error {
	inc, q, err := p.asked(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		seen, err := version(form)
		if err == nil {
			_, err = p.Questions.Answer(r.Context(), question.Answer{Question: q.ID, Text: form.Value("answer"), Version: seen})
		}
		return path(inc) + "/brief", "Answered. All who want to know are told.", err
	}, func(status int, form *page.Form, _ error) error {
		return p.showAnswer(w, r, status, form)
	})
}

func (p *Pages) rewordForm(w http.ResponseWriter, r *http.Request) error {
	return p.showReword(w, r, http.StatusOK, nil)
}

func (p *Pages) showReword(w http.ResponseWriter, r *http.Request, status int, form *page.Form) error {
	inc, q, err := p.asked(r)
	if err != nil {
		return err
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	v := questionForm{Question: l.question(inc, q), Form: orFresh(form, map[string]string{"question": q.Text, "version": number32(q.Version)})}
	return p.dialog(w, r, status, inc, "Reword your question", rewordDialog(v))
}

func (p *Pages) rewordQuestion(w http.ResponseWriter, r *http.Request) error {
	inc, q, err := p.asked(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		seen, err := version(form)
		if err == nil {
			_, err = p.Questions.Reword(r.Context(), question.Reword{Question: q.ID, Text: form.Value("question"), Version: seen})
		}
		return path(inc) + "/brief", "Your question is reworded", err
	}, func(status int, form *page.Form, _ error) error {
		return p.showReword(w, r, status, form)
	})
}

func (p *Pages) withdrawQuestion(w http.ResponseWriter, r *http.Request) error {
	inc, q, err := p.asked(r)
	if err != nil {
		return err
	}
	if _, err := p.Questions.Withdraw(r.Context(), question.Withdraw{Question: q.ID}); err != nil {
		return err
	}
	return page.Done(w, r, path(inc)+"/brief", "The question is withdrawn")
}

func (p *Pages) followQuestion(w http.ResponseWriter, r *http.Request) error {
	inc, q, err := p.asked(r)
	if err != nil {
		return err
	}
	stop := r.Method == http.MethodDelete
	if _, err := p.Questions.Follow(r.Context(), question.Follow{Question: q.ID, Stop: stop}); err != nil {
		return err
	}
	words := "You are told when there is an answer"
	if stop {
		words = "You are not told of the answer"
	}
	return page.Done(w, r, path(inc)+"/brief", words)
}

// told says who has been told of an open question.
func (v questionView) told() string {
	switch {
	case v.Told == nil:
		return ". Nobody speaks for the incident yet; it waits in the room."
	case v.Told.You:
		return ". It waits for you."
	default:
		return ". " + v.Told.Name + " has been told."
	}
}

// waits tells that the reader is who has to answer.
func (v questionView) waits() bool { return v.MayAnswer && v.Told != nil && v.Told.You }

// others says how many more want to know, empty for nobody.
func (v questionView) others() string {
	n := v.Others
	if v.Following {
		n--
	}
	switch {
	case n == 0:
		return ""
	case v.Following && n == 1:
		return "and 1 other person"
	case v.Following:
		return "and " + fmt.Sprint(n) + " others"
	case n == 1:
		return "1 person wants to know too"
	default:
		return people(n) + " want to know too"
	}
}
