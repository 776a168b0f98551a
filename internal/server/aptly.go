package server

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aptarium/aptarium/internal/api/aptly"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/aptlyroot"
	"github.com/aptarium/aptarium/internal/endpoint/filesystem"
	"github.com/aptarium/aptarium/internal/problem"
)

// aptlyPublic is the endpoint that stands for the public folder of an aptly that is
// replaced: what is published without the name of a storage appears there.
const aptlyPublic = "aptly-public"

// aptlySettings are the settings of aptly's dialect, and the folder of its uploads.
type aptlySettings struct {
	aptly.Config
	uploads   string
	endpoints map[string]publications.EndpointSettings
	unknown   []string // storages that this server does not have
}

// readAptly reads the configuration of the aptly to be replaced, if one is named.
func (c Config) readAptly() (aptlySettings, error) {
	s := aptlySettings{Config: aptly.Defaults(), uploads: filepath.Join(c.Data, "upload")}
	s.Root = c.Data
	if c.AptlyConfig == "" {
		return s, nil
	}
	from, err := aptlyroot.ReadConfig(c.AptlyConfig)
	if err != nil {
		return s, err
	}
	s.uploads = filepath.Join(from.RootDir, "upload")
	s.Config = aptly.Config{
		Architectures: from.Architectures, AsyncAPI: from.AsyncAPI, ServeInAPIMode: true, Metrics: true, Docs: true,
		GpgKeys: from.GPGKeys, DisableSign: from.GPGDisableSign, DisableVerify: from.GPGDisableVerify,
		SkipContents: from.SkipContentsPublishing, SkipBz2: from.SkipBz2Publishing, DownloadSources: from.DownloadSourcePackages,
		FollowRecommends: from.DependencyFollowRecommends, FollowSuggests: from.DependencyFollowSuggests,
		FollowSource: from.DependencyFollowSource, FollowAllVariants: from.DependencyFollowAllVariants,
		Root: from.RootDir, Default: aptlyPublic, Directories: map[string]string{"": from.Public()},
	}
	s.endpoints = map[string]publications.EndpointSettings{aptlyPublic: {Kind: filesystem.KindName, Directory: from.Public(), Plain: true}}
	for name, e := range from.FileSystemPublishEndpoints {
		if name == aptlyPublic {
			return s, problem.New(problem.Invalid, "a filesystem endpoint cannot be called %s", name).In("FileSystemPublishEndpoints").WithHint("rename it")
		}
		link := map[string]string{"symlink": "symbolic", "copy": "copy"}[e.LinkMethod]
		s.endpoints[name] = publications.EndpointSettings{Kind: filesystem.KindName, Directory: e.RootDir, Link: link, Plain: true}
		s.Directories[name] = e.RootDir
	}
	for kind, names := range map[string]aptlyroot.Names{"s3": from.S3PublishEndpoints, "swift": from.SwiftPublishEndpoints,
		"azure": from.AzurePublishEndpoints, "gcs": from.GCSPublishEndpoints, "jfrog": from.JFrogPublishEndpoints} {
		for _, name := range names {
			s.unknown = append(s.unknown, kind+":"+name)
		}
	}
	return s, nil
}

// replaceAptly makes the endpoints that the configuration of an aptly names.
func (s *Server) replaceAptly(ctx context.Context) error {
	ctx = usecase.AsProcess(ctx)
	for name, settings := range s.aptly.endpoints {
		if err := os.MkdirAll(settings.Directory, 0o755); err != nil {
			return fmt.Errorf("making the folder of endpoint %s: %w", name, err)
		}
		is, err := s.app.Publications.Endpoint(ctx, name)
		switch {
		case problem.Is(err, problem.NotFound):
			_, err = s.app.Publications.CreateEndpoint(ctx, name, settings)
		case err == nil && is.EndpointSettings != settings:
			_, err = s.app.Publications.EditEndpoint(ctx, name, settings)
		}
		if err != nil {
			return fmt.Errorf("making endpoint %s of aptly's configuration: %w", name, err)
		}
	}
	if len(s.aptly.unknown) > 0 {
		s.log.Warn("aptly's configuration names storages that this server does not have", "storages", s.aptly.unknown)
	}
	return nil
}
