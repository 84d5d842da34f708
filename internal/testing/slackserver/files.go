package slackserver

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif"  // sizes of pictures
	_ "image/jpeg" // sizes of pictures
	_ "image/png"  // sizes of pictures
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Upload is a file that somebody sends along.
type Upload struct {
	Name, Title, MIME string
	Content           []byte
}

type file struct {
	ID string
	Upload
	team, user string
	created    time.Time
	promised   int
	complete   bool
	shares     []object // channel, ts, thread_ts
}

func (f *file) path() string { return "/files-pri/" + f.team + "-" + f.ID + "/" + f.Name }

// fileObject is a file as Slack shows it.
func (s *Server) fileObject(f *file, host string) object {
	if host == "" {
		host = s.http.URL
	}
	kind := strings.TrimPrefix(path.Ext(f.Name), ".")
	out := object{
		"id": f.ID, "created": f.created.Unix(), "timestamp": f.created.Unix(), "name": f.Name, "title": f.Title, "mimetype": f.MIME, "filetype": kind,
		"pretty_type": strings.ToUpper(kind), "user": f.user, "user_team": f.team, "editable": false, "size": len(f.Content), "mode": "hosted",
		"is_external": false, "external_type": "", "is_public": true, "public_url_shared": false, "display_as_bot": false, "username": "", "file_access": "visible",
		"url_private": host + f.path(), "url_private_download": host + f.path() + "?download=1",
		"permalink": "https://" + s.workspaces[f.team].Domain + ".slack.com/files/" + f.user + "/" + f.ID + "/" + f.Name,
	}
	if config, _, err := image.DecodeConfig(bytes.NewReader(f.Content)); err == nil {
		out["original_w"], out["original_h"] = config.Width, config.Height
		out["thumb_360"], out["thumb_360_w"], out["thumb_360_h"] = host+f.path(), config.Width, config.Height
	}
	public, private, names := object{}, object{}, []string{}
	for _, share := range f.shares {
		ch := s.channels[share["channel"].(string)]
		names = append(names, ch.ID)
		into := public
		if ch.Private || ch.IM {
			into = private
		}
		into[ch.ID] = []object{{"ts": share["ts"], "channel_name": ch.Name, "team_id": ch.Team, "share_user_id": f.user}}
	}
	out["channels"], out["shares"] = names, object{"public": public, "private": private}
	return out
}

func (s *Server) newFile(team, user string, u Upload) *file {
	if u.Title == "" {
		u.Title = u.Name
	}
	if u.MIME == "" {
		u.MIME, _, _ = strings.Cut(mime.TypeByExtension(path.Ext(u.Name)), ";")
	}
	f := &file{ID: s.fresh("F"), Upload: u, team: team, user: user, created: s.clock.Now()}
	s.files[f.ID] = f
	return f
}

func filesGetUploadURL(c *call) (object, error) {
	length, err := strconv.Atoi(c.str("length"))
	switch {
	case c.str("filename") == "":
		return nil, invalid("invalid_arguments", "[ERROR] missing required field: filename")
	case err != nil || length < 1:
		return nil, invalid("invalid_arguments", "[ERROR] length must be greater than 0")
	}
	f := c.s.newFile(c.token.team, c.token.user, Upload{Name: c.str("filename")})
	f.promised = length
	return object{"upload_url": base(c.r) + "/upload/v1/" + f.ID, "file_id": f.ID}, nil
}

// upload takes a file's bytes, bare or as the first part of a form.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, rest string) {
	var content []byte
	var err error
	if parts, parted := r.MultipartReader(); parted == nil {
		for {
			part, failed := parts.NextPart()
			if failed != nil {
				break
			}
			if part.FileName() != "" {
				content, err = io.ReadAll(part)
			}
		}
	} else {
		content, err = io.ReadAll(r.Body)
	}
	s.mu.Lock()
	f := s.files[strings.TrimPrefix(rest, "v1/")]
	if f == nil || err != nil || len(content) != f.promised {
		s.mu.Unlock()
		http.Error(w, "the upload does not have the length that was announced", http.StatusBadRequest)
		return
	}
	f.Content = content
	s.mu.Unlock()
	_, _ = fmt.Fprintf(w, "OK - %d", len(content))
}

func filesCompleteUpload(c *call) (object, error) {
	var named []struct{ ID, Title string }
	if err := c.tree("files", &named); err != nil || len(named) == 0 {
		return nil, invalid("invalid_arguments", "[ERROR] missing required field: files")
	}
	var all []*file
	shown := []object{}
	for _, one := range named {
		f := c.s.files[one.ID]
		if f == nil || f.team != c.token.team || f.Content == nil {
			return nil, no("file_not_found")
		}
		if one.Title != "" {
			f.Title = one.Title
		}
		all = append(all, f)
	}
	channels := c.list("channels")
	if id := c.str("channel_id"); id != "" {
		channels = []string{id}
	}
	for _, id := range channels {
		ch, err := c.live(id)
		if err != nil {
			return nil, err
		}
		m := c.s.ours(c.token)
		m.Text, m.Subtype = c.str("initial_comment"), "file_share"
		var blocks []any
		if err := c.tree("blocks", &blocks); err != nil {
			return nil, no("invalid_blocks_format")
		}
		if problems := c.s.checkBlocks(blocks, messageSurface); len(problems) > 0 {
			return nil, invalid("invalid_blocks", problems...)
		}
		m.Blocks = c.s.withIDs(blocks)
		if m.ThreadTS = c.str("thread_ts"); m.ThreadTS != "" && ch.message(m.ThreadTS) == nil {
			return nil, no("invalid_thread_ts")
		}
		c.s.share(ch, m, all)
	}
	for _, f := range all {
		f.complete = true
		shown = append(shown, c.s.fileObject(f, base(c.r)))
	}
	return object{"files": shown}, nil
}

// share posts a message with files.
func (s *Server) share(ch *channel, m *Message, files []*file) {
	m.Upload = true
	for _, f := range files {
		f.complete = true
		m.Files = append(m.Files, s.fileObject(f, ""))
	}
	s.post(ch, m)
	for _, f := range files {
		f.shares = append(f.shares, object{"channel": ch.ID, "ts": m.TS})
		s.tellIn(ch, object{"type": "file_shared", "file_id": f.ID, "user_id": f.user, "file": object{"id": f.ID}, "channel_id": ch.ID, "event_ts": m.TS})
	}
}

func filesInfo(c *call) (object, error) {
	f := c.s.files[c.str("file")]
	if f == nil || f.team != c.token.team || !f.complete {
		return nil, no("file_not_found")
	}
	return object{"file": c.s.fileObject(f, base(c.r)), "comments": []object{}, "response_metadata": object{"next_cursor": ""}}, nil
}

func filesDelete(c *call) (object, error) {
	f := c.s.files[c.str("file")]
	switch {
	case f == nil || f.team != c.token.team:
		return nil, no("file_not_found")
	case f.user != c.token.user:
		return nil, no("cant_delete_file")
	}
	delete(c.s.files, f.ID)
	return nil, nil
}

// download gives a file to those who show a token of its workspace; others are led to the page for signing in.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	if fault := s.meet("files.download"); fault != nil {
		if !s.endure(r, fault) || fault.Cut || fault.CutAfter {
			hangUp(w)
			return
		}
		if fault.Status != 0 {
			w.WriteHeader(fault.Status)
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	for _, f := range s.files {
		if f.path() != r.URL.Path {
			continue
		}
		if t == nil || t.revoked || t.team != f.team || !slices.Contains(t.scopes, "files:read") {
			break
		}
		w.Header().Set("Content-Type", f.MIME)
		w.Header().Set("Content-Length", strconv.Itoa(len(f.Content)))
		_, _ = w.Write(f.Content)
		return
	}
	http.Redirect(w, r, "/?redir="+r.URL.Path, http.StatusFound)
}
