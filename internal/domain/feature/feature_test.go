package feature_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/people"
)

var (
	board = feature.Define("test_board", false, "Shows a board.", feature.FirstUse)
	limit = feature.Define("test_limit", 3, "How many of them.", feature.DayOne)
)

func TestFlagsAreOfOneOrganisation(t *testing.T) {
	h := people.New(t)
	ours, theirs := h.Organisation(t, "Ours", "Ada", "ada@example.com"), h.Organisation(t, "Theirs", "Ben", "ben@example.com")
	us, them := h.As(t, ours.ID, ours.Owner), h.As(t, theirs.ID, theirs.Owner)
	if h.Features.Enabled(us, board) {
		t.Error("on before anybody set it")
	}
	if err := feature.Set(us, h.Features, board, true); err != nil {
		t.Fatal(err)
	}
	if !h.Features.Enabled(us, board) || h.Features.Enabled(them, board) {
		t.Error("the flag is not on for us alone")
	}
	elsewhere := feature.New(h.DB, h.Bus, h.Clock) // another process
	if !elsewhere.Enabled(us, board) {
		t.Error("another process reads it off")
	}
	if err := feature.Set(us, h.Features, board, false); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(5 * time.Second)
	if elsewhere.Enabled(us, board) {
		t.Error("another process goes on with the old value")
	}
}

func TestFlagsAreTyped(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Ours", "Ada", "ada@example.com")
	me := h.As(t, o.ID, o.Owner)
	if err := h.Features.SetValue(me, feature.SetValue{Name: "test_limit", Value: json.RawMessage(`"many"`)}); !problem.Is(err, problem.Invalid) {
		t.Errorf("a text for a number answers %v", err)
	}
	if err := h.Features.SetValue(me, feature.SetValue{Name: "unknown", Value: json.RawMessage(`1`)}); !problem.Is(err, problem.NotFound) {
		t.Errorf("an unknown flag answers %v", err)
	}
	if err := feature.Set(me, h.Features, limit, 7); err != nil {
		t.Fatal(err)
	}
	if n, err := feature.Get(me, h.Features, limit); err != nil || n != 7 {
		t.Errorf("the limit is %d, %v", n, err)
	}
	states, err := h.Features.List(me)
	if err != nil {
		t.Fatal(err)
	}
	var seen bool
	for _, s := range states {
		if s.Name == "test_limit" {
			seen = string(s.Value) == "7" && string(s.Initial) == "3" && s.Kind == "int" && s.SetAt.Equal(h.Clock.Now())
		}
	}
	if !seen {
		t.Errorf("the list is %+v", states)
	}
	if err := h.Features.SetValue(me, feature.SetValue{Name: "test_limit"}); err != nil {
		t.Fatal(err)
	}
	if n, err := feature.Get(me, h.Features, limit); err != nil || n != 3 {
		t.Errorf("after going back the limit is %d, %v", n, err)
	}
	viewer := h.Enrol(t, o.ID, "viewer@example.com", authz.Viewer)
	if err := feature.Set(h.As(t, o.ID, viewer), h.Features, limit, 1); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a viewer's change answers %v", err)
	}
}
