package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// How often a process lays its figures down, and for how long they count when it does not come again.
const (
	layEvery   = 10 * time.Second
	figuresAge = time.Minute
)

// Shelf is a folder in which all processes on a machine lay down their figures, so that one of them answers for all.
// Its files end in .prom and have the text format of Prometheus, which other collectors read too.
type Shelf struct {
	folder, process, run string
	metrics              *Metrics
}

// NewShelf returns the shelf in folder for a process that works as process ("web"); run is a name that no other process has.
func NewShelf(folder, process, run string, metrics *Metrics) *Shelf {
	return &Shelf{folder: folder, process: process, run: run, metrics: metrics}
}

// Keep lays the figures of this process down until the context ends, and then takes them away.
func (s *Shelf) Keep(ctx context.Context) {
	tick := time.NewTicker(layEvery)
	defer tick.Stop()
	for {
		if err := s.lay(); err != nil {
			slog.WarnContext(ctx, "the figures of this process could not be laid down", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			if err := os.Remove(s.path()); err != nil && !errors.Is(err, fs.ErrNotExist) {
				slog.WarnContext(ctx, "the figures of this process could not be taken away", "error", err)
			}
			return
		}
	}
}

// Handler serves the figures of all processes in the format of Prometheus, those of this one as they are now.
func (s *Shelf) Handler() http.Handler {
	return promhttp.HandlerFor(prometheus.Gatherers{prometheus.GathererFunc(s.own), prometheus.GathererFunc(s.others)}, promhttp.HandlerOpts{})
}

func (s *Shelf) path() string { return filepath.Join(s.folder, s.run+".prom") }

// own gathers the figures of this process and says whose they are.
func (s *Shelf) own() ([]*dto.MetricFamily, error) {
	families, err := s.metrics.registry.Gather()
	for _, family := range families {
		for _, metric := range family.Metric {
			for name, value := range map[string]string{"process": s.process, "run": s.run} {
				metric.Label = append(metric.Label, &dto.LabelPair{Name: &name, Value: &value})
			}
			slices.SortFunc(metric.Label, func(a, b *dto.LabelPair) int { return bytes.Compare([]byte(a.GetName()), []byte(b.GetName())) })
		}
	}
	return families, err
}

// lay writes the figures to a file of their own, whole or not at all.
func (s *Shelf) lay() error {
	families, err := s.own()
	if err != nil {
		return fmt.Errorf("gather figures: %w", err)
	}
	var text bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
			return fmt.Errorf("write figures: %w", err)
		}
	}
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return fmt.Errorf("make the folder of figures: %w", err)
	}
	draft := s.path() + ".draft"
	if err := os.WriteFile(draft, text.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	return os.Rename(draft, s.path())
}

// others reads what the other processes laid down, and clears away what the dead left.
func (s *Shelf) others() ([]*dto.MetricFamily, error) {
	paths, err := filepath.Glob(filepath.Join(s.folder, "*.prom"))
	if err != nil {
		return nil, fmt.Errorf("list figures: %w", err)
	}
	all := map[string]*dto.MetricFamily{}
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist), path == s.path(): // a process may end while its figures are listed
			continue
		case err != nil:
			return nil, fmt.Errorf("look at figures: %w", err)
		case time.Since(info.ModTime()) > figuresAge:
			_ = os.Remove(path)
			continue
		}
		if err := readFigures(path, all); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read the figures in %s: %w", filepath.Base(path), err)
		}
	}
	families := make([]*dto.MetricFamily, 0, len(all))
	for _, family := range all {
		families = append(families, family)
	}
	return families, nil
}

func readFigures(path string, into map[string]*dto.MetricFamily) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return err
	}
	for name, family := range families {
		if there, ok := into[name]; ok {
			there.Metric = append(there.Metric, family.Metric...)
		} else {
			into[name] = family
		}
	}
	return nil
}
