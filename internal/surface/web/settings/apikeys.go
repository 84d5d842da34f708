package settings

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// keyView is one API key in the list.
type keyView struct {
	ID, Name, Comments, Roles string
	// Made tells who made it, and who answers for it where that is another.
	Made string
	Used *ui.Moment
	// Held says which roles it has and cannot use, since its sponsor may do less.
	Held string
}

// keysView is the list of API keys.
type keysView struct {
	Keys    []keyView
	Problem string
	// Allowlist is what the allow-list says, in a line.
	Allowlist string
}

// roleGroup is what roles are about, and those that can be given.
type roleGroup struct {
	Name  string
	Roles []ui.Option
	// Open shows them at once.
	Open bool
}

// keyFormView is the form that makes a key or changes it.
type keyFormView struct {
	Title, Lead, Action, Method, Save string
	Form                              *page.Form
	Groups                            []roleGroup
	// TeamRoles are the roles that it has in teams alone, which the API says.
	TeamRoles string
}

const keysPath = "/settings/api-keys"

func (v keyView) at() string { return keysPath + "/" + v.ID }

func (v keyView) menu() []ui.MenuItem {
	return []ui.MenuItem{
		{Label: "Edit", Icon: "pencil", Href: v.at() + "/edit"},
		{Label: "Rotate", Icon: "rotate-cw", Href: v.at() + "/rotate"},
		{
			Label: "Revoke", Icon: "trash-2", Href: v.at(), Method: "DELETE", Danger: true,
			Asks: "Revoke " + v.Name + "? Programs that use it are refused from that moment. This cannot be undone.",
		},
	}
}

// keyRoutes registers the pages of API keys, for those who may see them.
func (p *Pages) keyRoutes(on func(string, page.Handler)) {
	guarded := func(pattern string, needs authz.Permission, handle page.Handler) {
		on(pattern, func(w http.ResponseWriter, r *http.Request) error {
			if _, err := tenant.Require(r.Context(), needs); err != nil {
				return err
			}
			return handle(w, r)
		})
	}
	guarded("GET "+keysPath, authz.ViewAPIKeys, func(w http.ResponseWriter, r *http.Request) error {
		return p.apiKeys(w, r, http.StatusOK, "")
	})
	guarded("GET "+keysPath+"/new", authz.CreateAPIKeys, p.newKey)
	guarded("POST "+keysPath, authz.CreateAPIKeys, p.createKey)
	guarded("GET "+keysPath+"/{key}/edit", authz.UpdateAPIKeys, p.editKeyForm)
	guarded("PUT "+keysPath+"/{key}", authz.UpdateAPIKeys, p.editKey)
	guarded("GET "+keysPath+"/{key}/rotate", authz.RotateAPIKeys, p.rotateForm)
	guarded("POST "+keysPath+"/{key}/rotate", authz.RotateAPIKeys, p.rotateKey)
	guarded("DELETE "+keysPath+"/{key}", authz.DestroyAPIKeys, p.revokeKey)
	guarded("GET "+allowlistPath, authz.UpdateSecurity, p.allowlist)
	guarded("PUT "+allowlistPath, authz.UpdateSecurity, p.changeAllowlist)
}

// shownKeys is how many keys the page lists; few organisations have more than some dozens.
const shownKeys = 500

func (p *Pages) apiKeys(w http.ResponseWriter, r *http.Request, status int, wrong string) error {
	all, _, err := p.APIKeys.List(r.Context(), apikey.List{Count: shownKeys})
	if err != nil {
		return err
	}
	list, err := p.APIKeys.Allowlist(r.Context())
	if err != nil {
		return err
	}
	v := keysView{Problem: wrong, Allowlist: allowlistLine(list)}
	for _, key := range all {
		one := keyView{ID: string(key.ID), Name: key.Name, Comments: key.Comments, Roles: rolesLine(slices.Concat(key.Roles, key.TeamRoles)), Made: "Made by " + key.CreatedBy.Name + "."}
		if key.LastUsedAt != nil {
			used := p.moment(r, *key.LastUsedAt)
			one.Used = &used
		}
		switch {
		case key.Sponsor != nil && key.Sponsor.ID != key.CreatedBy.ID:
			one.Made += " " + key.Sponsor.Name + " answers for it."
		case key.CreatedBy.Type == tenant.System:
			one.Made = "Made from a shell."
		}
		if held := key.Held(); len(held) > 0 {
			one.Held = key.Sponsor.Name + " answers for it and may do less: it cannot do all of " + rolesLine(held) + ". Edit and save it to answer for it yourself."
		}
		v.Keys = append(v.Keys, one)
	}
	return p.show(w, r, status, "api-keys", "API keys", keysPage(v))
}

// rolesLine names roles as people do.
func rolesLine(roles []authz.KeyRole) string {
	var names []string
	for _, role := range roles {
		if about, known := role.About(); known {
			names = append(names, about.Name)
		}
	}
	if len(names) == 0 {
		return "No role: it can only say who it is"
	}
	return strings.Join(names, ", ")
}

// keyForm shows the form; has are the roles that the key has already, offered whoever looks.
func (p *Pages) keyForm(w http.ResponseWriter, r *http.Request, status int, v keyFormView, has []authz.KeyRole) error {
	viewer, _ := page.ViewerOf(r.Context())
	for _, about := range authz.KeyRoles() {
		if !viewer.Permissions.Covers(about.Permissions()) && !slices.Contains(has, about.Role) {
			continue
		}
		if len(v.Groups) == 0 || v.Groups[len(v.Groups)-1].Name != about.Group {
			v.Groups = append(v.Groups, roleGroup{Name: about.Group, Open: len(v.Groups) == 0})
		}
		group, chosen := &v.Groups[len(v.Groups)-1], v.Form.Value("role."+string(about.Role)) == "on"
		group.Roles = append(group.Roles, ui.Option{Value: string(about.Role), Label: about.Name, Hint: about.Description, Chosen: chosen})
		group.Open = group.Open || chosen
	}
	return p.show(w, r, status, "api-keys", v.Title, keyFormPage(v))
}

func (p *Pages) newKey(w http.ResponseWriter, r *http.Request) error {
	form := page.NewForm(map[string]string{"name": "", "comments": "", "per_minute": strconv.Itoa(apikey.DefaultPerMinute), "roles": ""})
	return p.keyForm(w, r, http.StatusOK, newKeyView(form), nil)
}

func newKeyView(form *page.Form) keyFormView {
	return keyFormView{
		Title: "Make an API key", Lead: "Give it what its program needs and no more. It never does more than you may yourself. The key is shown once, after you make it.",
		Action: keysPath, Save: "Make the key", Form: form,
	}
}

// keySaid reads what was typed about a key.
func keySaid(form *page.Form) (apikey.What, int) {
	what := apikey.What{Name: form.Value("name"), Comments: form.Value("comments")}
	for _, about := range authz.KeyRoles() {
		if form.Value("role."+string(about.Role)) == "on" {
			what.Roles = append(what.Roles, about.Role)
		}
	}
	perMinute, err := strconv.Atoi(strings.TrimSpace(form.Value("per_minute")))
	if err != nil || perMinute == 0 {
		perMinute = -1 // refused with what would be right
	}
	return what, perMinute
}

var errNoRole = problem.Field("roles", "is_required", "Choose what the key may do.")

func (p *Pages) createKey(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	what, perMinute := keySaid(form)
	var made apikey.Key
	var token string
	if err = errNoRole; len(what.Roles) > 0 {
		made, token, err = p.APIKeys.Create(r.Context(), apikey.Create{What: what, PerMinute: perMinute})
	}
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return p.keyForm(w, r, page.Status(err), newKeyView(form), nil)
	}
	return p.show(w, r, http.StatusOK, "api-keys", "Made", keySecretPage(made.Name+" is made", "This is the key. It is not shown again: keep it where your program reads it.", token))
}

func (p *Pages) keyOf(r *http.Request) (apikey.Key, error) {
	return p.APIKeys.Get(r.Context(), id.ID(r.PathValue("key")))
}

func editKeyView(key apikey.Key, form *page.Form) keyFormView {
	v := keyFormView{Title: "Edit " + key.Name, Lead: "Its secret stays. What you change holds from the next request.", Action: keysPath + "/" + string(key.ID), Method: http.MethodPut, Save: "Save", Form: form}
	if len(key.TeamRoles) > 0 {
		v.TeamRoles = "For its teams alone: " + rolesLine(key.TeamRoles) + ". The API changes these."
	}
	return v
}

func (p *Pages) editKeyForm(w http.ResponseWriter, r *http.Request) error {
	key, err := p.keyOf(r)
	if err != nil {
		return err
	}
	values := map[string]string{"name": key.Name, "comments": key.Comments, "per_minute": strconv.Itoa(key.PerMinute), "version": strconv.Itoa(int(key.Version)), "roles": ""}
	for _, role := range key.Roles {
		values["role."+string(role)] = "on"
	}
	return p.keyForm(w, r, http.StatusOK, editKeyView(key, page.NewForm(values)), key.Roles)
}

func (p *Pages) editKey(w http.ResponseWriter, r *http.Request) error {
	key, err := p.keyOf(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		what, perMinute := keySaid(form)
		what.TeamRoles, what.Teams = key.TeamRoles, key.Teams
		if len(what.Roles)+len(what.TeamRoles) == 0 {
			return "", "", errNoRole
		}
		version, _ := strconv.ParseInt(form.Value("version"), 10, 32)
		_, err := p.APIKeys.Edit(r.Context(), apikey.Edit{Key: key.ID, What: what, PerMinute: perMinute, Version: int32(version)}) //nolint:gosec // parsed as one
		return keysPath, "Saved", err
	}, func(status int, form *page.Form, _ error) error {
		return p.keyForm(w, r, status, editKeyView(key, form), key.Roles)
	})
}

func (p *Pages) rotateForm(w http.ResponseWriter, r *http.Request) error {
	key, err := p.keyOf(r)
	if err != nil {
		return err
	}
	return p.rotatePage(w, r, http.StatusOK, key, page.NewForm(map[string]string{"grace_period_minutes": "30"}))
}

func (p *Pages) rotatePage(w http.ResponseWriter, r *http.Request, status int, key apikey.Key, form *page.Form) error {
	choices := ui.ChoiceView{Name: "grace_period_minutes", Label: "The old secret goes on for", Error: form.Error("grace_period_minutes"), Wrap: true, Hint: "As long as it takes to give your program the new one. If the old one has leaked, choose not at all."}
	for _, o := range []ui.Option{{Value: "0", Label: "Not at all"}, {Value: "15", Label: "15 minutes"}, {Value: "30", Label: "30 minutes"}, {Value: "60", Label: "An hour"}} {
		o.Chosen = form.Value("grace_period_minutes") == o.Value
		choices.Options = append(choices.Options, o)
	}
	return p.show(w, r, status, "api-keys", "Rotate "+key.Name, rotatePage(key.Name, keysPath+"/"+string(key.ID)+"/rotate", form.Problem, choices))
}

func (p *Pages) rotateKey(w http.ResponseWriter, r *http.Request) error {
	key, err := p.keyOf(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	minutes, wrong := strconv.Atoi(form.Value("grace_period_minutes"))
	if wrong != nil {
		minutes = -1
	}
	rotated, token, err := p.APIKeys.Rotate(r.Context(), apikey.Rotate{Key: key.ID, Grace: time.Duration(min(minutes, 1000)) * time.Minute})
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return p.rotatePage(w, r, page.Status(err), key, form)
	}
	lead := "This is its new secret. It is not shown again: keep it where your program reads it. The old one is refused from now on."
	if minutes > 0 {
		lead = "This is its new secret. It is not shown again: keep it where your program reads it. The old one goes on until " + p.moment(r, rotated.IssuedAt.Add(time.Duration(minutes)*time.Minute)).Clock() + "."
	}
	return p.show(w, r, http.StatusOK, "api-keys", "Rotated", keySecretPage(rotated.Name+" is rotated", lead, token))
}

func (p *Pages) revokeKey(w http.ResponseWriter, r *http.Request) error {
	key, err := p.keyOf(r)
	if err == nil {
		err = p.APIKeys.Revoke(r.Context(), key.ID)
	}
	if err != nil {
		if page.Quiet(r) || !page.NewForm(nil).Take(err) {
			return err
		}
		return p.apiKeys(w, r, page.Status(err), problem.All(err)[0].Message)
	}
	return page.Done(w, r, keysPath, key.Name+" revoked")
}
