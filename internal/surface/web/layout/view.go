// Package layout is the frame around every page: navigation, palette, dialog, toasts and the state of the connection.
package layout

import (
	"slices"
	"time"

	"github.com/musterhq/muster/internal/surface/web/assets"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// View is what the frame shows.
type View struct {
	Title string
	// Section is the current entry of the navigation: home, incidents, people, settings or operators.
	Section string
	// Look is an extra class of the frame: app--inc for an incident, app--form for a form, which have no bottom bar.
	Look  string
	Theme string
	Me    Me
	Nav   Nav
	// Topics are what the page listens to besides the navigation, comma separated.
	Topics string
	// Insecure is set on plain http from another machine: no push, no installing, no passkeys.
	Insecure bool
	// Keys are the shortcuts of this page, listed in the help after those of every page.
	Keys []Key
	// Toast is said once after the page has come.
	Toast string
}

// Me is the signed-in person.
type Me struct {
	ID               string
	Person           ui.PersonView
	OrganisationName string
	Several          bool
	Operator         bool
	MayDeclare       bool
	MaySettings      bool
	// PushKey is the public key for web push, base64url.
	PushKey string
}

// Nav is the part of the navigation that moves.
type Nav struct {
	Section string
	Live    []LiveItem
	Total   int
	// FollowUps says that there are any.
	FollowUps bool
}

// LiveItem is one live incident in the navigation.
type LiveItem struct {
	Href     string
	Name     string
	Severity ui.SeverityView
	Since    time.Time
	Now      time.Time
	Current  bool
}

// Key is a shortcut and what it does.
type Key struct {
	Keys []string
	Does string
}

// Everywhere lists the shortcuts of every page.
func Everywhere() []Key {
	return []Key{
		{[]string{"⌘", "K"}, "Search and run anything"},
		{[]string{"C"}, "Declare an incident"},
		{[]string{"G", "H"}, "Go home"},
		{[]string{"G", "I"}, "Go to incidents"},
		{[]string{"G", "P"}, "Go to people"},
		{[]string{"G", "S"}, "Go to settings"},
		{[]string{"/"}, "Search on this page"},
		{[]string{"J", "K"}, "Next and previous row"},
		{[]string{"↵"}, "Open the row"},
		{[]string{"⌘", "↵"}, "Send the form"},
		{[]string{"?"}, "This help"},
	}
}

// elsewhere lists the shortcuts of every page but those that this page has for something of its own.
func elsewhere(own []Key) []Key {
	return slices.DeleteFunc(Everywhere(), func(everywhere Key) bool {
		return slices.ContainsFunc(own, func(k Key) bool { return slices.Equal(k.Keys, everywhere.Keys) })
	})
}

// Bundled reports whether styles and scripts were built in.
func Bundled() bool { return assets.Bundled() }

func current(is bool) string {
	if is {
		return "page"
	}
	return "false"
}
