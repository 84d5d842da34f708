package journeys_test

import (
	"net/url"
	"testing"

	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/testing/browser"
)

func TestSignInWithPassword(t *testing.T) {
	h := newHouse(t)
	if err := h.App.Accounts.ChangePassword(h.Owner.Context(), account.ChangePassword{New: "a fine long password"}); err != nil {
		t.Fatal(err)
	}
	tab := browser.Open(t, "Ada", h.URL, browser.Laptop)
	tab.Forgive("the server responded with a status of 4") // a wrong password is refused
	tab.Go("/incidents")
	tab.Until("the page to sign in", `location.pathname === "/login"`)
	tab.Fill("input[name=email]", "ada@example.test")
	tab.Fill("input[name=password]", "a wrong password")
	tab.Press("Enter")
	tab.Shows(".hint--bad, .note-bar--bad")
	if kept := tab.Value("input[name=email]"); kept != "ada@example.test" {
		t.Errorf("after a wrong password the address is %q, want what was typed", kept)
	}
	tab.Fill("input[name=password]", "a fine long password")
	tab.Press("Enter")
	tab.Until("the page that was wanted", `location.pathname === "/incidents"`)
	tab.Sees("No incidents yet")
	tab.Click("button[popovertarget=me]")
	tab.Click("#me button", "Sign out")
	tab.Until("the page to sign in", `location.pathname === "/login"`)
	tab.Go("/incidents")
	tab.Until("the page to sign in again", `location.pathname === "/login"`)
}

func TestSignInLinkWorksOnce(t *testing.T) {
	h := newHouse(t)
	link, err := h.App.Auth.SignInLink(t.Context(), h.Owner.Email, "")
	if err != nil {
		t.Fatal(err)
	}
	first := browser.Open(t, "first", h.URL, browser.Laptop)
	first.Go(link)
	first.Sees("You are about to sign in as ada@example.test")
	first.Press("Enter") // the button has the focus
	first.Until("home", `location.pathname === "/"`)
	first.Sees("Nothing has gone wrong yet")

	second := browser.Open(t, "second", h.URL, browser.Laptop)
	second.Forgive("the server responded with a status of 4")
	second.Go(link)
	if second.Count("button", "Sign in") > 0 {
		second.Click("button", "Sign in")
	}
	second.Shows("a", "Go to sign in")
}

func TestSetUp(t *testing.T) {
	h := newHouse(t)
	// The house has an organisation; set-up is for one that has none.
	if _, err := h.App.DB.Pool().Exec(t.Context(), "TRUNCATE control.organisation, control.account CASCADE"); err != nil {
		t.Fatal(err)
	}
	token, err := h.App.Organisations.PrepareSetup(t.Context())
	if err != nil || token == "" {
		t.Fatalf("a Muster without organisations gives the token %q, %v", token, err)
	}
	tab := browser.Open(t, "Grace", h.URL, browser.Phone)
	tab.Go("/setup?token=" + url.QueryEscape(token))
	tab.Fill("input[name=name]", "Grace")
	tab.Fill("input[name=email]", "grace@example.test")
	tab.Click("button", "Start")
	tab.Until("home", `location.pathname === "/"`)
	tab.Sees("Nothing has gone wrong yet")
	if taps := tab.Taps; taps > 4 {
		t.Errorf("setting up takes %d taps", taps)
	}
}
