package apptest

import (
	"path/filepath"
	"slices"

	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// upstreamFiles lists what is upstream still, with a minus before what only past
// states list, and wants the count of the rest to be right.
func (f *Follower) UpstreamFiles(mirror string) (paths []string) {
	f.TB.Helper()
	listed := 0
	for _, file := range Must(f.Mirrors.UpstreamFiles(f.Ctx, mirror, usecase.Page{}))(f.TB).Items {
		path := filepath.Base(file.Path)
		if file.Listed {
			listed++
		} else {
			path = "-" + path
		}
		paths = append(paths, path)
	}
	m := Must(f.Mirrors.Get(f.Ctx, mirror))(f.TB)
	if m.Upstream.Files != listed || m.Here.Files != m.Packages-listed || m.Here.Bytes < 0 {
		f.TB.Errorf("%d of %d packages are upstream, but the mirror reports %+v upstream and %+v here", listed, m.Packages, *m.Upstream, *m.Here)
	}
	return paths
}

// leftUpstream wants certain files to be upstream still.
func (f *Follower) LeftUpstream(want ...string) {
	f.TB.Helper()
	if got := f.UpstreamFiles("m"); !slices.Equal(got, want) {
		f.TB.Errorf("upstream are %q, want %q", got, want)
	}
}

// prefetch fetches files, which must go well.
func (f *Follower) Prefetch(in mirrors.Prefetch) usecase.Activity {
	f.TB.Helper()
	return f.Done(f.Mirrors.Prefetch(f.Ctx, "m", in))
}
