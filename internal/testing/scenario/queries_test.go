package scenario_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/testing/scenario"
)

// One row more is no reason to ask the database once more.
func TestPagesAskTheSameForOneRowAndForTwelve(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	first := declare(t, s.Owner, "Search is down")
	fill := func(from, to int) {
		for n := from; n < to; n++ {
			key := url.Values{"key": {fmt.Sprint(n)}}
			s.Owner.Post("/incidents", url.Values{"name": {fmt.Sprintf("Search is slow %d", n)}, "key": key["key"]}).Is(http.StatusOK)
			s.Owner.Post(first+"/room/messages", url.Values{"text": {fmt.Sprintf("We look at part %d", n)}, "client_key": key["key"]})
			s.Owner.Post(first+"/actions", url.Values{"description": {fmt.Sprintf("Look at part %d", n)}, "assignee": {string(s.Owner.ID)}, "key": key["key"]})
			s.Owner.Post(first+"/updates", url.Values{"message": {fmt.Sprintf("Part %d is well", n)}, "next": {"0"}, "key": key["key"]})
		}
		s.Work()
	}
	pages := []struct {
		path string
		most int
	}{
		{"/", 16},
		{"/incidents", 17},
		{"/incidents?q=search", 17},
		{"/search?q=search", 15},
		{first, 20},
		{first + "/timeline", 17},
		{first + "/actions", 17},
		{first + "/updates", 17},
		{first + "/brief", 16},
		{first + "/regions/header", 9},
		{first + "/regions/band", 9},
		{first + "/regions/tabs", 9},
		{first + "/regions/side", 9},
		{first + "/regions/details?tab=details", 9},
		{first + "/regions/timeline", 12},
		{first + "/room/messages?before=1000", 10},
	}
	count := func(path string) []string {
		s.Owner.Get(path).Is(http.StatusOK) // what is remembered by the process, and that the page was seen
		return s.Queries(func() { s.Owner.Get(path).Is(http.StatusOK) })
	}
	fill(0, 1)
	few := map[string]int{}
	for _, page := range pages {
		few[page.path] = len(count(page.path))
	}
	fill(1, 12)
	for _, page := range pages {
		many := count(page.path)
		trips := len(slices.DeleteFunc(slices.Clone(many), func(sql string) bool { return strings.HasPrefix(sql, scenario.Together) }))
		if len(many) > few[page.path] || trips > page.most {
			t.Errorf("%s asks for %d things with one row and for %d with twelve, in %d round trips, at most %d:\n%s", page.path, few[page.path], len(many), trips, page.most, strings.Join(many, "\n"))
		}
	}
}
