package escalation

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/musterhq/muster/internal/kernel/richtext"
)

// opsgenie speaks the Alert API. It takes requests first and works on them later, so a page that it took can still come
// to nothing; look sees that.
type opsgenie struct {
	talker
	region string
	held   PagerSecrets
}

func (o opsgenie) at(path string) string {
	if o.region == "eu" {
		return "https://api.eu.opsgenie.com" + path
	}
	return "https://api.opsgenie.com" + path
}

func (o opsgenie) header() http.Header {
	return http.Header{"Authorization": {"GenieKey " + o.held.Key}}
}

func (o opsgenie) page(ctx context.Context, p page) answer {
	priority := map[string]string{"critical": "P1", "error": "P2"}[p.Urgency]
	if priority == "" {
		priority = "P3"
	}
	return o.post(ctx, "/v2/alerts", map[string]any{
		"message": richtext.Truncate(p.Summary, 130), "alias": p.Key, "description": p.Message + "\n\n" + p.URL, "source": "Muster",
		"entity": strings.TrimSpace(p.Reference + " " + p.Name), "priority": priority,
		"details": map[string]string{"incident": strings.TrimSpace(p.Reference + " " + p.Name), "severity": p.Severity, "called by": p.By, "muster": p.URL},
	})
}

func (o opsgenie) resolve(ctx context.Context, p page) answer {
	return o.post(ctx, "/v2/alerts/"+url.PathEscape(p.Key)+"/close?identifierType=alias", map[string]string{"source": "Muster", "note": "Settled in Muster."})
}

func (o opsgenie) post(ctx context.Context, path string, body any) answer {
	got, err := o.send(ctx, http.MethodPost, o.at(path), o.header(), body)
	a := o.judge(got, err, func(got said) string {
		if got.status == http.StatusUnauthorized || got.status == http.StatusForbidden {
			return "the API key is not known in this region, or may not create alerts"
		}
		var refusal struct {
			Message string `json:"message"`
		}
		got.read(&refusal)
		return brief(refusal.Message)
	})
	var taken struct {
		RequestID string `json:"requestId"`
	}
	got.read(&taken)
	a.reference = brief(taken.RequestID)
	return a
}

func (o opsgenie) look(ctx context.Context, p page) (seen, error) {
	got, err := o.send(ctx, http.MethodGet, o.at("/v2/alerts/"+url.PathEscape(p.Key)+"?identifierType=alias"), o.header(), nil)
	if err != nil {
		return seen{}, err
	}
	if got.status != http.StatusOK { // also 404, while the request is still being worked on
		return seen{}, unreadable(o.name, got.status)
	}
	var alert struct {
		Data struct {
			Acknowledged bool   `json:"acknowledged"`
			Status       string `json:"status"`
			Owner        string `json:"owner"`
			Report       struct {
				AcknowledgedBy string `json:"acknowledgedBy"`
				ClosedBy       string `json:"closedBy"`
			} `json:"report"`
		} `json:"data"`
	}
	got.read(&alert)
	found := seen{acknowledged: alert.Data.Acknowledged || alert.Data.Status == "closed"}
	for _, by := range []string{alert.Data.Report.AcknowledgedBy, alert.Data.Owner, alert.Data.Report.ClosedBy} {
		if found.by == "" {
			found.by = by
		}
	}
	return found, nil
}

func unreadable(name string, status int) error {
	return fmt.Errorf("%s does not tell who acknowledged: it answers %d", name, status)
}
