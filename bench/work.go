package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/platform/supervise"
)

// span is how long each kind of work is measured.
const span = 5 * time.Second

// declares measures how fast incidents are declared, each durable when it is acknowledged.
func (b *bench) declares(ctx context.Context, writers int) error {
	var taken durations
	err := abreast(writers, span, func(worker, round int) error {
		key := fmt.Sprintf("declare-%d-%d-%d", writers, worker, round)
		_, took, err := declare(ctx, b.people[worker], "Something is wrong "+key, key)
		taken.add(took)
		return err
	})
	if err != nil {
		return err
	}
	name := fmt.Sprintf("declare.%d_writers", writers)
	return errors.Join(
		b.tell(name, float64(len(taken.taken))/span.Seconds(), "/s", "incidents declared over HTTP"),
		b.spread(name+".acknowledged", taken.taken, ""))
}

// pace is how often each of many writers says something: people, not a flood.
const pace = 200 * time.Millisecond

// room measures how soon a message is on the screens of others: from its sending and from its acknowledgement.
func (b *bench) room(ctx context.Context, writers int) error {
	where, _, err := declare(ctx, b.people[0], fmt.Sprintf("Room of %d", writers), fmt.Sprintf("room-%d", writers))
	if err != nil {
		return err
	}
	incident, err := b.find(ctx, b.here, where)
	if err != nil {
		return err
	}
	listening, stop := context.WithCancel(ctx)
	defer stop()
	seen, err := b.listen(listening, "incident:"+string(incident))
	if err != nil {
		return err
	}
	var acknowledged, fromSent, fromAcknowledged durations
	var waiting sync.WaitGroup
	err = abreast(writers, span, func(worker, round int) error {
		key := fmt.Sprintf("say-%d-%d-%d", writers, worker, round)
		arrived := seen.expect(key)
		sent := time.Now()
		took, err := say(ctx, b.people[worker], where, "Message "+key, key)
		if err != nil {
			return err
		}
		acknowledged.add(took)
		waiting.Go(func() {
			select {
			case at := <-arrived:
				fromSent.add(at.Sub(sent))
				fromAcknowledged.add(max(0, at.Sub(sent.Add(took))))
			case <-time.After(10 * time.Second):
			}
		})
		if writers > 1 {
			time.Sleep(max(0, pace-took))
		}
		return nil
	})
	waiting.Wait()
	if err != nil {
		return err
	}
	if lost := len(acknowledged.taken) - len(fromSent.taken); lost > 0 {
		return fmt.Errorf("%d of %d messages were not seen by the other browser within 10 s", lost, len(acknowledged.taken))
	}
	name, note := fmt.Sprintf("room.%d_writers", writers), ", one after the other"
	if writers > 1 {
		note = fmt.Sprintf(", each writer every %s", pace)
	}
	return errors.Join(
		b.spread(name+".acknowledged", acknowledged.taken, note),
		b.spread(name+".sent_to_seen", fromSent.taken, note),
		b.spread(name+".accepted_to_seen", fromAcknowledged.taken, note+"; 0 when seen first"))
}

// sightings are the moments at which messages came over another browser's live stream.
type sightings struct {
	mu      sync.Mutex
	waiting map[string]chan time.Time
}

func (s *sightings) expect(key string) <-chan time.Time {
	arrived := make(chan time.Time, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[key] = arrived
	return arrived
}

func (s *sightings) saw(html string, at time.Time) {
	_, rest, found := strings.Cut(html, `data-client-key="`)
	if !found {
		return
	}
	key, _, _ := strings.Cut(rest, `"`)
	s.mu.Lock()
	defer s.mu.Unlock()
	if arrived := s.waiting[key]; arrived != nil {
		arrived <- at
		delete(s.waiting, key)
	}
}

// listen opens the live stream of somebody else and notes what comes.
func (b *bench) listen(ctx context.Context, topic string) (*sightings, error) {
	who := b.people[len(b.people)-1]
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, who.URL+"/live?topics="+url.QueryEscape(topic), nil)
	if err != nil {
		return nil, err
	}
	endless := *who.Client
	endless.Timeout = 0
	answer, err := endless.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("the live stream is answered with %s", answer.Status), answer.Body.Close())
	}
	seen := &sightings{waiting: map[string]chan time.Time{}}
	supervise.Go(ctx, "hear the live stream", func(context.Context) {
		defer func() { _ = answer.Body.Close() }()
		lines := bufio.NewScanner(answer.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			at := time.Now()
			data, ours := strings.CutPrefix(lines.Text(), "data: ")
			var message struct{ HTML string }
			if ours && json.Unmarshal([]byte(data), &message) == nil {
				seen.saw(message.HTML, at)
			}
		}
	})
	return seen, nil
}

// jobs measures how soon after the commit's transaction a worker begins with what was published, while somebody declares
// an incident every tenth of a second.
func (b *bench) jobs(ctx context.Context) error {
	if err := b.calm(ctx); err != nil {
		return err
	}
	address, err := b.here.SuperuserURL(ctx)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var before int64
	if err := conn.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM river.river_job`).Scan(&before); err != nil {
		return err
	}
	for n := range 50 {
		key := fmt.Sprintf("job-%d", n)
		if _, _, err := declare(ctx, b.people[n%staff], "A job for "+key, key); err != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err := b.calm(ctx); err != nil {
		return err
	}
	rows, err := conn.Query(ctx, `SELECT extract(epoch FROM attempted_at - created_at)::float8 FROM river.river_job WHERE id > $1 AND state = 'completed' AND attempt = 1`, before)
	if err != nil {
		return err
	}
	seconds, err := pgx.CollectRows(rows, pgx.RowTo[float64])
	if err != nil {
		return err
	}
	taken := make([]time.Duration, len(seconds))
	for n, s := range seconds {
		taken[n] = time.Duration(s * float64(time.Second))
	}
	return b.spread("job.published_to_begun", taken, ", ten declarations a second")
}

// calm waits until no job waits.
func (b *bench) calm(ctx context.Context) error {
	address, err := b.here.SuperuserURL(ctx)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for {
		var waiting int
		err := conn.QueryRow(ctx, `SELECT count(*) FROM river.river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded')`).Scan(&waiting)
		if err != nil || waiting == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
