package slack

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

func TestIDTokenIsTakenOnlyAsItShouldBe(t *testing.T) {
	t.Parallel()
	app, now := App{ClientID: "1.2", Site: "https://slack.com"}, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	right := map[string]any{
		"iss": "https://slack.com", "aud": "1.2", "exp": now.Add(5 * time.Minute).Unix(), "nonce": "once",
		"https://slack.com/team_id": "T1", "https://slack.com/user_id": "U1", "https://slack.com/enterprise_id": "E1",
	}
	token := func(change map[string]any) string {
		claims := map[string]any{}
		for name, value := range right {
			claims[name] = value
		}
		for name, value := range change {
			claims[name] = value
		}
		payload, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		return "e30." + base64.RawURLEncoding.EncodeToString(payload) + ".c2ln"
	}
	for _, change := range []map[string]any{{}, {"aud": []string{"9.9", "1.2"}}, {"exp": now.Add(-30 * time.Second).Unix()}} {
		if who, err := app.read(token(change), "once", now); err != nil || who != (SignedIn{Team: "T1", Enterprise: "E1", User: "U1"}) {
			t.Errorf("%v: %+v, %v", change, who, err)
		}
	}
	for _, change := range []map[string]any{
		{"iss": "https://slack.example"},
		{"aud": "9.9"},
		{"aud": []string{}},
		{"exp": now.Add(-2 * time.Minute).Unix()},
		{"nonce": "twice"},
		{"nonce": ""},
		{"https://slack.com/team_id": ""},
		{"https://slack.com/user_id": ""},
	} {
		if who, err := app.read(token(change), "once", now); err == nil {
			t.Errorf("%v is taken for %+v", change, who)
		}
	}
	for _, broken := range []string{"", "a.b", "a.!.c", "a." + base64.RawURLEncoding.EncodeToString([]byte("no")) + ".c"} {
		if _, err := app.read(broken, "once", now); err == nil {
			t.Errorf("%q is taken", broken)
		}
	}
	if _, err := app.read(token(map[string]any{"nonce": ""}), "", now); err == nil {
		t.Error("a sign-in without a nonce is taken")
	}
}

func TestProfilesTrustOnlyTheirOwnWorkspace(t *testing.T) {
	t.Parallel()
	person := func(change func(u *slack.User)) slack.User {
		u := slack.User{ID: "U1", TeamID: "T1", IsEmailConfirmed: true, TZ: "Europe/Oslo", Profile: slack.UserProfile{RealName: "Ada", Email: "Ada@Example.test", Image192: "https://a.test/1.png"}}
		change(&u)
		return u
	}
	for name, c := range map[string]struct {
		user       slack.User
		enterprise string
		want       Profile
	}{
		"a member":                  {person(func(*slack.User) {}), "", Profile{Email: "ada@example.test"}},
		"an address not confirmed":  {person(func(u *slack.User) { u.IsEmailConfirmed = false }), "", Profile{}},
		"a guest":                   {person(func(u *slack.User) { u.IsUltraRestricted = true }), "", Profile{Email: "ada@example.test", Guest: true}},
		"another company's":         {person(func(u *slack.User) { u.TeamID = "T9" }), "", Profile{Guest: true}},
		"a stranger":                {person(func(u *slack.User) { u.IsStranger = true }), "", Profile{Guest: true}},
		"another workspace of ours": {person(func(u *slack.User) { u.TeamID, u.Enterprise.EnterpriseID = "T9", "E1" }), "E1", Profile{Email: "ada@example.test"}},
		"another Grid's workspace":  {person(func(u *slack.User) { u.TeamID, u.Enterprise.EnterpriseID = "T9", "E9" }), "E1", Profile{Guest: true}},
		"of the Grid itself":        {person(func(u *slack.User) { u.TeamID = "E1" }), "E1", Profile{Email: "ada@example.test"}},
		"a workflow":                {person(func(u *slack.User) { u.IsWorkflowBot = true }), "", Profile{Email: "ada@example.test", Bot: true}},
	} {
		c.want.ID, c.want.Name, c.want.Zone, c.want.Avatar = "U1", "Ada", "Europe/Oslo", "https://a.test/1.png"
		if got := ProfileOf(c.user, "T1", c.enterprise); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestTheDocumentNamesEveryPermission keeps the table for administrators true.
func TestTheDocumentNamesEveryPermission(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../../docs/slack.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Scopes() {
		if row := "| `" + s.Name + "` | " + s.For + " | " + s.Without + " |"; !strings.Contains(string(doc), row) {
			t.Errorf("docs/slack.md lacks the row %s", row)
		}
	}
}
