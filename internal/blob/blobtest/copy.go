package blobtest

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// PutBytes stores data.
func PutBytes(ctx context.Context, to blob.Store, data []byte) (blob.Ref, error) {
	return blob.Put(ctx, to, bytes.NewReader(data), blob.Expect{Size: int64(len(data))})
}

// ReadAll returns the bytes of a blob of at most limit bytes. A longer one is a [problem.TooLarge].
func ReadAll(ctx context.Context, from blob.Store, d digest.SHA256, limit int64) ([]byte, error) {
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
