package export

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// pageView is the story as the page shows it.
type pageView struct {
	Title, Told string
	Facts       []fact
	Summary     templ.Component
	Customers   string
	Updates     []updateView
	Days        []dayView
	Actions     []actionView
}

type updateView struct {
	Title, Changes string
	Text           templ.Component
}

type dayView struct {
	Name  string
	Items []itemView
}

type itemView struct {
	Clock, Title, Moved string
	Body, Note          templ.Component
	Gone                bool
	Pictures            []templ.Component
}

type actionView struct{ Text, State, Who string }

func (s story) view(p *pictures) pageView {
	v := pageView{Title: s.title(), Told: s.told(), Facts: s.facts(), Summary: text(s.inc.Summary), Customers: s.customers.Text}
	for _, u := range s.updates {
		v.Updates = append(v.Updates, updateView{Title: s.moment(u.At) + ", " + u.Author.Name, Changes: changes(u), Text: text(u.Message)})
	}
	for _, item := range s.items {
		day := s.day(item.At)
		if len(v.Days) == 0 || v.Days[len(v.Days)-1].Name != day {
			v.Days = append(v.Days, dayView{Name: day})
		}
		one := itemView{Clock: s.clock(item.At), Title: item.Title("").String(), Body: text(item.Body), Note: text(item.Note), Gone: item.Gone}
		if item.Moved() {
			one.Moved = s.moment(item.OccurredAt)
		}
		if item.Source == timeline.FromMessage {
			for _, f := range s.pictures[item.SourceID] {
				one.Pictures = append(one.Pictures, p.picture(f))
			}
		}
		today := &v.Days[len(v.Days)-1]
		today.Items = append(today.Items, one)
	}
	for _, a := range s.actions {
		one := actionView{Text: a.Description, State: doing(a)}
		if a.Assignee != nil {
			one.Who = a.Assignee.Name
		}
		v.Actions = append(v.Actions, one)
	}
	return v
}

// text is rich text, or nil where there is none; its HTML is made by richtext, which escapes every word.
func text(d richtext.Document) templ.Component {
	if d.Empty() {
		return nil
	}
	return templ.Raw(d.HTML(richtext.HTMLOptions{HeadingOffset: 3}))
}

// mostPictures bounds the bytes of the pictures in one file; those beyond are named.
const mostPictures = 40 << 20

// pictures writes pictures into the page, one at a time as the page reaches them.
type pictures struct {
	open func(ctx context.Context, file room.File) (io.ReadCloser, error)
	left int64
}

func (p *pictures) picture(f room.File) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if p.left -= f.Size; p.left < 0 || !strings.HasPrefix(f.MediaType, "image/") {
			return notHere(f.Name).Render(ctx, w)
		}
		content, err := p.open(ctx, f)
		if err != nil {
			return err
		}
		defer func() { _ = content.Close() }()
		if _, err := fmt.Fprintf(w, `<img width="%d" height="%d" alt="%s" src="data:%s;base64,`, f.Width, f.Height, templ.EscapeString(f.Name), templ.EscapeString(f.MediaType)); err != nil {
			return err
		}
		encoded := base64.NewEncoder(base64.StdEncoding, w)
		if _, err := io.Copy(encoded, content); err != nil {
			return fmt.Errorf("put a picture into the page: %w", err)
		}
		if err := encoded.Close(); err != nil {
			return err
		}
		_, err = io.WriteString(w, `">`)
		return err
	})
}
