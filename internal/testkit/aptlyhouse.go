package testkit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aptarium/aptarium/internal/openpgp"
)

// Furnish fills an aptly with objects of every kind, made by its own commands: three
// mirrors (one of two components with sources, one filtered, one flat) of an
// upstream below dir that it serves until it is closed; two repos; six snapshots
// (of a mirror, of a filtered one, of a repo, merged, filtered, pulled); and three
// publications (stable in two components below debian, testing of a repo with
// sources, tools below team/tools), all unsigned.
func (a *Aptly) Furnish(ctx context.Context, dir string) (*Upstream, error) {
	key, err := NewKey("Upstream")
	if err != nil {
		return nil, err
	}
	if err := a.Trust(ctx, key.Public().Binary()); err != nil {
		return nil, err
	}
	upstream := filepath.Join(dir, "upstream")
	if err := furnishedUpstream(key).Write(ctx, upstream); err != nil {
		return nil, err
	}
	for repo, packages := range furnishedRepos() {
		if err := writeFurniture(ctx, filepath.Join(dir, repo), packages); err != nil {
			return nil, err
		}
	}
	u := NewUpstream(upstream)
	for line := range strings.Lines(furnishing) {
		line = strings.NewReplacer("URL", u.URL(), "DIR", dir).Replace(line)
		if _, err := a.Run(ctx, strings.Fields(line)...); err != nil {
			u.Close()
			return nil, err
		}
	}
	return u, nil
}

const furnishing = `mirror create -architectures=amd64,arm64 -with-sources main URL bookworm main contrib
mirror create -architectures=amd64 -filter=libfoo1|bar some URL bookworm main
mirror create flat URL ./flat/
mirror update main
mirror update some
mirror update flat
repo create -comment=Of_the_team -distribution=testing ours
repo create -component=extra tools
repo add ours DIR/ours
repo add tools DIR/tools
snapshot create main-1 from mirror main
snapshot create some-1 from mirror some
snapshot create ours-1 from repo ours
snapshot merge merged some-1 ours-1
snapshot filter main-1 contrib-1 blob
snapshot pull -architectures=amd64 ours-1 some-1 pulled hello
publish snapshot -skip-signing -component=main,contrib -distribution=stable -origin=Origin -label=Label main-1 contrib-1 debian
publish repo -skip-signing -architectures=amd64,source -acquire-by-hash ours
publish snapshot -skip-signing -component=main -distribution=tools -skip-contents pulled team/tools
`

func furnishedUpstream(key *openpgp.SecretKey) Archive {
	keys := []*openpgp.SecretKey{key}
	return Archive{Suites: []Suite{{
		Codename: "bookworm", Keys: keys, Origin: "Upstream",
		Packages: []Package{
			{Name: "libfoo1", Version: "1:1.2-3", Architecture: "amd64", Section: "libs", Source: "foo (1.2-3)"},
			{Name: "libfoo1", Version: "1:1.2-3", Architecture: "arm64", Section: "libs", Source: "foo (1.2-3)"},
			{Name: "bar", Version: "0.9", Architecture: "all", Depends: "libfoo1 (>= 1:1)", Listed: map[string]string{"Priority": "extra"}},
			{Name: "blob", Version: "7", Architecture: "amd64", Component: "contrib", Section: "contrib/misc"},
		},
		Sources: []Source{{Name: "foo", Version: "1.2-3", Binaries: []string{"libfoo1"}}},
	}, {
		Flat: true, Path: "flat", Keys: keys,
		Packages: []Package{{Name: "flatted", Version: "3", Architecture: "amd64"}},
	}}}
}

// packagesAndSources are what a repo is given.
type packagesAndSources struct {
	packages []Package
	sources  []Source
}

func furnishedRepos() map[string]packagesAndSources {
	return map[string]packagesAndSources{
		"ours": {
			[]Package{
				{Name: "hello", Version: "2.10-3", Architecture: "amd64", Description: "greets\n the long way:\n .\n warmly"},
				{Name: "hello-doc", Version: "2.10-3", Architecture: "all", Source: "hello", Section: "doc"},
			},
			[]Source{{Name: "hello", Version: "2.10-3", Binaries: []string{"hello", "hello-doc"}}},
		},
		"tools": {[]Package{{Name: "tool", Version: "1.0~rc1+b2", Architecture: "amd64"}, {Name: "tool", Version: "1.0", Architecture: "amd64"}}, nil},
	}
}

// writeFurniture writes packages and sources as files of their own.
func writeFurniture(ctx context.Context, dir string, all packagesAndSources) error {
	content := files{}
	for _, s := range all.sources {
		parts, err := s.SourceFiles(ctx)
		if err != nil {
			return err
		}
		for name, data := range parts {
			content[name] = data
		}
	}
	for _, p := range all.packages {
		data, err := p.Deb()
		if err != nil {
			return err
		}
		content[p.FileName()] = data
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("the folder of packages: %w", err)
	}
	return writeFiles(dir, content)
}
