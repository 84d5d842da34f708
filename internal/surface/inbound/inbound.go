// Package inbound is the doors for machines: addresses that other programs call without a session.
package inbound

import (
	"encoding/json"
	"mime"
	"net/http"

	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Needs are what the doors lead to.
type Needs struct{ Escalations *escalation.Service }

// Doors answers programs.
type Doors struct{ Needs }

// New returns the doors.
func New(needs Needs) *Doors { return &Doors{needs} }

// Routes registers the doors.
func (d *Doors) Routes(mux *http.ServeMux) {
	mux.HandleFunc("POST /hooks/escalations/acknowledged", d.acknowledged)
}

// acknowledged answers a call for whoever stands behind a webhook; the address that they were given is the right to it.
func (d *Doors) acknowledged(w http.ResponseWriter, r *http.Request) {
	cmd := escalation.ParseAnswer(r.URL.Query())
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		var body struct {
			By string `json:"by"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			fail(w, problem.New(problem.Invalid, "unreadable", "The body is no JSON. Send {\"by\": \"a name\"}, or nothing."))
			return
		}
		cmd.By = body.By
	} else {
		cmd.By = r.PostFormValue("by")
	}
	done, err := d.Escalations.AnswerFromOutside(r.Context(), cmd)
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, map[string]any{"state": done.State, "by": done.By.Name})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func fail(w http.ResponseWriter, err error) {
	status, words := http.StatusInternalServerError, "Something went wrong here. Try again."
	switch problem.KindOf(err) {
	case problem.Invalid:
		status = http.StatusUnprocessableEntity
	case problem.Forbidden:
		status = http.StatusForbidden
	case problem.NotFound:
		status = http.StatusNotFound
	case problem.Conflict:
		status = http.StatusConflict
	}
	if status != http.StatusInternalServerError {
		words = problem.All(err)[0].Message
	}
	reply(w, status, map[string]string{"error": words})
}
