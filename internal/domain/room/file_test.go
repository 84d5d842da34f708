package room_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

func TestFilesOfAnyKindAreKeptAsWhatTheyAre(t *testing.T) {
	h := open(t)
	maya := h.as(h.maya, "Maya")
	log := "one\ntwo " + strings.Repeat("é", 3000)
	for _, c := range []struct{ name, content, kind, preview string }{
		{"app.log", log, "text/plain; charset=utf-8", "one\ntwo " + strings.Repeat("é", 1192)},
		{"page.html", "<html><script>alert(1)</script>", "text/plain; charset=utf-8", "<html><script>alert(1)</script>"},
		{"heap.bin", "\x00\x01\x02\xff\xfe", "application/octet-stream", ""},
		{`C:\reports\q1.pdf`, "%PDF-1.7 x", "application/pdf", ""},
	} {
		file, err := h.rooms.AttachFile(maya, room.AttachFile{Incident: h.incident, Name: c.name, Content: strings.NewReader(c.content)})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if file.MediaType != c.kind || file.Preview != c.preview || file.Picture() || file.Size != int64(len(c.content)) {
			t.Errorf("%s is kept as %+v", c.name, file)
		}
	}
	graph, err := h.rooms.AttachFile(maya, room.AttachFile{Incident: h.incident, Name: "graph.txt", Content: picture(t)})
	if err != nil || !graph.Picture() || graph.ThumbURL == "" {
		t.Errorf("a picture whatever its name: %+v, %v", graph, err)
	}
}

func TestFilesAreRefusedWithWhatWouldBeRight(t *testing.T) {
	h := open(t)
	maya := h.as(h.maya, "Maya")
	endless := io.LimitReader(nothing{}, room.MaxFileSize+1)
	if _, err := h.rooms.AttachFile(maya, room.AttachFile{Incident: h.incident, Name: "big.bin", Content: endless}); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), "25 MB") {
		t.Errorf("a file that is too large: %v", err)
	}
	if _, err := h.rooms.AttachFile(maya, room.AttachFile{Incident: h.incident, Name: "no.txt", Content: strings.NewReader("")}); !problem.Is(err, problem.Invalid) {
		t.Errorf("an empty file: %v", err)
	}
}

type nothing struct{}

func (nothing) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestUploadsThatNoMessageShowsAreSweptAfterADay(t *testing.T) {
	h := open(t)
	maya := h.as(h.maya, "Maya")
	attach := func(name string) room.File {
		t.Helper()
		file, err := h.rooms.AttachFile(maya, room.AttachFile{Incident: h.incident, Name: name, Content: strings.NewReader(name)})
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	never, shown, taken := attach("never.txt"), attach("shown.txt"), attach("taken.txt")
	post := func(key string, file room.File) room.Message {
		t.Helper()
		m, err := h.rooms.Post(maya, room.Post{Incident: h.incident, ClientKey: key, Files: []id.ID{file.ID}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	post("k1", shown)
	deleted := post("k2", taken)
	left := func() (names []string) {
		t.Helper()
		if err := h.rooms.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		rows, err := h.DB.Pool().Query(t.Context(), `SELECT name FROM muster.blob WHERE incident_id = $1 ORDER BY name`, h.incident)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
		return names
	}
	h.clock.Advance(23 * time.Hour)
	if err := h.rooms.Delete(maya, room.Delete{Message: deleted.ID}); err != nil {
		t.Fatal(err)
	}
	if got := left(); len(got) != 3 {
		t.Errorf("within the day %v are left of three", got)
	}
	h.clock.Advance(2 * time.Hour)
	if got := left(); len(got) != 2 || got[0] != shown.Name || got[1] != taken.Name {
		t.Errorf("after a day %v are left; %s was never shown", got, never.Name)
	}
	h.clock.Advance(23 * time.Hour)
	if got := left(); len(got) != 1 || got[0] != shown.Name {
		t.Errorf("a day after its message was deleted %v are left", got)
	}
}
