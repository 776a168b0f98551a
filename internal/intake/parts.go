package intake

import (
	"context"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Parts returns the stored file that a .dsc or .changes file lists. That it is the listed
// one has been checked.
type Parts func(ctx context.Context, want debfile.ListedFile) (catalog.File, error)

// Lookup looks for a listed file in one place.
type Lookup func(ctx context.Context, want debfile.ListedFile) (f catalog.File, found bool, err error)

// FirstOf returns the parts that the first lookup finds, if they are as listed. One that
// none finds is the error of missing.
func FirstOf(missing func(name string) error, lookups ...Lookup) Parts {
	return func(ctx context.Context, want debfile.ListedFile) (catalog.File, error) {
		for _, look := range lookups {
			if f, found, err := look(ctx, want); found || err != nil {
				if err == nil {
					err = Check(f, want)
				}
				return f, err
			}
		}
		return catalog.File{}, missing(want.Name)
	}
}

// Among looks among files that are stored, by their names.
func Among(files map[string]catalog.File) Lookup {
	return func(_ context.Context, want debfile.ListedFile) (catalog.File, bool, error) {
		f, found := files[want.Name]
		return f, found, nil
	}
}

// InPool looks for a file that came earlier, as the .orig.tar of the version before, or
// that a mirror left upstream, which is fetched then. Who lists it vouches for its weak
// sums.
func (in *Intake) InPool(ctx context.Context, want debfile.ListedFile) (catalog.File, bool, error) {
	d, err := digest.Parse(want.SHA256)
	if err != nil {
		return catalog.File{}, false, nil // old lists have none
	}
	b, err := in.Earlier.Open(ctx, d)
	if err != nil {
		return catalog.File{}, false, nil //nolint:nilerr // what cannot be had is not there
	}
	defer b.Close()
	return catalog.File{Name: want.Name, Size: want.Size, SHA256: d, MD5: want.MD5, SHA1: want.SHA1}, b.Size() == want.Size, nil
}

// Check checks a file against the size and all sums of the list that names it. SHA-256
// must be among them. What differs is problem.Untrusted.
func Check(f catalog.File, want debfile.ListedFile) error {
	if f.Size != want.Size {
		return problem.New(problem.Untrusted, "size mismatch: %s is listed with %d bytes and has %d", want.Name, want.Size, f.Size)
	}
	if want.SHA256 == "" {
		return problem.New(problem.Untrusted, "%s is listed without its SHA-256", want.Name).WithHint("give the field Checksums-Sha256")
	}
	for _, sum := range []struct{ kind, want, got string }{
		{"MD5", want.MD5, f.MD5}, {"SHA1", want.SHA1, f.SHA1}, {"SHA256", want.SHA256, f.SHA256.String()},
	} {
		if sum.want != "" && !strings.EqualFold(sum.want, sum.got) {
			return problem.New(problem.Untrusted, "checksum mismatch %s: %s is listed with %s and has %s", sum.kind, want.Name, sum.want, sum.got)
		}
	}
	return nil
}

// Belongs reports whether a package is of an upload: of one of its architectures, and its
// source, or one of its binaries, or the debug symbols of one.
func Belongs(c *debfile.Changes, e catalog.Entry) bool {
	if !slices.ContainsFunc(c.Architectures, func(built string) bool { return isFor(e, built) }) {
		return false
	}
	if e.Type == catalog.Source {
		return e.Name == c.Source
	}
	if slices.Contains(c.Binaries, e.Name) {
		return true
	}
	of, symbols := strings.CutSuffix(e.Name, "-dbgsym")
	return symbols && e.Source == c.Source && slices.Contains(c.Binaries, of)
}

// isFor reports whether a package is of an architecture. One for all is of any that
// binary packages have.
func isFor(e catalog.Entry, architecture string) bool {
	return e.Architecture == architecture || e.Architecture == "all" && architecture != "source"
}
