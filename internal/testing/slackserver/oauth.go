package slackserver

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// grant is a code that somebody's consent has made; it lives ten minutes and is taken once.
type grant struct {
	user, redirect, challenge, nonce string
	scopes, userScopes               []string
	openid                           bool
	expires                          time.Time
}

// signer keeps the key of id tokens and who sits before the browser.
type signer struct {
	key      *rsa.PrivateKey
	signedIn string
}

// SignedIn says who sits before browsers that come to the consent page; with nobody there, consent is denied.
func (s *Server) SignedIn(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys.signedIn = user
}

// Authorize lets a person consent to what an authorize address asks for, and returns the address to which Slack leads back.
func (s *Server) Authorize(address, user string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.authorize(u.Path, u.Query(), user)
}

func (s *Server) authorize(path string, q url.Values, user string) (string, error) {
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || back.Host == "" {
		return "", errors.New("bad_redirect_uri")
	}
	if q.Get("client_id") != s.app.ClientID {
		return "", errors.New("invalid_client_id")
	}
	out := back.Query()
	if state := q.Get("state"); state != "" {
		out.Set("state", state)
	}
	if s.users[user] == nil {
		out.Set("error", "access_denied")
	} else {
		scopes := strings.FieldsFunc(q.Get("scope"), func(r rune) bool { return r == ',' || r == ' ' })
		g := &grant{
			user: user, redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), nonce: q.Get("nonce"), scopes: scopes,
			userScopes: strings.FieldsFunc(q.Get("user_scope"), func(r rune) bool { return r == ',' || r == ' ' }), openid: strings.HasPrefix(path, "/openid"),
			expires: s.clock.Now().Add(10 * time.Minute),
		}
		if g.openid && !slices.Contains(scopes, "openid") {
			return "", errors.New("invalid_scope")
		}
		code := strings.ToLower(s.fresh("code"))
		s.grants[code] = g
		out.Set("code", code)
	}
	back.RawQuery = out.Encode()
	return back.String(), nil
}

// consent is the page on which people say yes; it leads back at once.
func (s *Server) consent(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	back, err := s.authorize(r.URL.Path, r.URL.Query(), s.keys.signedIn)
	s.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, back, http.StatusFound)
}

// redeem takes the code of a call.
func (c *call) redeem(openid bool) (*grant, *person, error) {
	id, secret, basic := c.r.BasicAuth()
	if !basic {
		id, secret = c.str("client_id"), c.str("client_secret")
	}
	g := c.s.grants[c.str("code")]
	switch {
	case id != c.s.app.ClientID:
		return nil, nil, no("invalid_client_id")
	case secret != c.s.app.ClientSecret && (secret != "" || g == nil || g.challenge == ""):
		return nil, nil, no("bad_client_secret")
	case g == nil || g.openid != openid || g.user == "":
		return nil, nil, no("invalid_code")
	}
	delete(c.s.grants, c.str("code"))
	sum := sha256.Sum256([]byte(c.str("code_verifier")))
	switch {
	case c.now.After(g.expires):
		return nil, nil, no("code_expired")
	case c.str("redirect_uri") != g.redirect:
		return nil, nil, no("bad_redirect_uri")
	case g.challenge != "" && base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge:
		return nil, nil, no("invalid_code_verifier")
	}
	return g, c.s.users[g.user], nil
}

func oauthAccess(c *call) (object, error) {
	g, p, err := c.redeem(false)
	if err != nil {
		return nil, err
	}
	ws := c.s.workspaces[p.team]
	if c.s.orgs[ws.Enterprise] {
		answer := c.s.installOrg(ws.Enterprise, g.scopes)
		answer["authed_user"] = object{"id": p.ID}
		return answer, nil
	}
	c.s.install(ws, g.scopes)
	person := object{"id": p.ID}
	if len(g.userScopes) > 0 {
		t := c.s.userTokenFor(p, g.userScopes)
		person["scope"], person["access_token"], person["token_type"] = strings.Join(g.userScopes, ","), t.value, "user"
	}
	answer := object{
		"access_token": ws.BotToken, "token_type": "bot", "scope": strings.Join(ws.Scopes, ","), "bot_user_id": ws.BotUser, "app_id": c.s.app.ID,
		"team": object{"id": ws.Team, "name": ws.Name}, "enterprise": nil, "is_enterprise_install": false, "authed_user": person,
	}
	if ws.Enterprise != "" {
		answer["enterprise"] = object{"id": ws.Enterprise, "name": "Grid"}
	}
	return answer, nil
}

func (s *Server) userTokenFor(p *person, scopes []string) *token {
	t := &token{value: "xoxp-" + strings.ToLower(s.fresh("P")), kind: userToken, team: p.team, user: p.ID, scopes: scopes}
	s.tokens[t.value] = t
	return t
}

func authRevoke(c *call) (object, error) {
	if c.flag("test") {
		return object{"revoked": false}, nil
	}
	if c.token.kind == botToken {
		c.s.revoke(c.team)
	}
	c.token.revoked = true
	return object{"revoked": true}, nil
}

func appsUninstall(c *call) (object, error) {
	if c.str("client_id") != c.s.app.ClientID || c.str("client_secret") != c.s.app.ClientSecret {
		return nil, no("invalid_client_id")
	}
	c.s.uninstall(c.team)
	return nil, nil
}

// Uninstall lets somebody remove the app from a workspace: its token dies, and the app is told.
func (s *Server) Uninstall(team string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uninstall(s.workspaces[team])
}

// Revoke lets a workspace's token die without an uninstall.
func (s *Server) Revoke(team string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoke(s.workspaces[team])
}

func (s *Server) uninstall(ws *workspace) {
	s.revoke(ws)
	s.tell(ws.Team, object{"type": "app_uninstalled", "event_ts": s.stamp()})
	ws.Installed = false
	for _, ch := range s.channels {
		ch.members = slices.DeleteFunc(ch.members, func(m string) bool { return m == ws.BotUser && !ch.IM })
	}
	s.touch()
}

func (s *Server) revoke(ws *workspace) {
	if t := s.tokens[ws.BotToken]; t != nil {
		t.revoked = true
	}
	s.tell(ws.Team, object{"type": "tokens_revoked", "tokens": object{"oauth": []string{}, "bot": []string{ws.BotUser}}, "event_ts": s.stamp()})
	s.touch()
}

func openidToken(c *call) (object, error) {
	g, p, err := c.redeem(true)
	if err != nil {
		return nil, err
	}
	claims := c.s.claims(p, base(c.r))
	claims["aud"], claims["iat"], claims["exp"], claims["auth_time"] = c.s.app.ClientID, c.now.Unix(), c.now.Add(5*time.Minute).Unix(), c.now.Unix()
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	t := c.s.userTokenFor(p, g.scopes)
	signed, err := c.s.sign(claims)
	return object{"access_token": t.value, "token_type": "Bearer", "id_token": signed}, err
}

// claims are what Slack says of a person who signs in.
func (s *Server) claims(p *person, issuer string) object {
	ws := s.workspaces[p.team]
	return object{
		"iss": issuer, "sub": p.ID, "https://slack.com/user_id": p.ID, "https://slack.com/team_id": p.team, "https://slack.com/team_name": ws.Name,
		"https://slack.com/team_domain": ws.Domain, "email": p.Email, "email_verified": true, "name": p.Name, "picture": p.Avatar, "locale": "en-US",
	}
}

func openidUserInfo(c *call) (object, error) {
	return c.s.claims(c.s.users[c.token.user], base(c.r)), nil
}

func (s *Server) sign(claims object) (string, error) {
	if s.keys.key == nil {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return "", err
		}
		s.keys.key = key
	}
	head, _ := json.Marshal(object{"alg": "RS256", "typ": "JWT", "kid": "standin"})
	body, _ := json.Marshal(claims)
	text := base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.keys.key, crypto.SHA256, sum[:])
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), err
}

func (s *Server) showKeys(w http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := []object{}
	if s.keys.key != nil {
		encode64 := base64.RawURLEncoding.EncodeToString
		keys = append(keys, object{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "standin",
			"n": encode64(s.keys.key.N.Bytes()), "e": encode64(big.NewInt(int64(s.keys.key.E)).Bytes()),
		})
	}
	_ = json.NewEncoder(w).Encode(object{"keys": keys})
}

func (s *Server) discovery(w http.ResponseWriter, r *http.Request) {
	at := base(r)
	_ = json.NewEncoder(w).Encode(object{
		"issuer": at, "authorization_endpoint": at + "/openid/connect/authorize", "token_endpoint": at + "/api/openid.connect.token",
		"userinfo_endpoint": at + "/api/openid.connect.userInfo", "jwks_uri": at + "/openid/connect/keys", "scopes_supported": []string{"openid", "profile", "email"},
		"response_types_supported": []string{"code"}, "id_token_signing_alg_values_supported": []string{"RS256"},
	})
}
