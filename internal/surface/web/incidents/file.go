package incidents

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// upload takes a file for the next message.
func (p *Pages) upload(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		return problem.Field("file", "missing", "Choose a file, 25 MB at most.").Because(err)
	}
	defer func() { _ = file.Close() }()
	attached, err := p.Rooms.AttachFile(r.Context(), room.AttachFile{Incident: inc.ID, Name: header.Filename, Content: file})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	return json.NewEncoder(w).Encode(map[string]string{"id": string(attached.ID)})
}

// size words a number of bytes as people say it.
func size(bytes int64) string {
	switch {
	case bytes < 1000:
		return fmt.Sprintf("%d bytes", bytes)
	case bytes < 1_000_000:
		return fmt.Sprintf("%d kB", (bytes+500)/1000)
	default:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
}
