package redaction

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// work goes through all tables in one transaction.
type work struct {
	tx       pgx.Tx
	incident id.ID
	// only narrows it to these rows of these tables, of whichever incident: conditions over ids, $1; nil does not.
	only     map[string]string
	ids      []string
	secrets  []string
	at       time.Time
	keys     map[string][]string // the columns of each table's primary key
	versions map[string][]string // those that count its changes
	counts   map[string]int
	seen     map[string]bool // rows that were counted, by table and key
	touched  map[id.ID]*touch
}

// touch is what changed within one incident.
type touch struct {
	places               int
	messages, activities []id.ID
}

func newWork(tx pgx.Tx, inc id.ID, at time.Time) *work {
	return &work{tx: tx, incident: inc, at: at, counts: map[string]int{}, seen: map[string]bool{}, touched: map[id.ID]*touch{}}
}

// pass looks through everything once and answers how many rows had the secret; write takes it out of them.
func (w *work) pass(ctx context.Context, write bool) (int, error) {
	if err := w.prepare(ctx); err != nil {
		return 0, err
	}
	changed := 0
	for _, t := range tables {
		if t.incident == "" && !w.incident.Empty() || w.only != nil && w.only[t.name] == "" {
			continue
		}
		n, err := w.table(ctx, t, write)
		if err != nil {
			return 0, fmt.Errorf("redact %s: %w", t.called, err)
		}
		changed += n
	}
	return changed, nil
}

// through looks through everything, and when it writes again and again until nothing has the secret: what was written
// meanwhile as well.
func (w *work) through(ctx context.Context, write bool) error {
	for range passes {
		changed, err := w.pass(ctx, write)
		if err != nil || changed == 0 || !write {
			return err
		}
	}
	return nil
}

// prepare reads the keys of all tables, and hands the secrets to the database as a setting of the transaction: a
// parameter of a query that turns out slow would be written to the server's log.
func (w *work) prepare(ctx context.Context) error {
	if w.keys != nil {
		return nil
	}
	w.keys, w.versions = map[string][]string{}, map[string][]string{}
	if _, err := w.tx.Exec(ctx, "SELECT set_config('muster.sought', $1, true)", strings.Join(within(w.secrets), "\x01")); err != nil {
		return fmt.Errorf("prepare a redaction: %w", err)
	}
	rows, err := w.tx.Query(ctx, `SELECT c.relname::text, a.attname::text, coalesce(a.attnum = ANY (i.indkey), false)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
		WHERE n.nspname = 'muster' AND c.relkind = 'r' ORDER BY 1, a.attnum`)
	if err != nil {
		return fmt.Errorf("read the keys: %w", err)
	}
	var name, column string
	var key bool
	_, err = pgx.ForEachRow(rows, []any{&name, &column, &key}, func() error {
		if key && column != "organisation_id" {
			w.keys[name] = append(w.keys[name], column)
		}
		if column == "row_version" || column == "summary_version" {
			w.versions[name] = append(w.versions[name], column)
		}
		return nil
	})
	return err
}

// columns lists what is read of a table: the incident, the key, and the texts, all as text.
func (w *work) columns(t table) (list string, texts []string) {
	incident := "''"
	if t.incident != "" {
		incident = "coalesce(" + t.incident + "::text, '')"
	}
	parts := []string{incident}
	for _, k := range w.keys[t.name] {
		parts = append(parts, `"`+k+`"::text`)
	}
	for _, one := range t.texts {
		texts = append(texts, one.column)
		if one.document != "" {
			texts = append(texts, one.document)
		}
	}
	for _, c := range texts {
		parts = append(parts, `"`+c+`"::text`)
	}
	return strings.Join(parts, ", "), texts
}

func (w *work) table(ctx context.Context, t table, write bool) (int, error) {
	list, texts := w.columns(t)
	where, args := []string{"organisation_id = muster.current_organisation()"}, []any{}
	if w.only != nil {
		where = append(where, w.only[t.name])
		args = append(args, w.ids)
	} else if !w.incident.Empty() {
		where = append(where, t.incident+" = $1")
		args = append(args, string(w.incident))
	} else { // of a whole organisation only the rows that have it come over the wire
		var has []string
		for _, c := range texts {
			has = append(has, `position(s IN "`+c+`"::text) > 0`)
		}
		where = append(where, "EXISTS (SELECT FROM unnest(string_to_array(current_setting('muster.sought'), chr(1))) s WHERE "+strings.Join(has, " OR ")+")")
	}
	found, err := w.rows(ctx, "SELECT "+list+" FROM muster."+t.name+" WHERE "+strings.Join(where, " AND "), args, len(texts))
	if err != nil {
		return 0, err
	}
	changed := 0
	for _, row := range found {
		_, differs, err := w.redact(ctx, t, row.texts)
		if err != nil {
			return 0, err
		}
		if !differs {
			continue
		}
		changed++
		w.count(t, row)
		if write {
			if err := w.write(ctx, t, list, row); err != nil {
				return 0, err
			}
		}
	}
	return changed, nil
}

type row struct {
	incident id.ID
	key      []string
	texts    []*string
}

func (w *work) rows(ctx context.Context, sql string, args []any, texts int) ([]row, error) {
	answer, err := w.tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(answer, func(r pgx.CollectableRow) (row, error) {
		values := make([]*string, len(r.FieldDescriptions()))
		into := make([]any, len(values))
		for n := range values {
			into[n] = &values[n]
		}
		if err := r.Scan(into...); err != nil {
			return row{}, err
		}
		one := row{incident: id.ID(*values[0]), texts: values[len(values)-texts:]}
		for _, k := range values[1 : len(values)-texts] {
			one.key = append(one.key, *k)
		}
		return one, nil
	})
}

// write changes one row as it is under its lock, which may be otherwise than it was found.
func (w *work) write(ctx context.Context, t table, list string, r row) error {
	where, args := []string{"organisation_id = muster.current_organisation()"}, []any{}
	for n, k := range w.keys[t.name] {
		args = append(args, r.key[n])
		where = append(where, fmt.Sprintf(`"%s"::text = $%d`, k, n+1))
	}
	now, err := w.rows(ctx, "SELECT "+list+" FROM muster."+t.name+" WHERE "+strings.Join(where, " AND ")+" FOR NO KEY UPDATE", args, len(r.texts))
	if err != nil || len(now) == 0 {
		return err
	}
	clean, differs, err := w.redact(ctx, t, now[0].texts)
	if err != nil || !differs {
		return err
	}
	_, texts := w.columns(t)
	var set []string
	for n, c := range texts {
		if same(clean[n], now[0].texts[n]) {
			continue
		}
		args = append(args, clean[n])
		set = append(set, fmt.Sprintf(`"%s" = $%d%s`, c, len(args), cast(t, c)))
	}
	for _, v := range w.versions[t.name] { // whoever edits what it was is told
		set = append(set, v+" = "+v+" + 1")
	}
	_, err = w.tx.Exec(ctx, "UPDATE muster."+t.name+" SET "+strings.Join(set, ", ")+" WHERE "+strings.Join(where, " AND "), args...)
	return err
}

// cast is how a value comes back from text.
func cast(t table, column string) string {
	for _, one := range t.texts {
		if one.document == column || one.column == column && (one.values || one.blocks) {
			return "::text::jsonb"
		}
	}
	return "::text"
}

func same(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// redact returns the texts of a row without the secret, and whether they differ.
func (w *work) redact(ctx context.Context, t table, texts []*string) ([]*string, bool, error) {
	clean := slices.Clone(texts)
	differs, at := false, 0
	for _, one := range t.texts {
		var found int
		var err error
		switch {
		case one.document != "":
			found, err = w.rich(ctx, &clean[at], &clean[at+1])
			at++
		case clean[at] == nil:
		case one.values, one.blocks:
			found, err = w.values(&clean[at], one.blocks)
		default:
			var text string
			if text, found = richtext.RedactText(*clean[at], w.secrets, Mark); found > 0 {
				if one.key {
					text += " " + string(id.New(w.at))
				}
				clean[at] = &text
			}
		}
		if err != nil {
			return nil, false, err
		}
		differs = differs || found > 0
		at++
	}
	return clean, differs, nil
}

// rich cleans a text that is kept as typed and as read. Where only one of them shows the secret, because markup stands
// within it, the other is made anew from it.
func (w *work) rich(ctx context.Context, source, document **string) (int, error) {
	var typed string
	found := 0
	if *source != nil {
		typed, found = richtext.RedactText(**source, w.secrets, Mark)
	}
	if found > 0 {
		read, err := incident.ReadText(ctx, w.tx, typed)
		if err != nil {
			return 0, err
		}
		read, again := read.Redact(w.secrets, Mark)
		if again > 0 {
			typed = read.Markdown()
		}
		*source = &typed
		if *document != nil {
			stored := string(read.JSON())
			*document = &stored
		}
		return found + again, nil
	}
	if *document == nil {
		return 0, nil
	}
	read, _, err := richtext.FromJSON([]byte(**document))
	if err != nil {
		return 0, fmt.Errorf("read a document: %w", err)
	}
	if read, found = read.Redact(w.secrets, Mark); found == 0 {
		return 0, nil
	}
	typed = read.Markdown()
	stored := string(read.JSON())
	*source, *document = &typed, &stored
	return found, nil
}

// values cleans the texts within a JSON value.
func (w *work) values(stored **string, blocks bool) (int, error) {
	decoder := json.NewDecoder(strings.NewReader(**stored))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return 0, fmt.Errorf("read a value: %w", err)
	}
	found := 0
	value, err := w.walk(value, blocks, &found)
	if err != nil || found == 0 {
		return 0, err
	}
	clean, err := json.Marshal(value)
	if err != nil {
		return 0, fmt.Errorf("write a value: %w", err)
	}
	text := string(clean)
	*stored = &text
	return found, nil
}

// wiring are the texts of blocks that no person reads and that buttons need as they are.
var wiring = []string{"action", "value", "kind", "style", "key", "target", "type"}

func (w *work) walk(value any, blocks bool, found *int) (any, error) {
	switch v := value.(type) {
	case string:
		text, n := richtext.RedactText(v, w.secrets, Mark)
		*found += n
		return text, nil
	case []any:
		for n := range v {
			var err error
			if v[n], err = w.walk(v[n], blocks, found); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		if v["type"] == "doc" {
			return w.document(v, found)
		}
		for k, inner := range v {
			if _, isText := inner.(string); blocks && isText && slices.Contains(wiring, k) {
				continue
			}
			var err error
			if v[k], err = w.walk(inner, blocks, found); err != nil {
				return nil, err
			}
		}
	}
	return value, nil
}

func (w *work) document(value map[string]any, found *int) (any, error) {
	stored, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("read a document: %w", err)
	}
	read, _, err := richtext.FromJSON(stored)
	if err != nil {
		return nil, fmt.Errorf("read a document: %w", err)
	}
	read, n := read.Redact(w.secrets, Mark)
	if n == 0 {
		return value, nil
	}
	*found += n
	var clean any
	if err := json.Unmarshal(read.JSON(), &clean); err != nil {
		return nil, fmt.Errorf("write a document: %w", err)
	}
	return clean, nil
}

// count notes a row once, however many passes it takes.
func (w *work) count(t table, r row) {
	name := t.name + " " + strings.Join(r.key, " ")
	if w.seen[name] {
		return
	}
	w.seen[name] = true
	w.counts[t.called]++
	if r.incident.Empty() {
		return
	}
	touched := w.touched[r.incident]
	if touched == nil {
		touched = &touch{}
		w.touched[r.incident] = touched
	}
	touched.places++
	switch t.name {
	case "room_message":
		touched.messages = append(touched.messages, id.ID(r.key[0]))
	case "activity":
		touched.activities = append(touched.activities, id.ID(r.key[0]))
	}
}

func (w *work) report() Report {
	r := Report{Incidents: len(w.touched)}
	for _, t := range tables {
		if n := w.counts[t.called]; n > 0 && !slices.ContainsFunc(r.Places, func(p Place) bool { return p.Called == t.called }) {
			r.Places = append(r.Places, Place{Called: t.called, Count: n})
			r.Total += n
		}
	}
	return r
}
