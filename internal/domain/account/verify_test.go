package account_test

import (
	"testing"

	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/testing/people"
)

func TestPasswordIsHashedAnewWhenTheNumbersChange(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	h.Password(t, o.ID, o.Owner, "correct horse battery")
	stored := func() (hash string) {
		if err := h.DB.Pool().QueryRow(t.Context(), "SELECT password_hash FROM control.account").Scan(&hash); err != nil {
			t.Fatal(err)
		}
		return hash
	}
	before := stored()
	harder := account.New(h.DB, h.Clock, account.Options{Passwords: account.Passwords{Memory: 128, Passes: 1, Lanes: 1}})
	if _, err := harder.Verify(t.Context(), "ada@example.com", "wrong"); err == nil || stored() != before {
		t.Errorf("a wrong password answers %v and left %s", err, stored())
	}
	for range 2 {
		if _, err := harder.Verify(t.Context(), "ada@example.com", "correct horse battery"); err != nil {
			t.Fatal(err)
		}
	}
	if after := stored(); after == before {
		t.Error("the hash was not renewed")
	}
}

func TestThemeIsOneThatExists(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	me := h.As(t, o.ID, o.Owner)
	if err := h.Accounts.SetTheme(me, "dark"); err != nil {
		t.Fatal(err)
	}
	if err := h.Accounts.SetTheme(me, "pink"); err == nil {
		t.Error("pink was taken")
	}
	if mine, err := h.Accounts.Me(me); err != nil || mine.Theme != "dark" || mine.HasPassword || !mine.Operator {
		t.Errorf("the account is %+v, %v", mine, err)
	}
}
