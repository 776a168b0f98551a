package aptly

import (
	"context"
	"net/http"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/aptarium/aptarium/internal/app/usecase"
)

// routes is the table of everything below /api.
func (s *service) routes() []route {
	return slices.Concat(s.miscRoutes(), s.gpgRoutes(), s.fileRoutes(), s.repoRoutes(), s.mirrorRoutes(),
		s.snapshotRoutes(), s.publishRoutes(), s.packageRoutes(), s.graphRoutes(), s.taskRoutes())
}

func (s *service) miscRoutes() []route {
	return []route{
		{"GET", "version", "Tell the version", func(c *call) (answer, error) {
			return ok(struct{ Version string }{c.service.options.Version}), nil
		}},
		{"GET", "ready", "Tell whether the server can work", ready},
		{"GET", "healthy", "Tell whether the server is there", func(*call) (answer, error) {
			return ok(status{"Aptly is healthy"}), nil
		}},
		{"GET", "storage", "Tell how full the disk is", storage},
		{"GET", "metrics", "Show metrics for Prometheus", showMetrics},
		{"GET", "s3", "List the S3 endpoints", noEndpoints},
		{"GET", "gcs", "List the endpoints in Google Cloud Storage", noEndpoints},
		{"GET", "jfrog", "List the endpoints in Artifactory", noEndpoints},
		{"POST", "db/cleanup", "Give back what the database does not need", cleanup},
	}
}

type status struct{ Status string }

func ready(c *call) (answer, error) {
	if err := c.service.app.Activities.Ready(c.Context()); err != nil {
		return answer{http.StatusServiceUnavailable, status{"Aptly is unavailable"}}, nil
	}
	return ok(status{"Aptly is ready"}), nil
}

// noEndpoints lists the endpoints of a kind that this server does not have.
func noEndpoints(*call) (answer, error) { return ok([]string{}), nil }

// storage returns the size of the file system of the root folder, in MiB.
func storage(c *call) (answer, error) {
	var info unix.Statfs_t
	if err := unix.Statfs(c.service.options.Config.Root, &info); err != nil {
		return answer{}, err
	}
	const mebi = 1 << 20
	total, free := info.Blocks*uint64(info.Bsize)/mebi, info.Bavail*uint64(info.Bsize)/mebi
	var full float64
	if total > 0 {
		full = 100 * float64(total-free) / float64(total)
	}
	return ok(struct {
		Total, Free uint64
		PercentFull float64
	}{total, free, full}), nil
}

// allResources is the resource of tasks that exclude all others.
const allResources = "__all__"

func cleanup(c *call) (answer, error) {
	return c.task("Clean up db", []string{allResources}, func(ctx context.Context, run usecase.JobRun) (answer, error) {
		told, err := c.service.app.Garbage.Compact(ctx)
		if err == nil {
			run.Log(told)
		}
		return ok(nil), err
	})
}
