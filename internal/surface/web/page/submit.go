package page

import "net/http"

// Submit reads the form that was sent and does what it asks for. What was wrong with what was typed is shown again, in the
// form; otherwise do says where the way goes on and, where something is to be said there, the words.
func Submit(w http.ResponseWriter, r *http.Request, do func(form *Form) (where, words string, err error), again func(status int, form *Form, because error) error) error {
	form, err := ReadForm(r)
	if err != nil {
		return err
	}
	where, words, err := do(form)
	switch {
	case err != nil && form.Take(err):
		return again(Status(err), form, err)
	case err != nil:
		return err
	case words == "":
		return Go(w, r, where)
	default:
		return Done(w, r, where, words)
	}
}
