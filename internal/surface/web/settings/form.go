package settings

import "github.com/musterhq/muster/internal/surface/web/ui"

// formView is a form in a dialog or on a page of its own.
type formView struct {
	Title, Action, Method, Save string
	Fields                      []field
	// Back leads to the list, where the form is a page of its own; List is the list's title.
	Back, List string
	// Group and Version go with the form unseen.
	Group, Version string
	Problem        string
	// Intro is what to know before.
	Intro string
	// Now is what somebody else wrote meanwhile.
	Now []fact
}

// field is a line of a form; with Long a text, with Options a list to choose from, and with Switch an on and off.
type field struct {
	ui.FieldView
	Long    bool
	Options []ui.Option
	Switch  bool
}

// fact is a label and what stands under it.
type fact struct{ Label, Text string }
