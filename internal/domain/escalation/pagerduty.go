package escalation

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/musterhq/muster/internal/kernel/richtext"
)

// pagerDuty speaks Events API v2, and its REST API to read acknowledgements back.
type pagerDuty struct {
	talker
	region string
	held   PagerSecrets
}

func (d pagerDuty) host(name string) string {
	if d.region == "eu" {
		return "https://" + name + ".eu.pagerduty.com"
	}
	return "https://" + name + ".pagerduty.com"
}

func (d pagerDuty) page(ctx context.Context, p page) answer {
	return d.enqueue(ctx, map[string]any{
		"routing_key": d.held.Key, "event_action": "trigger", "dedup_key": p.Key,
		"payload": map[string]any{
			"summary": richtext.Truncate(p.Summary, 1000), "source": "Muster", "severity": p.Urgency, "timestamp": p.At.UTC().Format("2006-01-02T15:04:05.000Z"),
			"custom_details": map[string]string{"incident": strings.TrimSpace(p.Reference + " " + p.Name), "severity": p.Severity, "message": p.Message, "called by": p.By},
		},
		"links":  []map[string]string{{"href": p.URL, "text": "Answer in Muster"}},
		"client": "Muster", "client_url": p.URL,
	})
}

func (d pagerDuty) resolve(ctx context.Context, p page) answer {
	return d.enqueue(ctx, map[string]any{"routing_key": d.held.Key, "event_action": "resolve", "dedup_key": p.Key})
}

func (d pagerDuty) enqueue(ctx context.Context, event map[string]any) answer {
	got, err := d.send(ctx, http.MethodPost, d.host("events")+"/v2/enqueue", nil, event)
	return d.judge(got, err, func(got said) string {
		var refusal struct {
			Message string   `json:"message"`
			Errors  []string `json:"errors"`
		}
		got.read(&refusal)
		if len(refusal.Errors) > 0 {
			return brief(strings.Join(refusal.Errors, "; "))
		}
		if refusal.Message != "" {
			return brief(refusal.Message)
		}
		return "check the integration key and the region"
	})
}

// look finds the incident of the page by its key. One whose alerts were merged into another has another key and is not found.
func (d pagerDuty) look(ctx context.Context, p page) (seen, error) {
	if d.held.Token == "" {
		return seen{}, nil
	}
	header := http.Header{"Authorization": {"Token token=" + d.held.Token}, "Accept": {"application/vnd.pagerduty+json;version=2"}}
	got, err := d.send(ctx, http.MethodGet, d.host("api")+"/incidents?"+url.Values{"incident_key": {p.Key}}.Encode(), header, nil)
	if err != nil {
		return seen{}, err
	}
	if got.status != http.StatusOK {
		return seen{}, unreadable(d.name, got.status)
	}
	type named struct {
		Summary string `json:"summary"`
	}
	var list struct {
		Incidents []struct {
			Status           string `json:"status"`
			Acknowledgements []struct {
				Acknowledger named `json:"acknowledger"`
			} `json:"acknowledgements"`
			LastChange named `json:"last_status_change_by"`
		} `json:"incidents"`
	}
	got.read(&list)
	for _, one := range list.Incidents {
		if one.Status != "acknowledged" && one.Status != "resolved" {
			continue
		}
		by := one.LastChange.Summary
		if n := len(one.Acknowledgements); n > 0 {
			by = one.Acknowledgements[n-1].Acknowledger.Summary
		}
		return seen{acknowledged: true, by: by}, nil
	}
	return seen{}, nil
}
