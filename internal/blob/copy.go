package blob

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Put stores all bytes of from, if they are the expected ones. If reading fails, it returns from's error, wrapped,
// and stores nothing.
func Put(ctx context.Context, to Store, from io.Reader, expect Expect) (Ref, error) {
	w, err := to.Writer(ctx, expect)
	if err != nil {
		return Ref{}, err
	}
	defer w.Abort() // does nothing once committed
	if _, err := io.Copy(w, WithContext(ctx, from)); err != nil {
		return Ref{}, fmt.Errorf("store a blob: %w", err)
	}
	return w.Commit()
}

// PutFile stores a copy of a local file, even if it could be linked: another user who can write to the file must
// not be able to change the pool. To link trusted files, use [Adopt].
func PutFile(ctx context.Context, to Store, path string, expect Expect) (Ref, error) {
	f, err := os.Open(path)
	if err != nil {
		return Ref{}, fmt.Errorf("read what is to be stored: %w", err)
	}
	defer f.Close()
	ref, err := Put(ctx, to, f, expect)
	return ref, problem.While(err, "%s", path)
}

// Verify reads a blob and checks its digest, for a scrub. A damaged one is a [problem.Untrusted] that wraps a
// [*MismatchError]; the store is not changed.
func Verify(ctx context.Context, in Store, d digest.SHA256) error {
	b, err := in.Open(ctx, d)
	if err != nil {
		return err
	}
	defer b.Close()
	h := digest.NewHasher(digest.Kinds{})
	if _, err := io.Copy(h, WithContext(ctx, b)); err != nil {
		return fmt.Errorf("read blob %s: %w", d, err)
	}
	want, got := Expect{SHA256: d, Size: b.Size()}, Ref{SHA256: h.SHA256(), Size: h.Size()}
	if !want.Allows(got) {
		return problem.New(problem.Untrusted, "blob %s is damaged: %w", d, &MismatchError{Expect: want, Got: got}).
			WithHint("check the disk, remove the blob and download it again")
	}
	return nil
}

// WithContext returns a reader that fails with the cause of ctx's end after it has ended, so that a long copy can be
// cancelled.
func WithContext(ctx context.Context, r io.Reader) io.Reader { return contextReader{ctx, r} }

type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
