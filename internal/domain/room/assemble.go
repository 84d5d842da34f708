package room

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
)

// assemble completes messages with files, reactions, threads and the present names of all who appear in them, by four
// queries whatever their number.
func assemble(ctx context.Context, q *db.Queries, reader id.ID, rows []db.MusterRoomMessage) ([]Message, error) {
	messages := make([]Message, len(rows))
	at := make(map[id.ID]*Message, len(rows))
	ids := make([]string, len(rows))
	for n, row := range rows {
		messages[n] = plain(row, reader)
		at[row.ID], ids[n] = &messages[n], string(row.ID)
	}
	if len(rows) == 0 {
		return messages, nil
	}
	reactions, err := q.Reactions(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read reactions: %w", err)
	}
	files, err := q.Files(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	members, err := threads(ctx, q, rows)
	if err != nil {
		return nil, err
	}
	people, err := present(ctx, q, rows, messages, reactions, members)
	if err != nil {
		return nil, err
	}
	for n, row := range rows {
		messages[n].name(row, people)
	}
	for _, reaction := range reactions {
		at[reaction.MessageID].react(reaction, reader, people[reaction.UserID].Name)
	}
	for _, member := range members {
		at[member.MessageID].join(member, people[member.UserID])
	}
	for _, file := range files {
		at[file.MessageID].Files = append(at[file.MessageID].Files, fileOf(file))
	}
	return messages, nil
}

// present finds the people who appear in messages: as authors, by mentions, pins and reactions.
func present(ctx context.Context, q *db.Queries, rows []db.MusterRoomMessage, messages []Message, reactions []db.ReactionsRow, members []db.MembersRow) (map[id.ID]Author, error) {
	var ids []id.ID
	for n, row := range rows {
		ids = append(ids, row.AuthorID, row.PinnedByID, row.DeletedByID)
		ids = append(ids, messages[n].Document.Mentions()...)
	}
	for _, reaction := range reactions {
		ids = append(ids, reaction.UserID)
	}
	for _, member := range members {
		if member.RepliedSeq > 0 {
			ids = append(ids, member.UserID)
		}
	}
	ids = slices.DeleteFunc(ids, id.ID.Empty)
	slices.Sort(ids)
	found, err := q.People(ctx, id.Strings(slices.Compact(ids)))
	if err != nil {
		return nil, fmt.Errorf("read the names of people: %w", err)
	}
	people := make(map[id.ID]Author, len(found))
	for _, row := range found {
		author := Author{ID: row.ID, Name: row.Name}
		if row.AvatarKey != nil {
			author.AvatarKey = *row.AvatarKey
		}
		people[row.ID] = author
	}
	return people, nil
}

func (m *Message) name(row db.MusterRoomMessage, people map[id.ID]Author) {
	if author, known := people[row.AuthorID]; known {
		m.Author = author
	}
	m.PinnedBy = people[row.PinnedByID].Name
	if who, known := people[m.DeletedBy.ID]; known {
		m.DeletedBy = who
	}
	rename(m.Document.Content, func(user id.ID) (string, bool) {
		author, known := people[user]
		return author.Name, known
	})
}

// react groups by emoji in the order in which each came first.
func (m *Message) react(reaction db.ReactionsRow, reader id.ID, name string) {
	n := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Emoji == reaction.Emoji })
	if n < 0 {
		n = len(m.Reactions)
		m.Reactions = append(m.Reactions, Reaction{Emoji: reaction.Emoji})
	}
	group := &m.Reactions[n]
	group.Count++
	group.Mine = group.Mine || reaction.UserID == reader
	group.Here = group.Here || reaction.Origin == ""
	group.Names, group.By = append(group.Names, name), append(group.By, reaction.UserID)
}

func fileOf(row db.FilesRow) File {
	file := File{
		ID: row.ID, Name: row.Name, MediaType: row.MediaType, Size: row.SizeBytes, Width: int(row.Width), Height: int(row.Height),
		ThumbWidth: int(row.ThumbnailWidth), ThumbHeight: int(row.ThumbnailHeight), Preview: row.Preview, key: row.Key,
	}
	if row.ThumbnailKey != nil {
		file.thumbKey = *row.ThumbnailKey
	}
	return file
}

// shown is how long the address of a file works at least.
const shown = time.Hour

// sign gives files their addresses, after the transaction.
func (s *Service) sign(ctx context.Context, messages []Message) error {
	for m := range messages {
		for f := range messages[m].Files {
			if err := s.signFile(ctx, &messages[m].Files[f]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) signFile(ctx context.Context, file *File) error {
	var err error
	if file.URL, err = s.blobs.SignedURL(ctx, file.key, shown); err != nil {
		return fmt.Errorf("give a file its address: %w", err)
	}
	file.ThumbURL = file.URL
	if file.thumbKey != "" {
		if file.ThumbURL, err = s.blobs.SignedURL(ctx, file.thumbKey, shown); err != nil {
			return fmt.Errorf("give a small picture its address: %w", err)
		}
	}
	return nil
}
