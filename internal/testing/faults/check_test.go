package faults_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/installation"
	"github.com/musterhq/muster/internal/testing/pushsink"
	"github.com/musterhq/muster/internal/testing/smtpsink"
)

// check reads the rows as the superuser does, who sees all of them.
type check struct {
	t    *testing.T
	conn *pgx.Conn
	org  id.ID
}

func newCheck(t *testing.T, here *installation.Installation, org id.ID) *check {
	t.Helper()
	address, err := here.SuperuserURL(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return &check{t: t, conn: conn, org: org}
}

// count answers a question that is a number.
func (c *check) count(sql string, args ...any) int {
	c.t.Helper()
	var n int
	if err := c.conn.QueryRow(c.t.Context(), sql, args...).Scan(&n); err != nil {
		c.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// none fails the test for each row of a question that should have none.
func (c *check) none(what, sql string) {
	c.t.Helper()
	rows, err := c.conn.Query(c.t.Context(), sql)
	if err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToMap)
	if err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
	if len(found) > 0 {
		c.t.Errorf("%s: %d, such as %v", what, len(found), found[0])
	}
}

func (c *check) idle() error {
	rows, err := c.conn.Query(c.t.Context(), `SELECT state::text || ' ' || kind || ' ' || args::text || coalesce(' ' || errors[cardinality(errors)]::text, '') FROM river.river_job
		WHERE state NOT IN ('completed', 'cancelled', 'discarded')`)
	if err != nil {
		return err
	}
	waiting, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err == nil && len(waiting) > 0 {
		err = fmt.Errorf("%d wait, such as %s", len(waiting), waiting[0])
	}
	return err
}

func (c *check) nothingDue() error {
	if n := c.count(`SELECT count(*) FROM control.timer WHERE due_at <= now()`); n > 0 {
		return fmt.Errorf("%d are due", n)
	}
	return nil
}

// acknowledged holds what the people were told against the rows.
func (c *check) acknowledged(s *script) {
	c.t.Helper()
	for key, told := range s.said {
		if n := c.count(`SELECT count(*) FROM muster.room_message WHERE author_id = $1 AND client_key = $2 AND id = $3`, told.author, key, told.message); n != 1 {
			c.t.Errorf("the acknowledged message %s is there %d times", key, n)
		}
	}
	for key, where := range s.declared {
		if n := c.count(`SELECT count(*) FROM muster.incident WHERE idempotency_key = $1 AND '/incidents/INC-' || number = $2`, key, where); n != 1 {
			c.t.Errorf("the acknowledged incident %s at %s is there %d times", key, where, n)
		}
	}
	for key, where := range s.updated {
		if n := c.count(`SELECT count(*) FROM muster.incident_update u JOIN muster.incident i ON i.id = u.incident_id WHERE u.idempotency_key = $1 AND '/incidents/INC-' || i.number = $2`, key, where); n != 1 {
			c.t.Errorf("the acknowledged update %s is there %d times", key, n)
		}
	}
	for key := range s.acted {
		if n := c.count(`SELECT count(*) FROM muster.action WHERE idempotency_key = $1`, key); n != 1 {
			c.t.Errorf("the acknowledged action %s is there %d times", key, n)
		}
	}
	for message := range s.reacted {
		if n := c.count(`SELECT count(*) FROM muster.room_reaction WHERE message_id = $1`, message); n != 1 {
			c.t.Errorf("the message %s has %d reactions", message, n)
		}
	}
	for _, where := range s.reminded {
		if n := c.count(`SELECT count(*) FROM muster.event e JOIN muster.incident i ON i.id = e.incident_id WHERE e.kind = 'incident.update_due' AND '/incidents/INC-' || i.number = $1`, where); n != 1 {
			c.t.Errorf("at %s the due update was reminded of %d times", where, n)
		}
	}
}

// nothingDoubled looks for rows that say the same thing twice, or that nobody was told of.
func (c *check) nothingDoubled(s *script) {
	c.t.Helper()
	for what, pair := range map[string][2]int{
		"incidents":           {len(s.declared), c.count(`SELECT count(*) FROM muster.incident`)},
		"highest number":      {len(s.declared), c.count(`SELECT max(number) FROM muster.incident`)},
		"distinct numbers":    {len(s.declared), c.count(`SELECT count(DISTINCT number) FROM muster.incident`)},
		"incidents counted":   {len(s.declared), c.count(`SELECT sum(total) FROM muster.incident_count`)},
		"people's messages":   {len(s.said), c.count(`SELECT count(*) FROM muster.room_message WHERE kind = 'user'`)},
		"updates":             {len(s.updated), c.count(`SELECT count(*) FROM muster.incident_update`)},
		"actions":             {len(s.acted), c.count(`SELECT count(*) FROM muster.action`)},
		"declaration events":  {len(s.declared), c.count(`SELECT count(*) FROM muster.event WHERE kind = 'incident.declared'`)},
		"update events":       {len(s.updated), c.count(`SELECT count(*) FROM muster.event WHERE kind = 'incident.update_sent'`)},
		"posting events":      {len(s.said), c.count(`SELECT count(*) FROM muster.event e JOIN muster.room_message m ON m.id = e.subject_id WHERE e.kind = 'room.message_posted' AND m.kind = 'user'`)},
		"action events":       {len(s.acted), c.count(`SELECT count(*) FROM muster.event WHERE kind = 'action.created'`)},
		"updates in timeline": {len(s.updated), c.count(`SELECT count(*) FROM muster.timeline_item WHERE source = 'update'`)},
		"declarations logged": {len(s.declared), c.count(`SELECT count(*) FROM muster.audit_entry WHERE action = 'incident.declared'`)},
	} {
		if pair[0] != pair[1] {
			c.t.Errorf("%s: %d were acknowledged and %d are there", what, pair[0], pair[1])
		}
	}
	c.none("an event line that is in a room twice", `SELECT event_id, count(*) FROM muster.room_message WHERE kind = 'event' GROUP BY 1 HAVING count(*) > 1`)
	c.none("an activity without its event", `SELECT a.id FROM muster.activity a LEFT JOIN muster.event e ON e.id = a.id WHERE e.id IS NULL`)
	c.none("an event that a subscriber dealt with twice", `SELECT event_id, subscriber FROM muster.event_handled GROUP BY 1, 2 HAVING count(*) > 1`)
	c.none("a job that was given up", `SELECT id, state, args, errors FROM river.river_job WHERE state IN ('cancelled', 'discarded')`)
	c.none("a quarantined job", `SELECT * FROM control.quarantine`)
	c.none("a job that is done and whose event nobody has dealt with", `SELECT j.args FROM river.river_job j
		LEFT JOIN muster.event_handled h ON h.event_id = j.args ->> 'event' AND h.subscriber = j.args ->> 'subscriber' WHERE j.state = 'completed' AND h.event_id IS NULL`)
	c.none("a stream whose last number belongs to nothing", `SELECT s.stream_id, s.value, max(n.seq) FROM muster.stream s
		LEFT JOIN (SELECT incident_id, seq FROM muster.event WHERE seq IS NOT NULL UNION SELECT incident_id, changed_seq FROM muster.room_message) n ON n.incident_id = s.stream_id
		GROUP BY 1, 2 HAVING max(n.seq) IS DISTINCT FROM s.value`)
	c.none("a card that is in a room twice", `SELECT incident_id, client_key FROM muster.room_message WHERE kind = 'bot' GROUP BY 1, 2 HAVING count(*) > 1`)
}

// told holds the mails and pushes that left against the rows: each at least once, and again only under the same key.
func (c *check) told(mails []smtpsink.Mail, pushes []pushsink.Notification) {
	c.t.Helper()
	// To ring once more is for one's own turn: what of that did not get through is not tried when the turn is over.
	rows, err := c.conn.Query(c.t.Context(), `SELECT method, key, state, last_error FROM muster.notification n
		WHERE NOT (n.state = 'waiting' AND EXISTS (SELECT FROM muster.event e WHERE e.id = n.event_id AND e.kind = 'escalation.target_paged' AND (e.payload ->> 'round')::integer > 1))`)
	if err != nil {
		c.t.Fatal(err)
	}
	keys := map[string]map[string]bool{"mail": {}, "push": {}}
	var method, key, state, failure string
	if _, err := pgx.ForEachRow(rows, []any{&method, &key, &state, &failure}, func() error {
		if state != "sent" && state != "unwanted" {
			c.t.Errorf("a %s is %s: %s", method, state, failure)
		}
		if keys[method][key] && method == "mail" {
			c.t.Errorf("two notifications have the key %s", key)
		}
		keys[method][key] = state == "sent"
		return nil
	}); err != nil {
		c.t.Fatal(err)
	}
	contents := map[string]string{}
	arrived := map[string]int{}
	for _, m := range mails {
		sent := strings.Trim(m.Header.Get("Message-ID"), "<>")
		local, _, _ := strings.Cut(sent, "@")
		wanted, known := keys["mail"][local]
		if !known || !wanted {
			if !strings.Contains(m.Subject, "INC-") { // such as a link to sign in
				continue
			}
			c.t.Errorf("the mail %q (%s) belongs to no notification that was sent", m.Subject, sent)
		}
		if before, again := contents[sent]; again && before != m.To+m.Subject {
			c.t.Errorf("two mails have the key %s: %s and %s", sent, before, m.To+m.Subject)
		}
		contents[sent] = m.To + m.Subject
		arrived[local]++
	}
	missing := 0
	for key, sent := range keys["mail"] {
		if sent && arrived[key] == 0 {
			missing++
		}
	}
	if missing > 0 {
		c.t.Errorf("%d mails that count as sent have not arrived", missing)
	}
	topics := map[string]bool{}
	for _, p := range pushes {
		topics[p.Topic] = true
	}
	if len(keys["mail"]) == 0 || len(keys["push"]) == 0 {
		c.t.Errorf("nobody was told: %d mails, %d pushes", len(keys["mail"]), len(keys["push"]))
	}
	sent := 0
	for _, was := range keys["push"] {
		if was {
			sent++
		}
	}
	if len(topics) < sent {
		c.t.Errorf("%d pushes count as sent and %d topics arrived", sent, len(topics))
	}
	c.t.Logf("%d mails arrived for %d notifications, %d pushes for %d", len(mails), len(keys["mail"]), len(pushes), sent)
}
