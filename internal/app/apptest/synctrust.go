package apptest

import (
	"strings"

	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// resign changes Release and signs it again.
func (a *Archive) Resign(f *Follower, old, replacement string) {
	f.TB.Helper()
	changed := strings.Replace(a.Release, old, replacement, 1)
	if changed == a.Release {
		f.TB.Fatalf("Release does not hold %q", old)
	}
	a.Release = changed
	a.Inline = Must(openpgp.ClearSign(f.Ctx, []byte(changed), a.At, f.Key))(f.TB)
}

// edit changes the mirror m's configuration, starting from what callers see.
func (f *Follower) Edit(change func(*mirrors.Config)) {
	f.TB.Helper()
	c := Must(f.Mirrors.Get(f.Ctx, "m"))(f.TB).Config
	change(&c)
	Must(f.Mirrors.Edit(f.Ctx, "m", c))(f.TB)
}

// next is an archive with hello 2, signed.
func (f *Follower) Next() *Archive {
	f.TB.Helper()
	a := NewArchive(f.TB, Deb(f.TB, "hello", "2", "amd64", "hi"), Deb(f.TB, "other", "1", "all", ""))
	a.Index(f.TB)
	a.Sign(f.TB, f.Key)
	return a
}
