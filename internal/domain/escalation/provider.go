package escalation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/escalation/internal/db"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/httpx"
)

// provider is a service that pages. Each call of one escalation carries the same key, however often it is tried.
type provider interface {
	page(ctx context.Context, p page) answer
	resolve(ctx context.Context, p page) answer
	// look asks whether somebody acknowledged; a service that cannot tell knows of nobody.
	look(ctx context.Context, p page) (seen, error)
}

// page is what a pager is told.
type page struct {
	Key string
	// Summary is one line: who calls, where, for what.
	Summary, Message, By string
	Reference, Name      string
	Severity             string
	// Urgency is critical, error or warning, by the severity's place among all.
	Urgency string
	// URL is the escalation's page, Acknowledge the address that answers it from outside.
	URL, Acknowledge string
	Test             bool
	At               time.Time
}

// answer is what a service said: sent when it took the page, waiting when it is to be tried again, failed when it
// will never take it like this.
type answer struct {
	state, text string
	// reference is what the service calls the page.
	reference string
	seen      seen
}

// seen is who acknowledged outside.
type seen struct {
	acknowledged bool
	by           string
}

func (s *Service) provider(ctx context.Context, row db.MusterPager) (provider, error) {
	held, err := s.open(ctx, row)
	if err != nil {
		return nil, err
	}
	talk := talker{name: Kind(row.Kind).Label(), client: s.needs.Client}
	switch Kind(row.Kind) {
	case PagerDuty:
		return pagerDuty{talk, row.Address, held}, nil
	case Opsgenie:
		return opsgenie{talk, row.Address, held}, nil
	default:
		talk.name = "The webhook"
		return webhook{talk, row.Address, held, s.clock}, nil
	}
}

// talker sends JSON to a service and reads what it answers.
type talker struct {
	name   string
	client *http.Client
}

type said struct {
	status int
	body   []byte
}

// read fills into from the answer; what is no JSON leaves it as it is.
func (s said) read(into any) { _ = json.Unmarshal(s.body, into) }

func (t talker) send(ctx context.Context, method, address string, header http.Header, body any) (said, error) {
	content := []byte(nil)
	switch typed := body.(type) {
	case nil:
	case []byte:
		content = typed
	default:
		var err error
		if content, err = json.Marshal(body); err != nil {
			return said{}, fmt.Errorf("write the request: %w", err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(content))
	if err != nil {
		return said{}, fmt.Errorf("prepare the request: %w", err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Muster")
	response, err := t.client.Do(request)
	if err != nil {
		return said{}, httpx.WithoutAddress(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil && !errors.Is(err, httpx.ErrTooLarge) {
		return said{}, fmt.Errorf("read the answer: %w", err)
	}
	return said{status: response.StatusCode, body: read}, nil
}

// judge turns what came back into an answer; why explains a refusal in the service's own words.
func (t talker) judge(got said, err error, why func(said) string) answer {
	var refused *problem.Error
	switch {
	case errors.As(err, &refused) && refused.Kind == problem.Invalid:
		return answer{state: attemptFailed, text: refused.Message}
	case err != nil:
		return answer{state: attemptWaiting, text: t.name + " could not be reached: " + brief(err.Error())}
	case got.status >= 200 && got.status < 300:
		return answer{state: attemptSent}
	case got.status == http.StatusTooManyRequests:
		return answer{state: attemptWaiting, text: t.name + " asks for fewer requests (429)"}
	case got.status >= 500 || got.status == http.StatusRequestTimeout:
		return answer{state: attemptWaiting, text: fmt.Sprintf("%s is in trouble itself (%d)", t.name, got.status)}
	}
	return answer{state: attemptFailed, text: fmt.Sprintf("%s refused (%d): %s", t.name, got.status, why(got))}
}

// brief keeps what a service says short enough to be shown.
func brief(text string) string {
	return richtext.Truncate(strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")), " "), 300)
}
