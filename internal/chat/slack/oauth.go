package slack

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/platform/httpx"
)

// App is Muster's own app at Slack: how workspaces install it and people sign in with it. It is a confidential client,
// which holds a secret; Slack offers PKCE to public clients alone, so a signed state and a nonce stand in for it
// (https://docs.slack.dev/authentication/installing-with-oauth).
type App struct {
	ClientID, ClientSecret string
	// Site is where Slack is, without a slash at its end.
	Site string
	HTTP *http.Client
}

func (a App) api() string { return a.Site + "/api/" }

func (a App) client(token string) *slack.Client {
	return slack.New(token, slack.OptionHTTPClient(a.HTTP), slack.OptionAPIURL(a.api()))
}

// InstallAddress is where an administrator allows Muster into a workspace; team preselects one, or is empty.
func (a App) InstallAddress(state, redirect, team string) string {
	query := url.Values{"client_id": {a.ClientID}, "scope": {strings.Join(ScopeNames(), ",")}, "redirect_uri": {redirect}, "state": {state}}
	if team != "" {
		query.Set("team", team)
	}
	return a.Site + "/oauth/v2/authorize?" + query.Encode()
}

// Installation is what a workspace gave when it let Muster in.
type Installation struct {
	Credentials
	// Team is the id of the workspace, or of the Enterprise Grid when the whole of it let Muster in.
	Team, Name, URL, Enterprise string
	Wide                        bool
	Scopes                      []string
}

// Install exchanges the code that Slack sent back for the installation.
func (a App) Install(ctx context.Context, code, redirect string) (Installation, error) {
	if err := httpx.RefuseInTransaction(ctx); err != nil {
		return Installation{}, err
	}
	got, err := slack.GetOAuthV2ResponseContext(ctx, a.HTTP, a.ClientID, a.ClientSecret, code, redirect, slack.OAuthOptionAPIURL(a.api()))
	if err != nil {
		return Installation{}, fmt.Errorf("exchange the code of an installation: %w", withoutAddress(err))
	}
	made := Installation{
		Credentials: Credentials{Token: got.AccessToken, BotUser: got.BotUserID, AppID: got.AppID},
		Team:        got.Team.ID, Name: got.Team.Name, Enterprise: got.Enterprise.ID, Wide: got.IsEnterpriseInstall, Scopes: splitScopes(got.Scope),
	}
	if made.Wide {
		made.Team, made.Name = got.Enterprise.ID, got.Enterprise.Name
	}
	if made.Team == "" || made.Token == "" {
		return Installation{}, errors.New("slack: an installation without a team or a token")
	}
	tested, err := a.Test(ctx, made.Token)
	if err != nil {
		return Installation{}, err
	}
	made.URL, made.BotID = tested.URL, tested.BotID
	return made, nil
}

func splitScopes(list string) []string {
	scopes := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	slices.Sort(scopes)
	return scopes
}

// Tested is what Slack says of a token.
type Tested struct {
	URL, BotID, BotUser string
	// Scopes are those that the token has now.
	Scopes []string
	// Took is how long Slack took to answer.
	Took time.Duration
}

// Test asks Slack whether the token still opens the workspace, and what it may.
func (a App) Test(ctx context.Context, token string) (Tested, error) {
	if err := httpx.RefuseInTransaction(ctx); err != nil {
		return Tested{}, err
	}
	asked := time.Now()
	got, err := a.client(token).AuthTestContext(ctx)
	if err != nil {
		return Tested{}, fmt.Errorf("ask Slack about a token: %w", withoutAddress(err))
	}
	return Tested{URL: got.URL, BotID: got.BotID, BotUser: got.UserID, Scopes: splitScopes(got.Header.Get("X-OAuth-Scopes")), Took: time.Since(asked)}, nil
}

// Gone reports whether Slack's answer means that a token will never work again.
func Gone(err error) bool {
	var said slack.SlackErrorResponse
	if !errors.As(err, &said) {
		return false
	}
	switch said.Err {
	case "invalid_auth", "token_revoked", "account_inactive", "token_expired", "not_authed", "team_access_not_granted":
		return true
	}
	return false
}

// Said returns the word of an answer with which Slack refused, or nothing where Slack did not answer.
func Said(err error) string {
	var said slack.SlackErrorResponse
	if errors.As(err, &said) {
		return said.Err
	}
	return ""
}

// Uninstall takes Muster out of the workspace, and its token with it.
func (a App) Uninstall(ctx context.Context, token string) error {
	if err := httpx.RefuseInTransaction(ctx); err != nil {
		return err
	}
	if err := a.client(token).UninstallAppContext(ctx, a.ClientID, a.ClientSecret); err != nil && !Gone(err) {
		return fmt.Errorf("uninstall Muster from a workspace: %w", withoutAddress(err))
	}
	return nil
}

// Icon returns the address of a workspace's icon, empty while it has none of its own.
func (a App) Icon(ctx context.Context, token string) (string, error) {
	if err := httpx.RefuseInTransaction(ctx); err != nil {
		return "", err
	}
	info, err := a.client(token).GetTeamInfoContext(ctx)
	if err != nil {
		return "", fmt.Errorf("ask Slack about a workspace: %w", withoutAddress(err))
	}
	if info.Icon["image_default"] == true {
		return "", nil
	}
	icon, _ := info.Icon["image_132"].(string)
	return icon, nil
}

// SignInAddress is where a person tells Slack to tell Muster who they are.
func (a App) SignInAddress(state, nonce, redirect, team string) string {
	query := url.Values{
		"response_type": {"code"}, "scope": {"openid profile"}, "client_id": {a.ClientID}, "state": {state}, "nonce": {nonce}, "redirect_uri": {redirect},
	}
	if team != "" {
		query.Set("team", team)
	}
	return a.Site + "/openid/connect/authorize?" + query.Encode()
}

// SignedIn is who Slack says that somebody is.
type SignedIn struct {
	// Enterprise is the Grid that the workspace belongs to, or empty.
	Team, Enterprise, User string
}

// claims are what an id token says (https://openid.net/specs/openid-connect-core-1_0.html#IDToken).
type claims struct {
	Issuer   string   `json:"iss"`
	Audience audience `json:"aud"`
	Expires  int64    `json:"exp"`
	Nonce    string   `json:"nonce"`
	Team     string   `json:"https://slack.com/team_id"`
	Grid     string   `json:"https://slack.com/enterprise_id"`
	User     string   `json:"https://slack.com/user_id"`
}

// audience is one name or a list of them.
type audience []string

// UnmarshalJSON reads either form.
func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	var several []string
	if err := json.Unmarshal(text, &several); err != nil {
		return err
	}
	*a = several
	return nil
}

// SignIn exchanges the code that Slack sent back for who it is. The id token comes straight from Slack over TLS, which
// stands for its signature (OpenID Connect Core, 3.1.3.7, point 6); everything else in it is checked.
func (a App) SignIn(ctx context.Context, code, redirect, nonce string, now time.Time) (SignedIn, error) {
	if err := httpx.RefuseInTransaction(ctx); err != nil {
		return SignedIn{}, err
	}
	got, err := slack.GetOpenIDConnectTokenContext(ctx, a.HTTP, a.ClientID, a.ClientSecret, code, redirect, slack.OAuthOptionAPIURL(a.api()))
	if err != nil {
		return SignedIn{}, fmt.Errorf("exchange the code of a sign-in: %w", withoutAddress(err))
	}
	return a.read(got.IdToken, nonce, now)
}

func (a App) read(token, nonce string, now time.Time) (SignedIn, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return SignedIn{}, errors.New("slack: the id token has not three parts")
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return SignedIn{}, fmt.Errorf("slack: read the id token: %w", err)
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return SignedIn{}, fmt.Errorf("slack: read the id token: %w", err)
	}
	switch {
	case c.Issuer != a.Site:
		return SignedIn{}, fmt.Errorf("slack: the id token is from %q", c.Issuer)
	case !slices.Contains(c.Audience, a.ClientID):
		return SignedIn{}, errors.New("slack: the id token is for another app")
	case nonce == "" || c.Nonce != nonce:
		return SignedIn{}, errors.New("slack: the id token answers another sign-in")
	case !now.Before(time.Unix(c.Expires, 0).Add(time.Minute)):
		return SignedIn{}, errors.New("slack: the id token has run out")
	case c.Team == "" || c.User == "":
		return SignedIn{}, errors.New("slack: the id token names nobody")
	}
	return SignedIn{Team: c.Team, Enterprise: c.Grid, User: c.User}, nil
}

// withoutAddress takes an address out of an error for logs, because a code may stand in it.
func withoutAddress(err error) error { return httpx.WithoutAddress(err) }
