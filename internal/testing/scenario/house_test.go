package scenario_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/scenario"
)

func TestWhoGoesWildIsStoppedAloneAndForAWhile(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben := s.Person("Ben", authz.Responder)
	var answer *scenario.Page
	for range 100 {
		if answer = s.Owner.Get("/palette?q=a"); answer.Status != http.StatusOK {
			break
		}
	}
	answer.Is(http.StatusTooManyRequests).Has("too often", "Try again in 1 s")
	if answer.Header.Get("Retry-After") != "1" {
		t.Errorf("told to come back after %q", answer.Header.Get("Retry-After"))
	}
	ben.Get("/palette?q=a").Is(http.StatusOK)
	s.Owner.Get("/").Is(http.StatusOK)
	s.Clock.Advance(time.Second)
	s.Owner.Get("/palette?q=a").Is(http.StatusOK)
}

func TestPrivateIsOfferedWhereItIsSwitchedOn(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben := s.Person("Ben", authz.Administrator)
	s.Owner.Get("/incidents/new").Is(http.StatusOK).Lacks("Private")
	if err := s.App.Features.SetValue(s.System(), feature.SetValue{Name: "private_incidents", Value: json.RawMessage("true")}); err != nil {
		t.Fatal(err)
	}
	s.Owner.Get("/incidents/new").Is(http.StatusOK).Has("Private", "given a role")
	where := s.Owner.Post("/incidents", url.Values{"name": {"A laptop was stolen"}, "key": {"k1"}, "private": {"on"}}).Is(http.StatusOK).Path
	if !strings.HasPrefix(where, "/incidents/") {
		t.Fatalf("declaring leads to %s", where)
	}
	s.Owner.Get(where).Is(http.StatusOK).Has("Private", "A laptop was stolen")
	ben.Get(where).Is(http.StatusNotFound).Lacks("laptop")
	again := s.Owner.Post("/incidents", url.Values{"name": {""}, "key": {"k2"}, "private": {"on"}}).Is(http.StatusUnprocessableEntity)
	if !strings.Contains(again.Body, `name="private" value="on" checked`) {
		t.Error("the form forgets that it was to be private")
	}
}

func TestFiguresSayWhatHappened(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	declare(t, s.Owner, "Search is down")
	figures := s.Owner.Get("/metrics").Is(http.StatusOK).Body
	for _, part := range []string{
		`muster_events_total{kind="incident.declared",process="scenario",`, `route="POST /incidents",`, `muster_db_connections{pool="main",process="scenario",`, "muster_live_streams",
	} {
		if !strings.Contains(figures, part) {
			t.Errorf("the figures lack %s", part)
		}
	}
}
