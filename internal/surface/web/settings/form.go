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
	// Now is what somebody else wrote meanwhile.
	Now []fact
}

// field is a line, or with Long a text, of a form.
type field struct {
	ui.FieldView
	Long bool
}

// fact is a label and what stands under it.
type fact struct{ Label, Text string }
