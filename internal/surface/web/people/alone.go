package people

import (
	"fmt"
	"net/http"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// alone counts the private incidents of those who are the last one in some, for whoever could deactivate them.
func (p *Pages) alone(r *http.Request) (map[id.ID]int, error) {
	viewer, _ := page.ViewerOf(r.Context())
	if !viewer.Permissions.Has(authz.ManageUsers) {
		return nil, nil
	}
	return p.Incidents.LastMembers(r.Context())
}

// deactivation asks whether somebody is to be deactivated who alone sees a number of private incidents.
func deactivation(name string, alone int) string {
	question := "Deactivate " + name + "? They are signed out at once and can no longer act. What they did stays, and you can reactivate them."
	if alone == 0 {
		return question
	}
	return fmt.Sprintf("%s is the only one who sees %s. Let them invite somebody first: after this nobody sees %s, until an owner takes %s over under Settings, Audit log. %s",
		name, incidents(alone), those(alone), those(alone), question)
}

// deactivated tells what came of it.
func deactivated(alone int) string {
	words := "Deactivated and signed out."
	if alone > 0 {
		words += fmt.Sprintf(" Nobody sees %s any more: an owner can take %s over under Settings, Audit log.", incidents(alone), those(alone))
	}
	return words
}

func incidents(n int) string {
	if n == 1 {
		return "a private incident"
	}
	return fmt.Sprintf("%d private incidents", n)
}

func those(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}
