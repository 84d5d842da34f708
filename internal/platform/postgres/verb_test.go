package postgres

import "testing"

func TestFunctionNamesReadAsVerbs(t *testing.T) {
	t.Parallel()
	for function, want := range map[string]string{
		"github.com/musterhq/muster/internal/domain/incident.(*Service).Declare": "incident.Declare",
		"x/incident.Service.Declare.func1":                                       "incident.Declare",
		"x/incident.Find":                                                        "incident.Find",
		"x/jobs.list[...]":                                                       "jobs.list",
		"x/settings.(*Pages).listRoutes.func2.1":                                 "settings.listRoutes",
		"x/room.(*Service).act.Service.act.func1.2":                              "room.act",
	} {
		if got := spoken(function); got != want {
			t.Errorf("%s reads as %q, want %q", function, got, want)
		}
	}
}
