package file

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/blobtest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestAURLNamesTheDirectoryOfAPool(t *testing.T) {
	t.Parallel()
	data, elsewhere, kinds := t.TempDir(), filepath.Join(t.TempDir(), "a b"), blob.Kinds{Kind(nil)}
	for at, dir := range map[string]string{"file:": data, "file://" + filepath.Dir(elsewhere) + "/a%20b": elsewhere} {
		pool, err := kinds.Open(t.Context(), at, data)
		if err != nil {
			t.Fatal(err)
		}
		blobtest.Put(t, pool, at)
		blobtest.Flush(t, pool)
		path, ok := pool.Path(digest.Of([]byte(at)))
		if inside, _ := filepath.Rel(dir, path); !ok || !filepath.IsLocal(inside) {
			t.Errorf("%s keeps its blobs in %s", at, path)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestURLsThatNameNoPoolAreRefused(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"", "pool", "/srv/pool", "file:pool", "file://host/srv", "file:///", "file:////", "file:///srv?x=1", "s3:bucket", ":"} {
		if err := (blob.Kinds{Kind(nil)}).Check(at); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q gives %v", at, err)
		}
	}
}
