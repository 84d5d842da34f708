package settings

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/surface/web/page"
)

const allowlistPath = "/settings/ip-allowlist"

// allowlistView is the form of the IP allow-list.
type allowlistView struct {
	Form *page.Form
	// Here is the reader's own address, and whether the list has it.
	Here string
}

// allowlistLine says in a line what the list does.
func allowlistLine(list apikey.Allowlist) string {
	switch {
	case !list.Enabled:
		return "The API may be used from every address."
	case len(list.Entries) == 1:
		return "The API may be used from one address or network only."
	default:
		return fmt.Sprintf("The API may be used from %d addresses and networks only.", len(list.Entries))
	}
}

func (p *Pages) allowlist(w http.ResponseWriter, r *http.Request) error {
	list, err := p.APIKeys.Allowlist(r.Context())
	if err != nil {
		return err
	}
	var lines []string
	for _, entry := range list.Entries {
		lines = append(lines, strings.TrimSpace(entry.Value+" "+entry.Label))
	}
	values := map[string]string{"entries": strings.Join(lines, "\n"), "version": strconv.Itoa(int(list.Version)), "enabled": ""}
	if list.Enabled {
		values["enabled"] = "on"
	}
	v := allowlistView{Form: page.NewForm(values)}
	if here := httpx.RequestOf(r.Context()).Client; here.IsValid() {
		v.Here = "You come from " + here.Unmap().String() + " yourself."
		if list.Enabled && !list.Contains(here) {
			v.Here += " The list does not have it."
		}
	}
	return p.showAllowlist(w, r, http.StatusOK, v)
}

func (p *Pages) showAllowlist(w http.ResponseWriter, r *http.Request, status int, v allowlistView) error {
	return p.show(w, r, status, "ip-allowlist", "IP allow-list", allowlistPage(v))
}

func (p *Pages) changeAllowlist(w http.ResponseWriter, r *http.Request) error {
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		version, _ := strconv.ParseInt(form.Value("version"), 10, 32)
		cmd := apikey.ChangeAllowlist{Enabled: form.Value("enabled") == "on", Version: int32(version)} //nolint:gosec // parsed as one
		for line := range strings.SplitSeq(form.Value("entries"), "\n") {
			if value, label, _ := strings.Cut(strings.TrimSpace(line), " "); value != "" {
				cmd.Entries = append(cmd.Entries, apikey.Allowed{Value: value, Label: label})
			}
		}
		_, err := p.APIKeys.ChangeAllowlist(r.Context(), cmd)
		return allowlistPath, "Saved", onEntries(err)
	}, func(status int, form *page.Form, _ error) error {
		return p.showAllowlist(w, r, status, allowlistView{Form: form})
	})
}

// onEntries puts what is wrong with single lines at the field that has them all.
func onEntries(err error) error {
	if !problem.Is(err, problem.Invalid) {
		return err
	}
	var texts []string
	for _, one := range problem.All(err) {
		texts = append(texts, one.Message)
	}
	return problem.Field("entries", "invalid", "%s", strings.Join(texts, " "))
}
