package incident

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// maxText is how many bytes a summary or an update has at most.
const maxText = 100_000

// clean takes out what Postgres does not keep: zero bytes, and bytes that are no text.
func clean(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
}

// oneLine is a text without line breaks and spaces in a row.
func oneLine(text string) string { return strings.Join(strings.Fields(clean(text)), " ") }

func checkText(field, source string) error {
	if len(source) > maxText {
		return problem.Field(field, "too_long", "The text has %d bytes; %d is the most.", len(source), maxText)
	}
	return nil
}

// maxLink is how many characters an address has at most.
const maxLink = 2000

// checkLink takes an address of the web, or none.
func checkLink(field, link string) error {
	link = strings.TrimSpace(link)
	at, err := url.Parse(link)
	if link != "" && (err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" || len(link) > maxLink || clean(link) != link) {
		return problem.Field(field, "not_a_link", "It is a link that begins with https:// or http://.")
	}
	return nil
}

var (
	mentionedID  = regexp.MustCompile(`\(user:([0-9A-Za-z]{26})\)`)
	typedMention = regexp.MustCompile(`@([\p{L}\p{N}][\p{L}\p{M}\p{N}._'’-]*)`)
)

// mostMentions bounds how many people are looked up for one text.
const mostMentions = 200

// ReadText reads what somebody typed, with the organisation's own people behind mentions: @[Name](user:ID), @Name,
// and @First where only one active person is called so.
func ReadText(ctx context.Context, tx pgx.Tx, source string) (richtext.Document, error) {
	source = clean(source)
	if !strings.Contains(source, "@") {
		return richtext.Parse(source, richtext.Options{}), nil
	}
	q := db.New(tx)
	var ids, words []string
	for _, match := range mentionedID.FindAllStringSubmatch(source, mostMentions) {
		ids = append(ids, strings.ToUpper(match[1]))
	}
	for _, match := range typedMention.FindAllStringSubmatch(source, mostMentions) {
		words = append(words, strings.ToLower(strings.TrimRight(match[1], ".-'’")))
	}
	names := map[id.ID]string{}
	if len(ids) > 0 {
		rows, err := q.UserNames(ctx, ids)
		if err != nil {
			return richtext.Document{}, fmt.Errorf("look up who is mentioned: %w", err)
		}
		for _, row := range rows {
			names[row.ID] = row.Name
		}
	}
	var people []richtext.Person
	if len(words) > 0 {
		rows, err := q.UsersByFirstWord(ctx, words)
		if err != nil {
			return richtext.Document{}, fmt.Errorf("look up who is mentioned: %w", err)
		}
		for _, row := range rows {
			people = append(people, richtext.Person{ID: row.ID, Name: row.Name})
		}
	}
	return richtext.Parse(source, richtext.Options{
		Name:   func(user id.ID) (string, bool) { name, ok := names[user]; return name, ok },
		Handle: func(typed string) (richtext.Person, bool) { return meant(people, typed) },
	}), nil
}

// meant returns the one person whom a typed name means: by full name, by full name with dots, or by first name if
// that is nobody else's.
func meant(people []richtext.Person, typed string) (richtext.Person, bool) {
	typed = strings.ToLower(typed)
	var found richtext.Person
	matches := 0
	for _, p := range people {
		name := strings.ToLower(p.Name)
		first, _, _ := strings.Cut(name, " ")
		if name == typed || strings.ReplaceAll(name, " ", ".") == typed {
			return p, true
		}
		if first == typed {
			found, matches = p, matches+1
		}
	}
	return found, matches == 1
}
