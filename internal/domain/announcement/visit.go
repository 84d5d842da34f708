package announcement

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/announcement/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/postgres"
)

const (
	// lease is how long a visit may take before another worker takes its place; every call within is far shorter.
	lease = 2 * time.Minute
	// mostUpdates is how many of the latest updates are kept in threads as they are now.
	mostUpdates = 200
)

// visit makes the posts of an incident as the incident is now. Any number of workers may try; one works.
func (s *Service) visit(ctx context.Context, inc id.ID) error {
	visitor := string(id.New(s.clock.Now()))
	var row db.MusterAnnounced
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		row, err = db.New(tx).Visit(ctx, db.VisitParams{IncidentID: inc, Visitor: visitor, Seconds: lease.Seconds()})
		return err
	})
	if postgres.None(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("visit the announcements of an incident: %w", err)
	}
	trouble := s.tend(ctx, inc)
	now := s.clock.Now()
	next := db.EndVisitParams{IncidentID: inc, Visitor: visitor, Seen: row.Wanted, Shown: row.Wanted, Again: now}
	switch {
	case chat.Paced(trouble): // what changes meanwhile goes on at once
		next.Shown, next.Trouble, next.Again, trouble = row.Shown, short(trouble), now.Add(pause(0, trouble)), nil
	case trouble != nil:
		next.Shown, next.Attempts, next.Trouble = row.Shown, row.Attempts+1, short(trouble)
		next.Again = now.Add(pause(int(row.Attempts), trouble))
		slog.WarnContext(ctx, "the announcements of an incident are not as it is; they are tried again", "incident", inc, "attempt", next.Attempts, "error", trouble)
	}
	return errors.Join(trouble, s.db.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx pgx.Tx) error { return db.New(tx).EndVisit(ctx, next) }))
}

// pause is how long the announcements of an incident rest after trouble: as long as the platform asks, or 1 s doubling up
// to a minute.
func pause(attempts int, err error) time.Duration {
	var later *chat.Later
	if errors.As(err, &later) && later.After > 0 {
		return later.After
	}
	return min(time.Second<<min(attempts, 20), time.Minute)
}

func short(trouble error) string { return richtext.Truncate(trouble.Error(), 300) }

// tend does what is to be done in each channel, each for itself, so that one in trouble does not keep others waiting.
func (s *Service) tend(ctx context.Context, of id.ID) error {
	inc, err := s.Incidents.Get(ctx, of)
	if err != nil {
		return err
	}
	var rules []Rule
	var refusals []db.MusterAnnouncementRefusal
	there := map[string]db.MusterAnnouncementPost{}
	zone := time.UTC
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		rows, err := q.Rules(ctx)
		if err != nil {
			return fmt.Errorf("read the announcement rules: %w", err)
		}
		if rules, err = rulesOf(rows); err != nil {
			return err
		}
		posts, err := q.Posts(ctx, of)
		if err != nil {
			return fmt.Errorf("read the posts of an incident: %w", err)
		}
		for _, post := range posts {
			there[post.Conversation] = post
		}
		if refusals, err = q.Refusals(ctx); err != nil {
			return fmt.Errorf("read which channels take no posts: %w", err)
		}
		name, err := q.Zone(ctx)
		if err != nil {
			return fmt.Errorf("read the zone of the organisation: %w", err)
		}
		if known, err := time.LoadLocation(name); err == nil {
			zone = known
		}
		return nil
	})
	if err != nil {
		return err
	}
	standings := map[string]standing{}
	for conversation, post := range there {
		standings[conversation] = standing{rule: post.RuleID, state: post.State}
	}
	courses := choose(rules, factsOf(inc), standings)
	if len(courses) == 0 {
		return nil
	}
	words, err := s.read(ctx, inc, zone)
	if err != nil {
		return err
	}
	var troubles []error
	var refused error
	for conversation, to := range courses {
		w := work{s: s, told: words, ref: chat.ConversationRef{Platform: s.Platform.Name(), ID: conversation}, course: to, row: there[conversation]}
		w.shut = slices.ContainsFunc(refusals, func(r db.MusterAnnouncementRefusal) bool { return r.Conversation == conversation })
		if err := w.do(ctx); errors.Is(err, errRefused) {
			refused = err
		} else {
			troubles = append(troubles, err)
		}
	}
	return cmp.Or(errors.Join(troubles...), refused)
}

// work is what is done about one incident in one channel.
type work struct {
	s      *Service
	told   told
	ref    chat.ConversationRef
	course course
	row    db.MusterAnnouncementPost
	// shut says that the channel took no posts the last time.
	shut bool
}

func (w work) do(ctx context.Context) error {
	if !w.course.shown {
		if w.row.State != posting && w.row.State != posted {
			return nil
		}
		return w.remove(ctx) // what must not be seen goes before what is nice to see
	}
	ctx = w.s.Gently(ctx)
	if w.row.State != posted {
		begun, err := w.begin(ctx)
		if err != nil || begun.State != posted {
			return err
		}
		w.row = begun
	}
	if err := w.keep(ctx); err != nil || w.row.State != posted {
		return err
	}
	return w.thread(ctx)
}

func (w work) key() string { return postKey(w.told.inc.ID, w.row.Round) }

func postKey(inc id.ID, round int32) string { return fmt.Sprintf("announcement/%s/%d", inc, round) }

// begin posts. That it is about to is written first, so that whoever comes after a crash knows that there may be a post.
func (w work) begin(ctx context.Context) (db.MusterAnnouncementPost, error) {
	message := w.told.post()
	shown, err := digest(message)
	if err != nil {
		return w.row, err
	}
	if w.row.State == removed {
		w.row.Round++
	}
	w.row.Round, w.row.State, w.row.RuleID, w.row.External = max(w.row.Round, 1), posting, w.course.rule.ID, ""
	if last := w.told.inc.LastUpdate; last != nil {
		w.row.ToldSeq = last.Seq
	}
	if err := w.note(ctx); err != nil {
		return w.row, err
	}
	message.Key = w.key()
	ref, err := w.s.Platform.Post(ctx, w.ref, message)
	if errors.Is(err, chat.ErrRefused) {
		return w.row, w.refused(ctx, toPost, err)
	}
	if err != nil {
		return w.row, fmt.Errorf("announce in %s: %w", w.ref.ID, err)
	}
	if err := w.taken(ctx); err != nil {
		return w.row, err
	}
	w.row.State, w.row.External, w.row.Shown = posted, ref.ID, shown
	return w.row, w.note(ctx)
}

func (w work) message() chat.MessageRef {
	return chat.MessageRef{Conversation: w.ref, ID: w.row.External}
}

// keep makes the post say how it stands now.
func (w *work) keep(ctx context.Context) error {
	message := w.told.post()
	shown, err := digest(message)
	if err != nil {
		return err
	}
	if shown == w.row.Shown && w.row.RuleID == w.course.rule.ID {
		return nil
	}
	if shown != w.row.Shown {
		message.Key = w.key() + "/" + shown
		err = w.s.Platform.Edit(ctx, w.message(), message)
		switch {
		case errors.Is(err, chat.ErrRefused) && w.s.Reason(err).mendable():
			return w.refused(ctx, toEdit, err)
		case errors.Is(err, chat.ErrRefused): // somebody took it away
			w.row.State = lost
		case err != nil:
			return fmt.Errorf("edit an announcement in %s: %w", w.ref.ID, err)
		}
		if err := w.taken(ctx); err != nil {
			return err
		}
	}
	w.row.Shown, w.row.RuleID = shown, w.course.rule.ID
	return w.note(ctx)
}

// thread tells the updates that came since, and keeps those that were told as they are now. Of several that waited only
// the last is shown in the channel too.
func (w work) thread(ctx context.Context) error {
	last := w.told.inc.LastUpdate
	if last == nil {
		return nil
	}
	if w.course.silent || w.course.rule.Mode == Post {
		if w.row.ToldSeq == last.Seq {
			return nil
		}
		w.row.ToldSeq = last.Seq
		return w.note(ctx)
	}
	updates, err := w.s.Incidents.Updates(ctx, w.told.inc.ID, mostUpdates)
	if err != nil {
		return err
	}
	replies, err := w.replies(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(updates, func(a, b incident.Update) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, u := range updates {
		message := reply(u)
		shown, err := digest(message)
		if err != nil {
			return err
		}
		known, told := replies[u.ID]
		switch {
		case told && known.Shown == shown, !told && u.Seq <= w.row.ToldSeq:
			continue
		case told:
			message.Key = replyKey(u.ID) + "/" + shown
			err = w.s.Platform.Edit(ctx, chat.MessageRef{Conversation: w.ref, ID: known.External}, message)
		default:
			message.Key, message.Target = replyKey(u.ID), w.key()
			message.Broadcast = w.course.rule.Mode == Broadcast && u.Seq == last.Seq
			var ref chat.MessageRef
			ref, err = w.s.Platform.Reply(ctx, w.message(), message)
			known.External = ref.ID
		}
		switch {
		case errors.Is(err, chat.ErrRefused) && w.s.Reason(err).mendable():
			return w.refused(ctx, toReply, err)
		case err != nil && !errors.Is(err, chat.ErrRefused):
			return fmt.Errorf("tell an update in %s: %w", w.ref.ID, err)
		}
		if err := w.noteReply(ctx, u, known.External, shown); err != nil {
			return err
		}
		w.row.ToldSeq = max(w.row.ToldSeq, u.Seq)
	}
	return nil
}

func replyKey(update id.ID) string { return "announcement/update/" + string(update) }

func (w work) replies(ctx context.Context) (map[id.ID]db.MusterAnnouncementReply, error) {
	known := map[id.ID]db.MusterAnnouncementReply{}
	err := w.s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Replies(ctx, db.RepliesParams{IncidentID: w.told.inc.ID, Conversation: w.ref.ID})
		for _, row := range rows {
			known[row.UpdateID] = row
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what a thread was told: %w", err)
	}
	return known, nil
}

// remove takes the post and what is in its thread away. Where it is not known whether it was posted, that is found out
// with words that say nothing.
func (w work) remove(ctx context.Context) error {
	if w.row.External == "" {
		found, err := w.found(ctx)
		if err != nil {
			return err
		}
		w.row.External = found
	}
	replies, err := w.replies(ctx)
	if err != nil {
		return err
	}
	for _, one := range replies {
		if err := w.take(ctx, one.External); err != nil {
			return err
		}
	}
	if err := w.take(ctx, w.row.External); err != nil {
		return err
	}
	w.row.State, w.row.External, w.row.Shown = removed, "", ""
	return w.s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := db.New(tx).DropReplies(ctx, db.DropRepliesParams{IncidentID: w.told.inc.ID, Conversation: w.ref.ID}); err != nil {
			return fmt.Errorf("forget what a thread was told: %w", err)
		}
		return w.note(ctx)
	})
}

func (w work) take(ctx context.Context, external string) error {
	if external == "" {
		return nil
	}
	err := w.s.Platform.Delete(ctx, chat.MessageRef{Conversation: w.ref, ID: external})
	switch {
	case errors.Is(err, chat.ErrRefused):
		return w.refused(ctx, toRemove, err)
	case err != nil:
		return fmt.Errorf("remove an announcement from %s: %w", w.ref.ID, err)
	}
	return nil
}

// found returns where the post stands, and nothing when it was never sent.
func (w work) found(ctx context.Context) (string, error) {
	claimed, err := w.s.Posted.Claim(ctx, w.ref, w.key())
	if err != nil {
		return "", err
	}
	if !claimed.Before {
		return "", w.s.Posted.Release(ctx, w.ref, w.key())
	}
	if claimed.External != "" {
		return claimed.External, nil
	}
	ref, err := w.s.Platform.Post(ctx, w.ref, chat.Say(w.key(), chat.Context(richtext.Literal("This is not announced any more."))))
	if errors.Is(err, chat.ErrRefused) {
		return "", w.refused(ctx, toRemove, err)
	}
	return ref.ID, err
}

func (w work) note(ctx context.Context) error {
	err := w.s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).PutPost(ctx, db.PutPostParams{
			IncidentID: w.told.inc.ID, Conversation: w.ref.ID, RuleID: w.row.RuleID, Round: w.row.Round, State: w.row.State, External: w.row.External,
			Shown: w.row.Shown, ToldSeq: w.row.ToldSeq, At: w.s.clock.Now(),
		})
	})
	if err != nil {
		return fmt.Errorf("note an announcement: %w", err)
	}
	return nil
}

// noteReply notes an update that was told, and that the thread knows of all up to it.
func (w work) noteReply(ctx context.Context, u incident.Update, external, shown string) error {
	w.row.ToldSeq = max(w.row.ToldSeq, u.Seq)
	err := w.s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		params := db.PutReplyParams{IncidentID: w.told.inc.ID, Conversation: w.ref.ID, UpdateID: u.ID, External: external, Shown: shown}
		if err := db.New(tx).PutReply(ctx, params); err != nil {
			return err
		}
		return w.note(ctx)
	})
	if err != nil {
		return fmt.Errorf("note an update that was told: %w", err)
	}
	return nil
}
