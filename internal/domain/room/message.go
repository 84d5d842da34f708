package room

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// Kind is who speaks in a message.
type Kind string

// The kinds of message.
const (
	FromPerson Kind = "user"
	// FromBot carries blocks that each chat platform renders.
	FromBot Kind = "bot"
	// FromEvent is one line that tells of something done; its words are the activity's.
	FromEvent Kind = "event"
)

// Message is something said in a room, as one person sees it.
type Message struct {
	ID       id.ID
	Incident id.ID
	Private  bool
	// Seq is its place in the room, Changed the number of its last change: the cursor of After.
	Seq, Changed int64
	// ClientKey is what the sender chose, so that the sender finds it again.
	ClientKey string
	Kind      Kind
	Author    Author
	// Mine says that the reader wrote it.
	Mine bool
	// Source is the Markdown as typed; Document is read from it and mentions people by their present names.
	Source   string
	Document richtext.Document
	// Blocks are what Muster says: a chat.Message of the chat core.
	Blocks json.RawMessage
	// Event is what an event line tells of: the event's id, which is the activity's.
	Event id.ID
	// MoreEvents are what the same line tells besides, done by the same person in a row.
	MoreEvents []id.ID
	Files      []File
	Reactions  []Reaction
	PostedAt   time.Time
	EditedAt   *time.Time
	PinnedAt   *time.Time
	PinnedBy   string
	// Deleted messages keep their place and sender, by whom and when they were taken back, and why when it was another's.
	Deleted       bool
	DeletedAt     *time.Time
	DeletedBy     Author
	DeletedReason string
	// Parent is the message that a reply's thread hangs on; InRoom says that the message stands in the room's own flow.
	Parent id.ID
	InRoom bool
	Thread ThreadSummary
	// Copied tells that it was said in another incident's room.
	Copied bool
	// Origin is the chat platform where it was written, empty for Muster itself.
	Origin string
	// Version is what an editor must have seen.
	Version int
}

// Author is who wrote a message: with the name of today where the person is known, of then where not.
type Author struct {
	ID        id.ID
	Name      string
	AvatarKey string
}

// ThreadSummary is what a message shows of the thread that hangs on it; zero where none does.
type ThreadSummary struct {
	Replies int
	// LastSeq is the number of the last reply.
	LastSeq int64
	LastAt  time.Time
	// Repliers are up to three of those who wrote, the last first; Members are all who take part.
	Repliers []Author
	Members  []id.ID
}

// File is a picture or another file in a message.
type File struct {
	ID            id.ID
	Name          string
	MediaType     string
	Size          int64 // bytes
	Width, Height int   // pixels, as of the next two
	ThumbWidth    int
	ThumbHeight   int
	// URL and ThumbURL give the file to whoever holds them, for an hour at least; only pictures have a small one.
	URL, ThumbURL string
	// Preview holds the first lines of a text.
	Preview string

	key, thumbKey string
}

// Picture reports whether the file is shown in place.
func (f File) Picture() bool { return f.Width > 0 }

// Reaction is one emoji under a message and who chose it.
type Reaction struct {
	Emoji string
	Count int
	Mine  bool
	// Here tells that somebody chose it in Muster, and not only on a chat platform.
	Here bool
	// Names are those of the people, the first to react first, and By their ids.
	Names []string
	By    []id.ID
}

// plain makes a message of its row alone.
func plain(row db.MusterRoomMessage, reader id.ID) Message {
	m := Message{
		ID: row.ID, Incident: row.IncidentID, Private: row.Private, Seq: row.Seq, Changed: row.ChangedSeq, ClientKey: row.ClientKey, Kind: Kind(row.Kind),
		Author: Author{ID: row.AuthorID, Name: row.AuthorName}, Mine: !reader.Empty() && row.AuthorID == reader, Source: row.Source, Blocks: row.Blocks,
		Event: row.EventID, PostedAt: row.PostedAt, EditedAt: row.EditedAt, PinnedAt: row.PinnedAt, Deleted: row.DeletedAt != nil, Version: int(row.RowVersion),
		DeletedAt: row.DeletedAt, DeletedReason: row.DeletedReason, Parent: row.ParentID, InRoom: row.InRoom, Copied: !row.CopiedFromID.Empty(), Origin: row.Origin,
		DeletedBy: Author{ID: cmp.Or(row.DeletedByID, row.AuthorID), Name: cmp.Or(row.DeletedByName, row.AuthorName)},
		Thread:    ThreadSummary{Replies: int(row.Replies), LastSeq: row.LastReplySeq},
	}
	for _, event := range row.MoreEvents {
		m.MoreEvents = append(m.MoreEvents, id.ID(event))
	}
	if row.LastReplyAt != nil {
		m.Thread.LastAt = *row.LastReplyAt
	}
	if len(row.Document) > 0 {
		if document, _, err := richtext.FromJSON(row.Document); err == nil {
			document.Source = row.Source
			m.Document = document
		} else { // the words as typed are better than none
			m.Document = richtext.Literal(row.Source)
		}
	}
	return m
}

// rename gives mentions the present names of those they mean.
func rename(nodes []richtext.Node, name func(id.ID) (string, bool)) {
	for n := range nodes {
		if nodes[n].Kind == richtext.Mention {
			if today, known := name(nodes[n].User); known {
				nodes[n].Label = today
			}
		}
		rename(nodes[n].Content, name)
	}
}
