package timeline

import (
	"context"

	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
)

// mostQuoted is how much of a text the log repeats; the whole stands where it belongs.
const mostQuoted = 300

// subscribeOutside logs what goes between those in the room and those outside of it.
func subscribeOutside(bus *event.Bus) {
	log(bus, func(_ context.Context, _ names, e customers.TextChanged) (*Details, error) {
		return quoted(e.Text), nil
	}, always[customers.TextChanged])
	log(bus, asked(func(e question.Asked) string { return e.Text }), nil)
	log(bus, asked(func(e question.Reworded) string { return e.Text }), nil)
	log(bus, asked(func(e question.TakenBack) string { return e.Text }), nil)
	log(bus, asked(func(e question.Unanswered) string { return e.Text }), nil)
	log(bus, asked(func(e question.Moved) string { return e.Text }), nil)
	log(bus, func(_ context.Context, _ names, e question.Replied) (*Details, error) {
		d := quoted(e.Text)
		if e.Corrected {
			d.Was = d.Text
		}
		return d, nil
	}, nil)
}

func asked[E event.Event](text func(E) string) describe[E] {
	return func(_ context.Context, _ names, e E) (*Details, error) { return quoted(text(e)), nil }
}

func quoted(text string) *Details { return &Details{Text: richtext.Truncate(text, mostQuoted)} }

// outside words what goes between the room and those outside of it, and reports whether it is that.
func (w *writer) outside(kind string, d Details) bool {
	switch kind {
	case "customers.text_changed":
		if d.Text == "" {
			w.did("took back what customers may be told")
			return true
		}
		w.did("changed what customers may be told: ")
	case "question.asked":
		w.did("asked: ")
	case "question.reworded":
		w.did("asked in other words: ")
	case "question.withdrawn":
		w.did("withdrew the question ")
	case "question.unanswered":
		w.words("A question still waits for an answer: ")
	case "question.moved":
		w.did("brought along a question that waits for an answer: ")
	case "question.answered":
		if d.Was != "" {
			w.did("corrected the answer to ")
		} else {
			w.did("answered ")
		}
	default:
		return false
	}
	w.quote(d.Text)
	return true
}
