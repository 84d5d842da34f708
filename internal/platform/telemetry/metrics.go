package telemetry

import (
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics are the figures of one process for Prometheus.
type Metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.HistogramVec
	inFlight  prometheus.Gauge
	jobs      *prometheus.HistogramVec
	waits     *prometheus.HistogramVec
	published *prometheus.CounterVec
	streams   prometheus.Gauge
	chatCalls *prometheus.HistogramVec
	chatWaits *prometheus.HistogramVec
}

// NewMetrics returns figures that are all zero, with those of the Go runtime and the process.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "muster_http_request_seconds", Help: "Time to answer requests.", Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"method", "route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "muster_http_requests_in_flight", Help: "Requests that are being answered, streams included."}),
		jobs: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "muster_job_seconds", Help: "Time to work on jobs.", Buckets: []float64{.005, .01, .05, .1, .5, 1, 5, 10, 30, 60, 300},
		}, []string{"kind", "queue", "outcome"}),
		waits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "muster_job_wait_seconds", Help: "Time that jobs were due before they ran.", Buckets: []float64{.01, .05, .1, .5, 1, 5, 15, 60, 300, 1800},
		}, []string{"queue"}),
		published: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "muster_events_total", Help: "Events that were published."}, []string{"kind"}),
		streams:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "muster_live_streams", Help: "Browsers that are connected for live changes."}),
	}
	m.chatCalls = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "muster_chat_call_seconds", Help: "Time that chat platforms took to answer.", Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 60},
	}, []string{"platform", "method", "outcome"})
	m.chatWaits = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "muster_chat_wait_seconds", Help: "Time that calls of chat platforms waited for their turn before they went out or were put off.", Buckets: []float64{.01, .05, .1, .5, 1},
	}, []string{"platform", "method"})
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.requests, m.inFlight, m.jobs, m.waits, m.published, m.streams, m.chatCalls, m.chatWaits)
	return m
}

// Job counts a job that ended; the outcome is ok, failed or quarantined.
func (m *Metrics) Job(kind, queue, outcome string, took time.Duration) {
	m.jobs.WithLabelValues(kind, queue, outcome).Observe(took.Seconds())
}

// Waited counts how long a job was due before it ran.
func (m *Metrics) Waited(queue string, waited time.Duration) {
	m.waits.WithLabelValues(queue).Observe(waited.Seconds())
}

// Published counts an event.
func (m *Metrics) Published(kind string) { m.published.WithLabelValues(kind).Inc() }

// Streams sets how many browsers are connected for live changes.
func (m *Metrics) Streams(n int) { m.streams.Set(float64(n)) }

// ChatCall counts a call of a chat platform that ended.
func (m *Metrics) ChatCall(platform, method, outcome string, took time.Duration) {
	m.chatCalls.WithLabelValues(platform, method, outcome).Observe(took.Seconds())
}

// ChatWait counts a call of a chat platform that had to wait for its turn, or was put off.
func (m *Metrics) ChatWait(platform, method string, waited time.Duration) {
	m.chatWaits.WithLabelValues(platform, method).Observe(waited.Seconds())
}

// Pool shows the figures of a pool of database connections by its name.
func (m *Metrics) Pool(name string, stat func() *pgxpool.Stat) {
	labels := prometheus.Labels{"pool": name}
	gauge := func(metric, help string, value func(*pgxpool.Stat) float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: metric, Help: help, ConstLabels: labels}, func() float64 { return value(stat()) }))
	}
	counter := func(metric, help string, value func(*pgxpool.Stat) float64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: metric, Help: help, ConstLabels: labels}, func() float64 { return value(stat()) }))
	}
	gauge("muster_db_connections", "Open connections to the database.", func(s *pgxpool.Stat) float64 { return float64(s.TotalConns()) })
	gauge("muster_db_connections_in_use", "Connections that work.", func(s *pgxpool.Stat) float64 { return float64(s.AcquiredConns()) })
	gauge("muster_db_connections_max", "Connections that there may be.", func(s *pgxpool.Stat) float64 { return float64(s.MaxConns()) })
	counter("muster_db_waits_total", "Times that work had to wait for a connection.", func(s *pgxpool.Stat) float64 { return float64(s.EmptyAcquireCount()) })
	counter("muster_db_wait_seconds_total", "Time spent waiting for a connection.", func(s *pgxpool.Stat) float64 { return s.EmptyAcquireWaitTime().Seconds() })
}

func (m *Metrics) request(method, route string, status int, took time.Duration) {
	if route == "" {
		route = "none" // never the path: strangers would fill the memory with names
	}
	m.requests.WithLabelValues(knownMethod(method), route, strconv.Itoa(status)).Observe(took.Seconds())
}

func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
