package room

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

var explicit = regexp.MustCompile(`\(user:([0-9A-Za-z]{26})\)`)

// read makes the document of what somebody typed, with mentions of the active people whom it names.
// A first reading gathers the words that could be names, so that one query finds whom they mean.
func read(ctx context.Context, tx pgx.Tx, source string) (richtext.Document, error) {
	if !strings.Contains(source, "@") {
		return richtext.Parse(source, richtext.Options{}), nil
	}
	words := map[string]bool{}
	richtext.Parse(source, richtext.Options{Handle: func(handle string) (richtext.Person, bool) {
		words[strings.ToLower(handle)] = true
		return richtext.Person{}, false
	}})
	var ids []string
	for _, found := range explicit.FindAllStringSubmatch(source, -1) {
		ids = append(ids, found[1])
	}
	params := db.HandlesParams{Words: []string{}, Ids: ids}
	for word := range words {
		params.Words = append(params.Words, word)
	}
	slices.Sort(params.Words)
	rows, err := db.New(tx).Handles(ctx, params)
	if err != nil {
		return richtext.Document{}, fmt.Errorf("find who is mentioned: %w", err)
	}
	return richtext.Parse(source, richtext.Options{Name: byID(rows), Handle: byHandle(rows)}), nil
}

func byID(rows []db.HandlesRow) func(id.ID) (string, bool) {
	return func(user id.ID) (string, bool) {
		for _, row := range rows {
			if row.ID == user {
				return row.Name, true
			}
		}
		return "", false
	}
}

// byHandle finds a person by the whole name, else by the start of the mail address, else by the first name; a word
// that could mean several people means nobody, since telling the wrong person is worse than telling none.
func byHandle(rows []db.HandlesRow) func(string) (richtext.Person, bool) {
	only := func(fits func(db.HandlesRow) bool) (richtext.Person, bool) {
		var found []db.HandlesRow
		for _, row := range rows {
			if fits(row) {
				found = append(found, row)
			}
		}
		if len(found) != 1 {
			return richtext.Person{}, false
		}
		return richtext.Person{ID: found[0].ID, Name: found[0].Name}, true
	}
	return func(handle string) (richtext.Person, bool) {
		if p, ok := only(func(row db.HandlesRow) bool { return strings.EqualFold(row.Name, handle) }); ok {
			return p, true
		}
		if p, ok := only(func(row db.HandlesRow) bool {
			local, _, _ := strings.Cut(row.Email, "@")
			return strings.EqualFold(local, handle)
		}); ok {
			return p, true
		}
		return only(func(row db.HandlesRow) bool {
			first, _, _ := strings.Cut(row.Name, " ")
			return strings.EqualFold(first, handle)
		})
	}
}
