package file

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/blobtest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestThePoolIsInTheDataFolder(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	pool, err := blob.Kinds{Kind(nil)}.Open(t.Context(), "file:", data)
	if err != nil {
		t.Fatal(err)
	}
	blobtest.Put(t, pool, "data")
	blobtest.Flush(t, pool)
	path, ok := pool.Path(digest.Of([]byte("data")))
	if inside, _ := filepath.Rel(data, path); !ok || !filepath.IsLocal(inside) {
		t.Errorf("the blob is in %s", path)
	}
	if err := pool.Close(); err != nil {
		t.Error(err)
	}
}

func TestURLsThatNameNoPoolAreRefused(t *testing.T) {
	t.Parallel()
	for _, at := range []string{
		"", "pool", "/srv/pool", "file:pool", "file://host/srv", "file:///", "file:///srv", "file:///srv?x=1", "file:#x", "file:///x/%00", ":",
		"s3://user:password@bucket", "s3://user:password@bucket/%zz",
	} {
		err := blob.Kinds{Kind(nil)}.Check(at)
		if !problem.Is(err, problem.Invalid) || strings.Contains(err.Error(), "password") {
			t.Errorf("%q returns %v", at, err)
		}
	}
}
