package aptly

import (
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// metrics counts requests, under the names of aptly's metrics.
type metrics struct {
	areas    map[string]bool // the first parts of paths below /api
	registry *prometheus.Registry
	inFlight *prometheus.GaugeVec
	total    *prometheus.CounterVec
	request  *prometheus.SummaryVec
	response *prometheus.SummaryVec
	duration *prometheus.SummaryVec
	uploaded *prometheus.CounterVec
	packages *prometheus.GaugeVec
}

func newMetrics(s *service) *metrics {
	byPath, byCode := []string{"method", "path"}, []string{"code", "method", "path"}
	summary := func(name, help string) *prometheus.SummaryVec {
		return prometheus.NewSummaryVec(prometheus.SummaryOpts{Name: name, Help: help}, byCode)
	}
	m := &metrics{
		areas:    areasOf(s.router.routes),
		registry: prometheus.NewRegistry(),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "aptly_api_http_requests_in_flight", Help: "Requests being answered."}, byPath),
		total:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "aptly_api_http_requests_total", Help: "Requests answered."}, byCode),
		request:  summary("aptly_api_http_request_size_bytes", "Sizes of requests."),
		response: summary("aptly_api_http_response_size_bytes", "Sizes of answers."),
		duration: summary("aptly_api_http_request_duration_seconds", "How long requests took."),
		uploaded: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "aptly_api_files_uploaded_total", Help: "Files uploaded."}, []string{"directory"}),
		packages: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "aptly_repos_package_count", Help: "Packages published."}, []string{"source", "distribution", "component"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "aptly_build_info", Help: "What program this is.",
		ConstLabels: prometheus.Labels{"version": s.options.Version, "goversion": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(m.inFlight, m.total, m.request, m.response, m.duration, m.uploaded, m.packages, build)
	return m
}

// counted is the answer to a request, with its numbers.
type counted struct {
	answer       *httpkit.Answer
	metrics      *metrics
	method, path string
	began        time.Time
	length       int64
}

// begin counts a request, by the first two parts of its path, so that the number of series
// stays small. All unknown methods are one.
func (m *metrics) begin(w http.ResponseWriter, r *http.Request) *counted {
	c := &counted{answer: httpkit.Watch(w), metrics: m, method: "other", path: "/", began: time.Now(), length: max(r.ContentLength, 0)}
	switch r.Method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodHead:
		c.method = r.Method
	}
	if parts := strings.SplitN(strings.Trim(r.URL.Path, "/"), "/", 3); m.known(parts) {
		c.path = "/" + strings.Join(parts[:min(len(parts), 2)], "/")
	}
	m.inFlight.WithLabelValues(c.method, c.path).Inc()
	return c
}

// areasOf returns the first parts of the paths of routes, which have series of their own.
func areasOf(routes []parsedRoute) map[string]bool {
	areas := map[string]bool{"graph.dot": true, "graph.gv": true, "graph.svg": true, "graph.png": true}
	for _, r := range routes {
		if first := r.parts[0]; !strings.Contains(first, ":") {
			areas[first] = true
		}
	}
	return areas
}

// known reports whether a path has series of its own.
func (m *metrics) known(parts []string) bool {
	if parts[0] == "repos" || parts[0] == "docs" || parts[0] == "docs.html" {
		return len(parts) == 1
	}
	return parts[0] == "api" && len(parts) > 1 && m.areas[parts[1]]
}

// end counts the answer.
func (c *counted) end() {
	m, code := c.metrics, strconv.Itoa(c.answer.Status())
	m.inFlight.WithLabelValues(c.method, c.path).Dec()
	m.total.WithLabelValues(code, c.method, c.path).Inc()
	m.request.WithLabelValues(code, c.method, c.path).Observe(float64(c.length))
	m.response.WithLabelValues(code, c.method, c.path).Observe(float64(c.answer.Bytes()))
	m.duration.WithLabelValues(code, c.method, c.path).Observe(time.Since(c.began).Seconds())
}

func showMetrics(c *call) (answer, error) {
	if !c.service.options.Config.Metrics {
		notFound(c.writer)
		return sent, nil
	}
	if err := c.countPackages(); err != nil {
		return answer{}, err
	}
	promhttp.HandlerFor(c.service.metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(c.writer, c.Request)
	return sent, nil
}

// countPackages sets the number of packages in each component of each publication.
func (c *call) countPackages() error {
	gauge := c.service.metrics.packages
	gauge.Reset()
	list, err := usecase.Every(c.Context(), c.service.app.Publications.List)
	if err != nil {
		return err
	}
	for _, p := range list {
		counts, err := c.service.app.Publications.SourceCounts(c.Context(), p)
		if err != nil {
			return err
		}
		for _, n := range counts {
			gauge.WithLabelValues("["+n.Name+":"+n.Component+"]", p.Distribution, n.Component).Set(float64(n.Packages))
		}
	}
	return nil
}
