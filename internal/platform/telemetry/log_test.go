package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
)

func TestLogLineCarriesWhatItsContextKnows(t *testing.T) {
	var out bytes.Buffer
	ctx := tenant.AsSystem(httpx.WithRequestID(t.Context(), "req-1"), id.ID("01HORG"))
	NewLog(&out, Log{Process: "web"}).InfoContext(ctx, "declared", "reference", "INC-1")
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"msg": "declared", "reference": "INC-1", "process": "web", "request_id": "req-1", "organisation": "01HORG", "actor": "system"} {
		if line[key] != want {
			t.Errorf("%s: %v, want %s", key, line[key], want)
		}
	}
}

func TestReadableLineIsOneLineWhateverItHolds(t *testing.T) {
	var out bytes.Buffer
	log := NewLog(&out, Log{Readable: true, Level: slog.LevelDebug}).With("process", "web").WithGroup("g")
	log.Warn("slow", "text", "two\nlines", "nothing", "", "took", time.Second, slog.Group("in", "n", 1))
	want := ` WARN  slow process=web g.text="two\nlines" g.nothing="" g.took=1s g.in.n=1` + "\n"
	if _, got, _ := strings.Cut(out.String(), " "); " "+got != want {
		t.Errorf("line %q, want %q", got, want)
	}
}

func TestOnlyErrorsBecomeFaults(t *testing.T) {
	var faults []Fault
	log := NewLog(io.Discard, Log{Faults: func(_ context.Context, f Fault) { faults = append(faults, f) }}).With("process", "worker")
	log.Warn("not this")
	log.ErrorContext(httpx.WithRequestID(t.Context(), "req-1"), "job failed", "where", "send mail", "error", fmt.Errorf("send: %w", errors.ErrUnsupported))
	if len(faults) != 1 {
		t.Fatalf("%d faults, want 1", len(faults))
	}
	f := faults[0]
	if f.Message != "job failed" || f.Where != "send mail" || f.Error != "send: unsupported operation" || f.Type != "*errors.errorString" ||
		f.Context["request_id"] != "req-1" || f.Context["process"] != "worker" {
		t.Errorf("fault %+v", f)
	}
}

func TestFingerprintIgnoresIdsAndNumbers(t *testing.T) {
	fault := func(text string) string { return Fault{Message: "job failed", Error: text}.Fingerprint() }
	if fault(`row 17 of "a": 01ARZ3NDEKTSV4RRFFQ69G5FAV`) != fault(`row 2 of "b": 01BX5ZZKBKACTAV9WEVGEMMVRZ`) {
		t.Error("two occurrences of one fault look different")
	}
	if (Fault{Where: "GET /incidents/17"}).Fingerprint() != (Fault{Where: "GET /incidents/18"}).Fingerprint() {
		t.Error("one page's fault looks different for each incident")
	}
	if fault("no such row") == fault("no such table") {
		t.Error("two faults look the same")
	}
}

func TestParseLevel(t *testing.T) {
	if level, err := ParseLevel("warn"); err != nil || level != slog.LevelWarn {
		t.Errorf("%v, %v", level, err)
	}
	if _, err := ParseLevel("loud"); err == nil {
		t.Error("an unknown level was taken")
	}
}
