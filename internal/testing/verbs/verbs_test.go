package verbs_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/scenario"
	"github.com/musterhq/muster/internal/testing/verbs"
)

// TestEveryVerb calls each verb as its owner, as a viewer, as nobody and as a stranger, on one house.
func TestEveryVerb(t *testing.T) {
	s := scenario.New(t)
	all, w := verbs.All(), verbs.NewWorld(t, s, s.Owner)
	began := s.Begin("Elsewhere", "Eve", "eve@example.test")
	stranger := s.PersonOf(began.ID, "Mallory", authz.Owner)
	viewer := s.Person("Vera", authz.Viewer)

	if got, want := slices.Sorted(maps.Keys(all)), verbs.Exported(s.App); !slices.Equal(got, want) {
		for _, name := range want {
			if _, known := all[name]; !known {
				t.Errorf("%s is not registered: say in this package how it is called", name)
			}
		}
		for _, name := range got {
			if !slices.Contains(want, name) {
				t.Errorf("%s is registered and does not exist", name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		verb := all[name]
		if verb.Stranger == verbs.Outside {
			if verb.Why == "" {
				t.Errorf("%s: say what guards it", name)
			}
			continue
		}
		t.Run(name, func(t *testing.T) {
			asOwner(t, s, verb, w)
			asNobody(t, s, verb, w)
			asViewer(t, s, verb, w, viewer.Context())
			asStranger(t, s, verb, w, stranger.Context())
		})
	}
}

var errUndo = errors.New("undo")

// asOwner shows that the arguments are right, so that a refusal of others has no other reason.
func asOwner(t *testing.T, s *scenario.Scenario, verb verbs.Verb, w *verbs.World) {
	t.Helper()
	err := undone(s, w.Context, func(ctx context.Context) error {
		_, err := verb.Call(ctx, s.App, w)
		return err
	})
	if err != nil {
		t.Errorf("as the owner: %v", err)
	}
}

// undone runs fn in a transaction that is rolled back.
func undone(s *scenario.Scenario, ctx context.Context, fn func(ctx context.Context) error) error {
	err := s.App.DB.Write(ctx, func(ctx context.Context, _ pgx.Tx) error {
		if err := fn(ctx); err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		return nil
	}
	return err
}

func asNobody(t *testing.T, s *scenario.Scenario, verb verbs.Verb, w *verbs.World) {
	t.Helper()
	if result, err := verb.Call(t.Context(), s.App, w); err == nil && !empty(result) {
		t.Errorf("without an organisation: %+v", result)
	}
}

func asViewer(t *testing.T, s *scenario.Scenario, verb verbs.Verb, w *verbs.World, ctx context.Context) {
	t.Helper()
	err := undone(s, ctx, func(ctx context.Context) error {
		_, err := verb.Call(ctx, s.App, w)
		return err
	})
	if verb.Forbidden && !problem.Is(err, problem.Forbidden) {
		t.Errorf("as a viewer: %v, want it forbidden", err)
	}
	if !verb.Forbidden && problem.Is(err, problem.Forbidden) {
		t.Errorf("as a viewer: %v, and the registry says that they may", err)
	}
}

func asStranger(t *testing.T, s *scenario.Scenario, verb verbs.Verb, w *verbs.World, ctx context.Context) {
	t.Helper()
	result, err := verb.Call(ctx, s.App, w)
	switch verb.Stranger {
	case verbs.NotFound:
		if !problem.Is(err, problem.NotFound) {
			t.Errorf("as a stranger: %+v, %v, want not found", result, err)
		}
	case verbs.Nothing:
		if err != nil || !empty(result) {
			t.Errorf("as a stranger: %+v, %v, want nothing", result, err)
		}
	case verbs.Own:
		shown := fmt.Sprintf("%+v %v", result, err)
		for _, secret := range []string{verbs.Marker, string(w.Organisation), string(w.Owner), string(w.Incident), string(w.Severity), string(w.Message)} {
			if strings.Contains(strings.ToLower(shown), strings.ToLower(secret)) {
				t.Errorf("as a stranger: it tells of %s: %s", secret, shown)
			}
		}
	}
}

// empty reports whether a result tells nothing.
func empty(result any) bool {
	value := reflect.ValueOf(result)
	if !value.IsValid() {
		return true
	}
	switch value.Kind() {
	case reflect.Slice:
		return value.Len() == 0
	case reflect.Map: // a question that comes back with zeros was not answered
		for _, key := range value.MapKeys() {
			if !value.MapIndex(key).IsZero() {
				return false
			}
		}
		return true
	default:
		return value.IsZero()
	}
}

// TestForeignThingsInOwnIncident gives verbs on one's own incident the ids of another organisation's settings, people
// and pictures.
func TestForeignThingsInOwnIncident(t *testing.T) {
	s := scenario.New(t)
	foreign := verbs.NewWorld(t, s, s.Owner)
	began := s.Begin("Elsewhere", "Eve", "eve@example.test")
	mine := verbs.NewWorld(t, s, s.PersonOf(began.ID, "Mallory", authz.Owner))
	for name, call := range map[string]func(ctx context.Context, a *app.App) error{
		"severity": func(ctx context.Context, a *app.App) error {
			_, err := a.Incidents.ChangeSeverity(ctx, incident.ChangeSeverity{Incident: mine.Incident, Severity: foreign.OtherSeverity})
			return err
		},
		"status": func(ctx context.Context, a *app.App) error {
			_, err := a.Incidents.ChangeStatus(ctx, incident.ChangeStatus{Incident: mine.Incident, Status: foreign.Status})
			return err
		},
		"role": func(ctx context.Context, a *app.App) error {
			_, err := a.Incidents.AssignRole(ctx, incident.AssignRole{Incident: mine.Incident, Role: foreign.Role, Assignee: mine.Owner})
			return err
		},
		"role's holder": func(ctx context.Context, a *app.App) error {
			_, err := a.Incidents.AssignRole(ctx, incident.AssignRole{Incident: mine.Incident, Role: mine.Role, Assignee: foreign.Member})
			return err
		},
		"declared severity": func(ctx context.Context, a *app.App) error {
			_, err := a.Incidents.Declare(ctx, incident.Declare{Name: "Declared", Severity: foreign.Severity})
			return err
		},
		"declared type": func(ctx context.Context, a *app.App) error {
			_, err := a.Incidents.Declare(ctx, incident.Declare{Name: "Declared", Type: foreign.Type})
			return err
		},
		"declared lead": func(ctx context.Context, a *app.App) error {
			_, err := a.Incidents.Declare(ctx, incident.Declare{Name: "Declared", Lead: foreign.Member})
			return err
		},
		"update's severity": func(ctx context.Context, a *app.App) error {
			_, err := a.Incidents.SendUpdate(ctx, incident.SendUpdate{Incident: mine.Incident, Message: "News", Severity: foreign.OtherSeverity, Key: "x"})
			return err
		},
		"action's assignee": func(ctx context.Context, a *app.App) error {
			_, err := a.Actions.Create(ctx, action.Create{Incident: mine.Incident, Description: "Do it", Assignee: foreign.Member})
			return err
		},
		"picture": func(ctx context.Context, a *app.App) error {
			_, err := a.Rooms.Post(ctx, room.Post{Incident: mine.Incident, ClientKey: "x", Source: "Words", Files: []id.ID{foreign.Picture}})
			return err
		},
	} {
		err := undone(s, mine.Context, func(ctx context.Context) error { return call(ctx, s.App) })
		if !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Invalid) {
			t.Errorf("another organisation's %s: %v, want it refused as unknown", name, err)
		}
	}
	// The idempotency key of somebody else's declaration begins an incident of one's own.
	brief, err := s.App.Incidents.Declare(mine.Context, incident.Declare{Name: "Mine", Key: "only-mine"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "Theirs", Key: "only-mine"})
	if err != nil || again.Existing || again.ID == brief.ID {
		t.Errorf("a key of another organisation: %+v, %v", again, err)
	}
}
