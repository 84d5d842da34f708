package scenario_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
	"github.com/musterhq/muster/internal/testing/verbs"
)

// outsider is somebody with every permission who is not let into the private incidents of a world. Ghosts are the same
// world with ids that nothing has: whatever an outsider does must come out the same for both.
type outsider struct {
	t     *testing.T
	s     *scenario.Scenario
	who   *scenario.Browser
	world *verbs.World
	ghost *verbs.World
	// told are the words that would tell of the private incidents.
	told []string
	// plain makes of two answers that tell the same one text.
	plain *strings.Replacer
}

// TestAnOutsiderCannotTellAPrivateIncidentFromNone walks every route and every verb that there is: what is registered
// later is walked by itself.
func TestAnOutsiderCannotTellAPrivateIncidentFromNone(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	o := &outsider{t: t, s: s, who: s.Person("Eve", authz.Owner), world: verbs.NewWorld(t, s, s.Owner)}
	o.fill()
	shown := o.figures()
	for _, in := range []id.ID{o.world.Incident, o.world.Closed, o.world.Joined} {
		if _, err := s.App.Incidents.MakePrivate(o.world.Context, incident.MakePrivate{Incident: in}); err != nil {
			t.Fatal(err)
		}
	}
	s.Work()
	hidden := o.figures()
	if before, after := total(shown), total(hidden); before != after+3 {
		t.Errorf("%d incidents are counted for an outsider before, and %d when three of them are private", before, after)
	}
	o.makeGhosts()
	o.learnWords()
	s.Device(o.who, "eve")
	mails := len(s.Mailed(o.who))

	t.Run("routes", o.routes)
	t.Run("lists", o.lists)
	t.Run("links", o.links)
	t.Run("verbs", o.verbs)
	t.Run("tables", o.everyTable)
	t.Run("time", o.time)
	t.Run("notifications", func(t *testing.T) { o.notifications(t, mails) })
	t.Run("counts", func(t *testing.T) {
		if diff := cmp.Diff(hidden, o.figures()); diff != "" {
			t.Errorf("what happened in private incidents shows in the figures (-before +after):\n%s", diff)
		}
	})
	t.Run("public again", func(t *testing.T) { o.shownAgain(t, shown) })
}

// makeGhosts finds which ids of the world belong to private incidents, and makes others for them that nothing has.
func (o *outsider) makeGhosts() {
	ghost := *o.world
	o.ghost = &ghost
	bound := o.boundIDs()
	same := map[string]string{o.world.Reference: "X0X", "INC-99999": "X0X"}
	made := map[id.ID]id.ID{}
	replace := func(value reflect.Value) {
		known := id.ID(value.String())
		if !bound[known] {
			return
		}
		if made[known] == "" {
			made[known] = id.New(o.s.Clock.Now())
			name := fmt.Sprintf("X%dX", len(made))
			same[string(known)], same[string(made[known])] = name, name
		}
		value.SetString(string(made[known]))
	}
	ofWorld(reflect.ValueOf(o.ghost).Elem(), func(_ string, value reflect.Value) {
		switch value.Interface().(type) {
		case id.ID:
			replace(value)
		case []id.ID:
			copied := slices.Clone(value.Interface().([]id.ID))
			value.Set(reflect.ValueOf(copied))
			for n := range copied {
				replace(value.Index(n))
			}
		}
	})
	o.ghost.Reference = "INC-99999"
	if len(made) < 8 {
		o.t.Fatalf("only %d ids of the world belong to private incidents: the test would prove nothing", len(made))
	}
	var pairs []string
	for from, to := range same {
		pairs = append(pairs, from, to, strings.ToLower(from), to, url.QueryEscape(from), to)
	}
	o.plain = strings.NewReplacer(pairs...)
}

// ofWorld walks the exported fields of a world, also those of what it embeds.
func ofWorld(world reflect.Value, each func(name string, value reflect.Value)) {
	for n := range world.NumField() {
		field := world.Type().Field(n)
		switch {
		case field.Anonymous:
			ofWorld(world.Field(n), each)
		case field.IsExported():
			each(field.Name, world.Field(n))
		}
	}
}

// boundIDs are the ids of private incidents and of every row that belongs to one.
func (o *outsider) boundIDs() map[id.ID]bool {
	o.t.Helper()
	bound := map[id.ID]bool{}
	collect := func(sql string) {
		rows, err := o.s.App.DB.Pool().Query(o.t.Context(), sql)
		if err != nil {
			o.t.Fatal(err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			o.t.Fatal(err)
		}
		for _, one := range ids {
			bound[id.ID(one)] = true
		}
	}
	collect("SELECT id FROM muster.incident WHERE private")
	for _, table := range o.columns("id") {
		collect("SELECT id FROM " + table.Table + " WHERE private")
	}
	return bound
}

// column is a column of a table.
type column struct{ Table, Column string }

// columns lists the columns of a name, or all that hold texts, in the tables of incidents.
func (o *outsider) columns(named string) []column {
	o.t.Helper()
	rows, err := o.s.App.DB.Pool().Query(o.t.Context(), `SELECT c.oid::regclass::text, a.attname FROM muster.incident_tables() c (oid)
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE CASE WHEN $1 = '' THEN a.atttypid IN ('text'::regtype) ELSE a.attname = $1 END`, named)
	if err != nil {
		o.t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[column])
	if err != nil || len(all) == 0 {
		o.t.Fatalf("no columns %q: %v", named, err)
	}
	return all
}

// learnWords gathers what was written in the private incidents, wherever it is kept.
func (o *outsider) learnWords() {
	o.t.Helper()
	columns := append(o.columns(""), column{"muster.incident", "name"}, column{"muster.incident", "summary_source"})
	for _, c := range columns {
		if strings.HasSuffix(c.Column, "_name") || c.Column == "client_key" || strings.Contains(c.Column, "key") || c.Column == "reason" {
			continue // who wrote, and what machines wrote
		}
		rows, err := o.s.App.DB.Pool().Query(o.t.Context(), fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE private AND %[1]s ILIKE '%%%[3]s %%'", c.Column, c.Table, verbs.Marker))
		if err != nil {
			o.t.Fatal(err)
		}
		words, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			o.t.Fatal(err)
		}
		o.told = append(o.told, words...)
	}
	slices.Sort(o.told)
	o.told = slices.Compact(o.told)
	if len(o.told) < 5 {
		o.t.Fatalf("only %q was written in private incidents: the test would prove nothing", o.told)
	}
	o.told = append(o.told, "/incidents/"+o.world.Reference+`"`, string(o.world.Incident), string(o.world.Message), string(o.world.Action))
}

// leaks fails the test when a text tells of a private incident.
func (o *outsider) leaks(t *testing.T, where, text string) {
	t.Helper()
	for _, word := range o.told {
		if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
			t.Errorf("%s tells an outsider %q", where, word)
		}
	}
}

// standsFor says what the parameters of routes mean that have no field of their own name in the world.
var standsFor = map[string]func(w *verbs.World) string{
	"ref":     func(w *verbs.World) string { return w.Reference },
	"user":    func(w *verbs.World) string { return string(w.Member) },
	"request": func(w *verbs.World) string { return string(w.AccessRequest) },
	"item":    func(w *verbs.World) string { return string(w.Activity) },
	"link":    func(w *verbs.World) string { return string(w.Picture) },
	"region":  func(*verbs.World) string { return "header" },
	"what":    func(*verbs.World) string { return "name" },
	"emoji":   func(*verbs.World) string { return "eyes" },
	"key...":  func(*verbs.World) string { return "rooms/none.png" },
}

var parameter = regexp.MustCompile(`\{([A-Za-z_.]+)\}`)

// filled is a pattern's path with the parameters of a world; whatever the world does not have is a word.
func filled(path string, w *verbs.World) string {
	return parameter.ReplaceAllStringFunc(path, func(found string) string {
		name := strings.Trim(found, "{}")
		if of, known := standsFor[name]; known {
			return of(w)
		}
		value := "none"
		ofWorld(reflect.ValueOf(w).Elem(), func(field string, v reflect.Value) {
			if one, is := v.Interface().(id.ID); is && strings.EqualFold(field, name) {
				value = string(one)
			}
		})
		return value
	})
}

// patterns are all routes as they are registered in the source: "GET /incidents/{ref}".
func patterns(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir("../../surface", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if literal, is := node.(*ast.BasicLit); is && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil && routeLike.MatchString(text) {
					found = append(found, text)
				}
			}
			return true
		})
		return nil
	})
	if err != nil || len(found) < 100 {
		t.Fatalf("%d routes found, %v", len(found), err)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

var routeLike = regexp.MustCompile(`^(GET|POST|PUT|DELETE|PATCH) /`)

// routes asks for every address with the ids of a private incident and with those of none.
func (o *outsider) routes(t *testing.T) {
	walked := 0
	for _, pattern := range patterns(t) {
		method, path, _ := strings.Cut(pattern, " ")
		there, nowhere := filled(path, o.world), filled(path, o.ghost)
		switch {
		case path == "/live" || strings.HasPrefix(path, "/assets/"):
		case there == nowhere && method == http.MethodGet:
			o.leaks(t, pattern, o.who.Get(path).Body)
		case there != nowhere:
			walked++
			form := url.Values{"name": {"x"}, "text": {"x"}, "client_key": {"k"}, "message": {"x"}, "seq": {"1"}, "user": {string(o.who.ID)}}
			if method == http.MethodGet {
				form = nil
			}
			one, other := o.who.Send(method, there, form), o.who.Send(method, nowhere, form)
			o.leaks(t, pattern, strings.ReplaceAll(one.Body, o.world.Reference, ""))
			o.leaks(t, pattern+" (headers)", strings.ReplaceAll(fmt.Sprint(one.Header), o.world.Reference, ""))
			if one.Status != other.Status || one.Status >= 500 || o.plain.Replace(one.Body) != o.plain.Replace(other.Body) {
				t.Errorf("%s answers %d for a private incident and %d for none: %s; %s", pattern, one.Status, other.Status, one.Text(), other.Text())
			}
		}
	}
	if walked < 50 {
		t.Errorf("only %d routes name an incident", walked)
	}
}

// lists looks for the private incidents by everything that lists can be narrowed by.
func (o *outsider) lists(t *testing.T) {
	w := o.world
	values := []string{
		string(w.Incident), string(w.Severity), string(w.Owner), verbs.Marker, w.Reference, "live", "private",
	}
	for _, page := range []string{"/incidents", "/palette", "/search", "/people"} {
		for _, name := range []string{"q", "severity", "status", "type", "lead", "category", "participant", "view", "mode", "kind", "role", "incident"} {
			for _, value := range values {
				where := page + "?" + name + "=" + url.QueryEscape(value)
				body := o.who.Get(where).Body
				o.leaks(t, where, strings.ReplaceAll(body, value, "")) // what was asked for may be echoed
			}
		}
	}
}

// links follows every link that the outsider is shown, from the first page on.
func (o *outsider) links(t *testing.T) {
	href := regexp.MustCompile(`(?:href|data-live-src|src)="(/[^"#]*)`)
	seen := map[string]bool{"/": true}
	for queue := []string{"/"}; len(queue) > 0 && len(seen) < 400; queue = queue[1:] {
		page := o.who.Get(queue[0])
		o.leaks(t, queue[0], page.Body)
		for _, found := range href.FindAllStringSubmatch(page.Body, -1) {
			next := strings.ReplaceAll(found[1], "&amp;", "&")
			if !seen[next] && !strings.HasPrefix(next, "/assets/") && !strings.HasPrefix(next, "/live") {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d links were found", len(seen))
	}
}

var errUndo = errors.New("undo")

// verbs calls every verb with the world and with its ghosts, each in a transaction that is taken back.
func (o *outsider) verbs(t *testing.T) {
	all := verbs.All()
	address := regexp.MustCompile(`0x[0-9a-f]+|0[0-9A-HJKMNP-TV-Z]{25}|whsec_[A-Za-z0-9+/=]+`) // and what is random each time
	for _, name := range slices.Sorted(maps.Keys(all)) {
		verb := all[name]
		if verb.Stranger == verbs.Outside {
			continue
		}
		call := func(w *verbs.World) string {
			var said string
			ctx := o.who.Context()
			err := o.s.App.DB.Write(ctx, func(ctx context.Context, _ pgx.Tx) error {
				result, err := verb.Call(ctx, o.s.App, w)
				said = fmt.Sprintf("%+v, %v", result, err)
				return errUndo
			})
			if !errors.Is(err, errUndo) {
				said += fmt.Sprint(err)
			}
			return said
		}
		there, nowhere := call(o.world), call(o.ghost)
		if there == nowhere {
			o.leaks(t, name, there)
		} else { // it repeats the ids that it was given
			o.leaks(t, name, o.plain.Replace(there))
		}
		if one, other := address.ReplaceAllString(o.plain.Replace(there), "ID"), address.ReplaceAllString(o.plain.Replace(nowhere), "ID"); one != other {
			t.Errorf("%s answers for a private incident %s\nand for none %s", name, one, other)
		}
	}
}

// time compares how long the two answers take at best.
func (o *outsider) time(t *testing.T) {
	best := func(path string) time.Duration {
		least := time.Hour
		for range 12 {
			began := time.Now()
			o.who.Get(path)
			least = min(least, time.Since(began))
		}
		return least
	}
	there, nowhere := best("/incidents/"+o.world.Reference), best("/incidents/INC-99999")
	if allowed := 3 * time.Millisecond; there > 2*nowhere+allowed || nowhere > 2*there+allowed {
		t.Errorf("a private incident takes %s and none %s", there, nowhere)
	}
}

// notifications lets the private incidents be busy and mention the outsider.
func (o *outsider) notifications(t *testing.T, mails int) {
	ctx, before := o.world.Context, len(o.s.Pushed("eve"))
	mention := fmt.Sprintf(" @[Eve](user:%s)", o.who.ID)
	if _, err := o.s.App.Rooms.Post(ctx, room.Post{Incident: o.world.Incident, ClientKey: "busy", Source: verbs.Marker + " more" + mention}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.s.App.Incidents.SendUpdate(ctx, incident.SendUpdate{Incident: o.world.Incident, Message: verbs.Marker + " news" + mention, NextMinutes: 10, Key: "busy"}); err != nil {
		t.Fatal(err)
	}
	o.s.Advance(30 * time.Minute)
	if pushed, mailed := o.s.Pushed("eve")[before:], o.s.Mailed(o.who)[mails:]; len(pushed)+len(mailed) > 0 {
		t.Errorf("an outsider is told %q and %q", pushed, mailed)
	}
	o.s.Owner.Get("/incidents/" + o.world.Reference).Is(http.StatusOK).Has("Eve is not in this private incident")
}
