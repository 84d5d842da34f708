package room

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Thread is a message with the replies to it.
type Thread struct {
	Parent Message
	// Replies are the oldest first; More says that there are older ones.
	Replies []Message
	More    bool
	// ReadSeq is how far the actor has read, 0 for who takes no part.
	ReadSeq int64
}

// UnreadThread is a thread in which the actor takes part and others wrote since they looked.
type UnreadThread struct {
	Message id.ID
	ReadSeq int64
	LastSeq int64
}

// repliers is how many of those who wrote in a thread are named under its message.
const repliers = 3

// Thread returns a message with up to n replies before a number, or the newest for 0. Of a reply it is the thread that
// the reply stands in.
func (s *Service) Thread(ctx context.Context, message id.ID, before int64, n int) (Thread, error) {
	parent, err := s.Message(ctx, message)
	if err == nil && !parent.Parent.Empty() {
		parent, err = s.Message(ctx, parent.Parent)
	}
	if err != nil {
		return Thread{}, err
	}
	thread := Thread{Parent: parent}
	n = min(max(n, 1), MaxPage)
	thread.Replies, err = s.list(ctx, parent.Incident, func(ctx context.Context, q *db.Queries) ([]db.MusterRoomMessage, error) {
		scope, err := tenant.From(ctx)
		if err != nil {
			return nil, err
		}
		if thread.ReadSeq, err = q.ThreadRead(ctx, db.ThreadReadParams{MessageID: parent.ID, UserID: scope.Actor.ID}); err != nil && !postgres.None(err) {
			return nil, err
		}
		rows, err := q.Replies(ctx, db.RepliesParams{ParentID: string(parent.ID), Before: before, Count: int32(n) + 1}) //nolint:gosec // MaxPage bounds it
		if thread.More = len(rows) > n; thread.More {
			rows = rows[:n]
		}
		slices.Reverse(rows)
		return rows, err
	})
	return thread, err
}

// UnreadThreads returns the threads of a room in which the actor takes part and others wrote since they looked, 50 at
// most, the one with the newest reply first.
func (s *Service) UnreadThreads(ctx context.Context, incident id.ID) ([]UnreadThread, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return nil, err
	}
	var unread []UnreadThread
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := visible(ctx, tx, incident); err != nil {
			return err
		}
		rows, err := db.New(tx).ThreadsUnread(ctx, db.ThreadsUnreadParams{UserID: scope.Actor.ID, IncidentID: incident})
		for _, row := range rows {
			unread = append(unread, UnreadThread{Message: row.MessageID, ReadSeq: row.Seq, LastSeq: row.LastReplySeq})
		}
		return err
	})
	return unread, err
}

// MarkThreadRead says that the actor has read a thread up to a number.
type MarkThreadRead struct {
	Message id.ID
	Seq     int64
}

// MarkThreadRead moves how far the actor has read a thread in which they take part, only ever forward. As with MarkRead,
// nothing of it is in the audit log.
func (s *Service) MarkThreadRead(ctx context.Context, cmd MarkThreadRead) error {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if _, err := q.One(ctx, cmd.Message); postgres.None(err) {
			return problem.Missing("message")
		} else if err != nil {
			return fmt.Errorf("look for a thread: %w", err)
		}
		if err := q.SetThreadRead(ctx, db.SetThreadReadParams{Seq: cmd.Seq, MessageID: cmd.Message, UserID: scope.Actor.ID}); err != nil {
			return fmt.Errorf("mark a thread as read: %w", err)
		}
		return nil
	})
}

// findThread locks the message that a reply's thread hangs on; without one the answer is empty.
func findThread(ctx context.Context, q *db.Queries, incident, thread id.ID) (db.MusterRoomMessage, error) {
	if thread.Empty() {
		return db.MusterRoomMessage{}, nil
	}
	parent, err := q.Lock(ctx, thread)
	if err == nil && !parent.ParentID.Empty() {
		parent, err = q.Lock(ctx, parent.ParentID)
	}
	if postgres.None(err) || (err == nil && parent.IncidentID != incident) {
		return parent, problem.Missing("message")
	}
	if err != nil {
		return parent, fmt.Errorf("lock a thread: %w", err)
	}
	return parent, decideThread(parent)
}

// decideThread refuses threads on what has no words. One that has begun goes on after its first message was deleted.
func decideThread(parent db.MusterRoomMessage) error {
	switch {
	case parent.Kind == string(FromEvent):
		return problem.New(problem.Conflict, "event_line", "This line only tells what happened; reply to a message.")
	case parent.DeletedAt != nil && parent.Replies == 0:
		return problem.New(problem.Conflict, "message_deleted", "This message has been deleted.")
	}
	return nil
}

// thread hangs a reply that was written on its message. Its author has read up to it; those who are drawn in by it, the
// first message's author and whom it names, have not.
func thread(ctx context.Context, q *db.Queries, parent db.MusterRoomMessage, reply db.InsertMessageParams, mentions []id.ID) error {
	if parent.ID.Empty() {
		return nil
	}
	drawn := append([]id.ID{parent.AuthorID}, mentions...)
	drawn = slices.DeleteFunc(drawn, func(user id.ID) bool { return user.Empty() || user == reply.AuthorID })
	if err := q.Draw(ctx, db.DrawParams{MessageID: parent.ID, Seq: reply.Seq - 1, Users: id.Strings(drawn)}); err != nil {
		return fmt.Errorf("draw people into a thread: %w", err)
	}
	if err := q.Join(ctx, db.JoinParams{MessageID: parent.ID, Seq: reply.Seq, UserID: reply.AuthorID}); err != nil {
		return fmt.Errorf("join a thread: %w", err)
	}
	if err := q.Replied(ctx, db.RepliedParams{ChangedSeq: reply.Seq, ID: parent.ID}); err != nil {
		return fmt.Errorf("count the replies: %w", err)
	}
	return nil
}

// threads reads who takes part in the threads that hang on messages of a page.
func threads(ctx context.Context, q *db.Queries, rows []db.MusterRoomMessage) ([]db.MembersRow, error) {
	var with []string
	for _, row := range rows {
		if row.Replies > 0 {
			with = append(with, string(row.ID))
		}
	}
	if len(with) == 0 {
		return nil, nil
	}
	members, err := q.Members(ctx, with)
	if err != nil {
		return nil, fmt.Errorf("read who takes part in threads: %w", err)
	}
	return members, nil
}

func (m *Message) join(member db.MembersRow, who Author) {
	m.Thread.Members = append(m.Thread.Members, member.UserID)
	if member.RepliedSeq > 0 && len(m.Thread.Repliers) < repliers {
		m.Thread.Repliers = append(m.Thread.Repliers, who)
	}
}
