package incidents

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// threadView is a message with the replies to it, beside the room.
type threadView struct {
	ID, Path, Room string
	IncidentID     string
	Parent         messageView
	Replies        []messageView
	More           bool
	First          string
	ReadSeq        int64
	MayWrite       bool
}

// threadLine is what stands of a thread under the message that it hangs on.
type threadLine struct {
	Href     string
	Words    string
	LastSeq  int64
	Last     ui.Moment
	Repliers []ui.PersonView
	Members  string
}

// threadPage is how many replies come at once: few threads have more.
const threadPage = 100

// threadPath is the address of the thread that hangs on a message, or that a reply stands in.
func threadPath(inc incident.Incident, message id.ID) string {
	return path(inc) + "/room/threads/" + string(message)
}

// messagePath is the address that leads to a message wherever it stands.
func messagePath(inc incident.Incident, m room.Message) string {
	if !m.Parent.Empty() && !m.InRoom {
		return threadPath(inc, m.Parent) + "#t-" + string(m.ID)
	}
	return path(inc) + "?message=" + string(m.ID) + "#m-" + string(m.ID)
}

func (l sight) threadLine(path string, m room.Message) *threadLine {
	if m.Thread.Replies == 0 {
		return nil
	}
	line := &threadLine{
		Href: path + "/threads/" + string(m.ID), LastSeq: m.Thread.LastSeq, Last: l.Moment(m.Thread.LastAt),
		Words: counted(m.Thread.Replies, "reply", "replies"), Members: strings.Join(id.Strings(m.Thread.Members), " "),
	}
	for _, who := range m.Thread.Repliers {
		line.Repliers = append(line.Repliers, l.Named(who.ID, who.Name, who.AvatarKey))
	}
	return line
}

// counted words a number of things.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// unreadThreads names threads with news and how far each was read, for the script.
func unreadThreads(threads []room.UnreadThread) string {
	words := make([]string, len(threads))
	for n, t := range threads {
		words[n] = fmt.Sprintf("%s:%d", t.Message, t.ReadSeq)
	}
	return strings.Join(words, " ")
}

// thread shows a thread: alone for a page that is open, else beside the room.
func (p *Pages) thread(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	inc, message, err := p.message(r)
	if err != nil {
		return err
	}
	before, err := number("before", r.URL.Query().Get("before"))
	if err != nil {
		return err
	}
	thread, err := p.Rooms.Thread(ctx, message, before, threadPage)
	if err != nil {
		return err
	}
	l, err := p.look(ctx)
	if err != nil {
		return err
	}
	views, err := p.messageViews(ctx, l, path(inc), append([]room.Message{thread.Parent}, thread.Replies...))
	if err != nil {
		return err
	}
	shown := threadView{
		ID: string(thread.Parent.ID), Path: threadPath(inc, thread.Parent.ID), Room: path(inc) + "/room", IncidentID: string(inc.ID),
		Parent: views[0], Replies: views[1:], More: thread.More, ReadSeq: thread.ReadSeq, MayWrite: l.Viewer.Permissions.Has(authz.EditIncidents),
	}
	if len(thread.Replies) > 0 {
		shown.First = strconv.FormatInt(thread.Replies[0].Seq, 10)
	}
	switch {
	case page.Quiet(r) && before > 0:
		if thread.More {
			w.Header().Set("Muster-More", "true")
		}
		return page.Part(w, r, http.StatusOK, messageList(shown.Replies))
	case page.Quiet(r):
		return page.Part(w, r, http.StatusOK, threadPane(shown))
	}
	var beside roomView
	v, _, _, err := p.view(r, "room", func(ctx context.Context, l sight, _ incidentView, inc incident.Incident) (err error) {
		beside, err = p.roomView(ctx, l, inc, thread.Parent.ID)
		return err
	})
	if err != nil {
		return err
	}
	beside.Thread = &shown
	return p.show(w, r, v, roomTab(v, beside))
}

func (p *Pages) markThreadRead(w http.ResponseWriter, r *http.Request) error {
	_, message, err := p.message(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	seq, err := number("seq", form.Value("seq"))
	if err != nil {
		return err
	}
	if err := p.Rooms.MarkThreadRead(r.Context(), room.MarkThreadRead{Message: message, Seq: seq}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
