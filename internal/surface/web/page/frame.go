package page

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/surface/web/layout"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// Handler answers a request or says what is wrong with it.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Frame puts pages into the dashboard's frame.
type Frame struct {
	// Nav reads what the navigation shows: the live incidents.
	Nav func(ctx context.Context) (layout.Nav, error)
	// PushKey is the public key that browsers subscribe with, read once a page.
	PushKey func(ctx context.Context) (string, error)
	// Reads runs fn in one transaction that only reads; nil where each reading has its own.
	Reads func(ctx context.Context, fn func(ctx context.Context) error) error
}

// Page is what an area says about its page; the frame adds the rest.
type Page struct {
	Title   string
	Section string
	Look    string
	Topics  string
	Keys    []layout.Key
	Content templ.Component
}

// Show answers with a whole page.
func (f *Frame) Show(w http.ResponseWriter, r *http.Request, p Page) error {
	return f.ShowAs(w, r, http.StatusOK, p)
}

// ShowPlain answers with a page that has a bar of its own and no navigation, for those who came for this page alone.
func (f *Frame) ShowPlain(w http.ResponseWriter, r *http.Request, p Page) error {
	view, err := f.view(w, r, p)
	if err != nil {
		return err
	}
	return render(templ.WithChildren(r.Context(), p.Content), w, http.StatusOK, layout.Plain(view))
}

// ShowAs is Show with a status: 422 for a form that comes back.
func (f *Frame) ShowAs(w http.ResponseWriter, r *http.Request, status int, p Page) error {
	view, err := f.view(w, r, p)
	if err != nil {
		return err
	}
	return render(templ.WithChildren(r.Context(), p.Content), w, status, layout.Page(view))
}

// view is what the frame shows around a page.
func (f *Frame) view(w http.ResponseWriter, r *http.Request, p Page) (layout.View, error) {
	viewer, _ := ViewerOf(r.Context())
	nav, err := f.Nav(r.Context())
	if err != nil {
		return layout.View{}, err
	}
	nav.Section = p.Section
	key, err := f.PushKey(r.Context())
	if err != nil {
		return layout.View{}, err
	}
	for n, item := range nav.Live {
		nav.Live[n].Current = r.URL.Path == item.Href || strings.HasPrefix(r.URL.Path, item.Href+"/")
	}
	return layout.View{
		Title: p.Title, Section: p.Section, Look: p.Look, Theme: viewer.Theme, Topics: p.Topics, Keys: p.Keys, Nav: nav,
		Insecure: !httpx.RequestOf(r.Context()).Secure && !isLocal(r.Host), Toast: takeToast(w, r),
		Me: layout.Me{
			ID: string(viewer.User), Person: ui.PersonView{ID: string(viewer.User), Name: viewer.Name, Picture: viewer.Avatar},
			OrganisationName: viewer.OrganisationName, Several: viewer.Several, Operator: viewer.Operator, PushKey: key,
			MayDeclare: viewer.Permissions.Has(authz.CreateIncidents), MaySettings: viewer.Permissions.Has(authz.UpdateOrganisation),
		},
	}, nil
}

// Part answers with a part of a page.
func Part(w http.ResponseWriter, r *http.Request, status int, content templ.Component) error {
	return render(r.Context(), w, status, content)
}

// Bare answers with a page without navigation.
func Bare(w http.ResponseWriter, r *http.Request, status int, title string, content templ.Component) error {
	return render(templ.WithChildren(r.Context(), content), w, status, layout.Bare(title, Theme(r)))
}

func render(ctx context.Context, w http.ResponseWriter, status int, content templ.Component) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "HX-Request")
	buffer := templ.GetBuffer()
	defer templ.ReleaseBuffer(buffer)
	if err := content.Render(ctx, buffer); err != nil {
		return err
	}
	w.WriteHeader(status)
	_, err := w.Write(buffer.Bytes())
	return err
}

// Theme is the color scheme that the reader chose, empty for the system's.
func Theme(r *http.Request) string {
	if cookie, err := r.Cookie("theme"); err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		return cookie.Value
	}
	return ""
}

// Quiet reports whether a script of ours asks, which takes a part for an answer and shows words by itself.
func Quiet(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// Done answers an act that succeeded: a script is told the words, a plain form is led to where.
func Done(w http.ResponseWriter, r *http.Request, where, words string) error {
	if Quiet(r) {
		w.Header().Set("Muster-Toast", url.PathEscape(words))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	leaveToast(w, words)
	http.Redirect(w, r, where, http.StatusSeeOther)
	return nil
}

// Undo offers to take back what the next Done tells of: a button beside the words that sends method to where.
func Undo(w http.ResponseWriter, method, where string) {
	w.Header().Set("Muster-Undo", method+" "+where)
}

// Go leads to another page, from a plain form and from a script alike.
func Go(w http.ResponseWriter, r *http.Request, where string) error {
	if Quiet(r) {
		w.Header().Set("Muster-Location", where)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, where, http.StatusSeeOther)
	return nil
}

// Handle makes an http.Handler that words what its handler answers as an error.
func (f *Frame) Handle(handle Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := handle(w, r); err != nil {
			Fail(w, r, err)
		}
	})
}

// status is the HTTP status of each kind of problem.
var status = map[problem.Kind]int{
	problem.Invalid: http.StatusUnprocessableEntity, problem.Unauthenticated: http.StatusUnauthorized, problem.Forbidden: http.StatusForbidden,
	problem.NotFound: http.StatusNotFound, problem.Conflict: http.StatusConflict, problem.TooLarge: http.StatusRequestEntityTooLarge,
	problem.TooMany: http.StatusTooManyRequests, problem.Unavailable: http.StatusServiceUnavailable, problem.Internal: http.StatusInternalServerError,
}

// Status is the HTTP status that err is answered with.
func Status(err error) int {
	if code, known := status[problem.KindOf(err)]; known {
		return code
	}
	return http.StatusInternalServerError
}

// Fail answers with what went wrong: words for a script, a page for a person.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	// An answer without a status would be a 200, and with that an acknowledgement of what was not done.
	if cause := context.Cause(r.Context()); cause != nil {
		if !errors.Is(cause, httpx.ErrSlow) { // nobody waits for the answer any more
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		err = cause
		r = r.WithContext(context.WithoutCancel(r.Context()))
	}
	first := problem.All(err)[0]
	code := Status(err)
	if code == http.StatusInternalServerError {
		slog.ErrorContext(r.Context(), "a page failed", "where", r.Method+" "+r.URL.Path, "error", err)
	}
	if code == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "2")
	}
	view := layout.ErrorView{Title: title(first.Kind), Text: first.Message, Theme: Theme(r), Retry: first.Kind == problem.Unavailable}
	if code == http.StatusInternalServerError {
		view.Text = "This is our fault, not yours. The operators of this installation can see it in the log."
		view.Request = httpx.RequestOf(r.Context()).ID
	}
	content := layout.Error(view)
	if Quiet(r) {
		w.Header().Set("Muster-Toast", url.PathEscape(first.Message))
		content = layout.ErrorPart(view)
	}
	if err := render(r.Context(), w, code, content); err != nil {
		slog.WarnContext(r.Context(), "an error could not be shown", "error", err)
	}
}

func title(kind problem.Kind) string {
	switch kind {
	case problem.NotFound:
		return "Nothing here"
	case problem.Forbidden:
		return "Not allowed"
	case problem.Unauthenticated:
		return "Please sign in"
	case problem.Conflict:
		return "Someone was faster"
	case problem.Invalid, problem.TooLarge:
		return "That cannot be right"
	case problem.TooMany:
		return "Too many attempts"
	case problem.Unavailable:
		return "One moment"
	default:
		return "Something went wrong"
	}
}

func isLocal(host string) bool {
	name, _, _ := strings.Cut(host, ":")
	return name == "localhost" || strings.HasPrefix(name, "127.") || strings.HasPrefix(host, "[::1]")
}

// The words of a toast ride in a cookie from an act to the page that follows it.
const toastCookie = "muster_toast"

func leaveToast(w http.ResponseWriter, words string) {
	if words != "" {
		http.SetCookie(w, &http.Cookie{Name: toastCookie, Value: url.PathEscape(words), Path: "/", MaxAge: 30, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
}

func takeToast(w http.ResponseWriter, r *http.Request) string {
	cookie, err := r.Cookie(toastCookie)
	if err != nil {
		return ""
	}
	http.SetCookie(w, &http.Cookie{Name: toastCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	words, _ := url.PathUnescape(cookie.Value)
	return words
}
