package problem

// Stale tells an editor that somebody else changed the text since they began; Now is what it is, so that they can
// decide. It is a Conflict problem with the code "stale".
type Stale struct {
	// What is the noun of what was edited: name, summary, action.
	What string
	Now  string
	// Version is what to send to replace the present text on purpose; 0 where the text itself is compared.
	Version int32
}

// Error returns the sentence for people.
func (e *Stale) Error() string { return e.problem().Error() }

// Unwrap returns the problem that surfaces translate.
func (e *Stale) Unwrap() error { return e.problem() }

func (e *Stale) problem() *Error {
	p := New(Conflict, "stale", "Somebody else changed the %s while you were editing it. Look at theirs and decide.", e.What)
	p.Field = e.What
	return p
}
