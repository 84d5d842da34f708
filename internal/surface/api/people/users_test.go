package people_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/apitest"
)

func TestUsers(t *testing.T) {
	c := apitest.New(t)
	viewer := c.Person("Lena", authz.Viewer)
	gone := c.Person("Jonas", authz.Responder)
	if err := c.App.Users.Deactivate(c.Owner.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	err := c.App.DB.Write(c.System(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO muster.slack_workspace (organisation_id, id, team_id, name, token, installed_at)
			VALUES (muster.current_organisation(), '01SLACK', 'T1', 'Demo', 'x', $1)`, c.Clock.Now())
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO muster.slack_member (organisation_id, team_id, slack_user_id, user_id, checked_at)
				VALUES (muster.current_organisation(), 'T1', 'U02LENA', $1, $2)`, string(viewer.ID), c.Clock.Now())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	c.Call("GET", "/v2/users", nil).Want(200).Golden("users")
	c.Call("GET", "/v2/users?include_inactive=true", nil).Want(200).Golden("users-inactive")
	c.Call("GET", "/v2/users/"+gone.ID.String(), nil).Want(200).Golden("user")
	c.Call("GET", "/v2/users/01FCNDV6P870EA6S7TK1DSYDG0", nil).Want(404)
	for query, want := range map[string]string{"email=LENA@example.test": "Lena", "slack_user_id=U02LENA": "Lena", "email=ada@example.test": "Ada"} {
		if got := c.Call("GET", "/v2/users?"+query, nil).Want(200).Get("users", 0, "name"); got != want {
			t.Errorf("%s found %s", query, got)
		}
	}
	for _, query := range []string{"email=nobody@example.test", "slack_user_id=U0NOBODY", "email=jonas@example.test", "slack_user_id=U02LENA&email=ada@example.test"} {
		if got := c.Call("GET", "/v2/users?"+query, nil).Want(200); string(got.Body) != `{"users":[],"pagination_meta":{"page_size":25}}`+"\n" {
			t.Errorf("%s found %s", query, got.Body)
		}
	}
	c.Call("GET", "/v2/users?page_size=10000", nil).Want(200)
	c.Call("GET", "/v2/users?page_size=10001", nil).Want(422).Golden("users-page-too-large")
	c.Of(c.Organisation, authz.Of(authz.ViewSeverities)).Call("GET", "/v2/users", nil).Want(403)
}

// While somebody reads page after page, people join, and one is renamed; whoever was there all the time is met once.
func TestUsersPageByPage(t *testing.T) {
	c := apitest.New(t)
	there := []string{c.Owner.ID.String()}
	for n := range 6 {
		there = append(there, c.Person(fmt.Sprintf("Person%d", n), authz.Responder).ID.String())
	}
	slices.Sort(there)
	var met []string
	after := ""
	for page := 0; ; page++ {
		var list struct {
			Users []struct{ ID string }  `json:"users"`
			Meta  struct{ After string } `json:"pagination_meta"`
		}
		c.Call("GET", "/v2/users?page_size=2&after="+after, nil).Want(200).Into(&list)
		for _, u := range list.Users {
			if slices.Contains(met, u.ID) {
				t.Fatalf("%s was met twice", u.ID)
			}
			if slices.Contains(there, u.ID) {
				met = append(met, u.ID)
			}
		}
		if after = list.Meta.After; after == "" {
			break
		}
		if page < 2 {
			c.Person(fmt.Sprintf("Aaron%d", page), authz.Viewer)
		}
	}
	if slices.Sort(met); !slices.Equal(met, there) {
		t.Errorf("met %v of %v", met, there)
	}
	last := c.Call("GET", "/v2/users?include_inactive=true&page_size=1000", nil)
	var all struct{ Users []struct{ ID string } }
	last.Into(&all)
	c.Call("GET", "/v2/users?after="+all.Users[len(all.Users)-1].ID, nil).Want(200).Golden("users-after-the-last")
}
