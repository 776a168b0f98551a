package blob

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Put stores everything that from gives, if it is what is expected. It returns
// from's own error, wrapped, when reading fails, and stores nothing then.
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

// PutBytes stores data, whatever it is.
func PutBytes(ctx context.Context, to Store, data []byte) (Ref, error) {
	return Put(ctx, to, bytes.NewReader(data), Expect{Size: int64(len(data))})
}

// PutFile stores a copy of a local file. Its bytes are read and checked even
// where the file system could link them: a name that somebody else can write
// to must never lead into the pool. Where it may, [Adopt] links.
func PutFile(ctx context.Context, to Store, path string, expect Expect) (Ref, error) {
	f, err := os.Open(path)
	if err != nil {
		return Ref{}, fmt.Errorf("read what is to be stored: %w", err)
	}
	defer f.Close()
	ref, err := Put(ctx, to, f, expect)
	if err != nil {
		return Ref{}, fmt.Errorf("%s: %w", path, err)
	}
	return ref, nil
}

// ReadAll gives the bytes of a blob that has at most limit bytes; a longer one
// is a [problem.TooLarge].
func ReadAll(ctx context.Context, from Store, d digest.SHA256, limit int64) ([]byte, error) {
	b, err := from.Open(ctx, d)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	if b.Size() > limit {
		return nil, problem.New(problem.TooLarge, "blob %s has %d bytes, more than the %d allowed here", d, b.Size(), limit)
	}
	data := make([]byte, b.Size())
	if _, err := io.ReadFull(b, data); err != nil {
		return nil, fmt.Errorf("read blob %s: %w", d, err)
	}
	return data, nil
}

// Verify reads a blob again and checks that it still has its digest: what a
// scrub does with every blob. One that has not is a [problem.Untrusted] that
// wraps a [*MismatchError]; the store is left as it is.
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
			WithHint("check the disk, remove the blob and fetch it again")
	}
	return nil
}

// WithContext gives a reader that fails with the cause of ctx's end once it has
// ended, so that a long copy can be cancelled.
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
