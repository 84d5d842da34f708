package page

import (
	"net/http"
	"strings"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// Form is what was typed and what is wrong with it, field by field.
type Form struct {
	values   map[string]string
	problems map[string]string
	// Problem is what is wrong with the form as a whole.
	Problem string
}

// NewForm is a form with what is in it at first.
func NewForm(values map[string]string) *Form {
	return &Form{values: values, problems: map[string]string{}}
}

// ReadForm reads what was sent, without the bytes that are no text; a body that cannot be read is a problem.
func ReadForm(r *http.Request) (*Form, error) {
	if err := r.ParseForm(); err != nil {
		return nil, problem.New(problem.Invalid, "unreadable_form", "The form could not be read; it may be too large.").Because(err)
	}
	values := make(map[string]string, len(r.Form))
	for name := range r.Form {
		values[name] = text.Replace(strings.ToValidUTF8(r.Form.Get(name), "\uFFFD"))
	}
	return NewForm(values), nil
}

// text ends lines as we do and leaves out the byte that the database does not keep.
var text = strings.NewReplacer("\r\n", "\n", "\x00", "")

// Value is what a field holds.
func (f *Form) Value(name string) string { return f.values[name] }

// Keep puts a value into the form that was not typed, for when it is shown again.
func (f *Form) Keep(name, value string) { f.values[name] = value }

// Has reports whether the field was sent at all.
func (f *Form) Has(name string) bool {
	_, sent := f.values[name]
	return sent
}

// Error is what is wrong with a field, empty when nothing is.
func (f *Form) Error(name string) string { return f.problems[name] }

// Take notes the problems of err on the fields that they name and reports whether the form can show them; other
// errors are for Fail.
func (f *Form) Take(err error) bool {
	switch problem.KindOf(err) {
	case problem.Invalid, problem.Conflict, problem.TooLarge, problem.TooMany:
	default:
		return false
	}
	for _, p := range problem.All(err) {
		if _, known := f.values[p.Field]; known && p.Field != "" && f.problems[p.Field] == "" {
			f.problems[p.Field] = p.Message
		} else {
			f.Problem = strings.TrimSpace(f.Problem + " " + p.Message)
		}
	}
	return true
}
