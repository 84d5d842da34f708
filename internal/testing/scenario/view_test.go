package scenario_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/scenario"
)

func TestViewIsSavedSharedAndDeleted(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben, kim := s.Person("Ben", authz.Responder), s.Person("Kim", authz.Responder)
	declare(t, ben, "Card payments fail")
	if list := ben.Get("/incidents?q=card&after=&view=live").Is(200); !strings.Contains(list.Body, `href="/views/new?q=card&amp;view=live"`) {
		t.Fatal("a filtered list does not offer to save it")
	}
	ben.Post("/views", url.Values{"name": {" "}, "query": {"q=card&view=live"}}).Is(422)
	page := ben.Post("/views", url.Values{"name": {"Cards"}, "query": {"view=live&q=card&after=x"}}).Is(200)
	if !strings.Contains(page.Body, ">Cards") || strings.Contains(page.Body, "/views/new") {
		t.Fatal("the saved view is not a tab, or is offered again")
	}
	if strings.Contains(kim.Get("/incidents").Is(200).Body, ">Cards") {
		t.Fatal("a view that is not shared is seen by another")
	}
	at := page.Body[strings.Index(page.Body, "/views/"):]
	at = at[:strings.Index(at, "/edit")]
	kim.Put(at, url.Values{"name": {"Kim's"}, "query": {"q=card"}, "version": {"1"}}).Is(404)
	ben.Put(at, url.Values{"name": {"Cards"}, "query": {"q=card&view=live"}, "version": {"1"}, "shared": {"on"}}).Is(200)
	ben.Put(at, url.Values{"name": {"Late"}, "query": {"q=card"}, "version": {"1"}, "shared": {"on"}}).Is(409)
	if !strings.Contains(kim.Get("/incidents").Is(200).Body, ">Cards") {
		t.Fatal("a shared view is not seen by another")
	}
	kim.Delete(at).Is(403)
	s.Owner.Delete(at).Is(200)
	if strings.Contains(ben.Get("/incidents").Is(200).Body, ">Cards") {
		t.Error("a deleted view is still there")
	}
}
