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

// Parts returns the stored file that a .dsc or .changes file lists, after checking its size and
// sums.
type Parts func(ctx context.Context, want debfile.ListedFile) (catalog.File, error)

// Lookup searches a listed file in one source of files.
type Lookup func(ctx context.Context, want debfile.ListedFile) (f catalog.File, found bool, err error)

// FirstOf returns Parts that use the first lookup with a result, and check it. A file that no
// lookup finds is the error of missing.
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

// Among returns the lookup among stored files, by their names.
func Among(files map[string]catalog.File) Lookup {
	return func(_ context.Context, want debfile.ListedFile) (catalog.File, bool, error) {
		f, found := files[want.Name]
		return f, found, nil
	}
}

// InPool searches an earlier file, such as the .orig.tar of the previous version, or a deferred
// file, which it downloads. Its weak sums are from the list.
func (in *Intake) InPool(ctx context.Context, want debfile.ListedFile) (catalog.File, bool, error) {
	d, err := digest.Parse(want.SHA256)
	if err != nil {
		return catalog.File{}, false, nil // old lists have none
	}
	b, err := in.Earlier.Open(ctx, d)
	if err != nil {
		return catalog.File{}, false, nil //nolint:nilerr // an unreachable file counts as missing
	}
	defer b.Close()
	return catalog.File{Name: want.Name, Size: want.Size, SHA256: d, MD5: want.MD5, SHA1: want.SHA1}, b.Size() == want.Size, nil
}

// Check compares a file with the size and all sums of its list, which must have SHA-256. A
// difference is problem.Untrusted.
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

// Belongs reports whether a package belongs to an upload: it has one of its architectures, and is
// its source, one of its binaries, or the debug symbols of a binary.
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

// isFor reports whether a package is for an architecture. A package for all is for every
// architecture of binary packages.
func isFor(e catalog.Entry, architecture string) bool {
	return e.Architecture == architecture || e.Architecture == "all" && architecture != "source"
}
