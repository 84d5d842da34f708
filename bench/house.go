package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/installation"
)

// house is an organisation with people who are signed in.
type house struct {
	organisation id.ID
	people       []*installation.Person
	// members are their ids.
	members []id.ID
}

// staff is how many people there are: enough that none opens more live streams than one may.
const staff = 40

func furnish(ctx context.Context, here *installation.Installation) (*house, error) {
	a, err := here.App(ctx)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	begun, err := a.Organisations.CreateWithOwner(ctx, organisation.CreateWithOwner{Name: "Bench", OwnerName: "Owner", OwnerEmail: "owner@example.test"})
	if err != nil {
		return nil, err
	}
	h := &house{organisation: begun.ID}
	for n := range staff {
		email := fmt.Sprintf("person%d@example.test", n)
		member, err := a.Users.Enrol(tenant.AsSystem(ctx, begun.ID), user.Enrol{Name: fmt.Sprintf("Person %d", n), Email: email, Role: authz.Responder})
		if err != nil {
			return nil, err
		}
		link, err := a.Auth.SignInLink(ctx, email, "")
		if err != nil {
			return nil, err
		}
		person, err := here.SignIn(ctx, link)
		if err != nil {
			return nil, err
		}
		h.people, h.members = append(h.people, person), append(h.members, member)
	}
	return h, nil
}

// ask sends a request and returns how long the answer took; it must have the status.
func ask(ctx context.Context, who *installation.Person, method, path string, form url.Values, status int) (installation.Answer, time.Duration, error) {
	begun := time.Now()
	answer, err := who.Do(ctx, method, path, form)
	took := time.Since(begun)
	if err == nil && answer.Status != status {
		err = fmt.Errorf("%s %s is answered with %d, want %d: %.300s", method, path, answer.Status, status, answer.Body)
	}
	return answer, took, err
}

func declare(ctx context.Context, who *installation.Person, name, key string) (where string, took time.Duration, err error) {
	answer, took, err := ask(ctx, who, http.MethodPost, "/incidents", url.Values{"name": {name}, "key": {key}}, http.StatusNoContent)
	return answer.Header.Get("Muster-Location"), took, err
}

func say(ctx context.Context, who *installation.Person, where, text, key string) (time.Duration, error) {
	_, took, err := ask(ctx, who, http.MethodPost, where+"/room/messages", url.Values{"text": {text}, "client_key": {key}}, http.StatusCreated)
	return took, err
}

// find returns the id of the incident at a path.
func (h *house) find(ctx context.Context, here *installation.Installation, where string) (id.ID, error) {
	a, err := here.App(ctx)
	if err != nil {
		return "", err
	}
	defer a.Close()
	return a.Incidents.ByReference(tenant.AsSystem(ctx, h.organisation), where[strings.LastIndex(where, "/")+1:])
}
