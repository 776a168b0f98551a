package publish

import (
	"bytes"
	"context"
	"testing"
	"testing/iotest"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
)

// TestATextIsReadOutOfItsCompressedForm: from the start, and from anywhere.
func TestATextIsReadOutOfItsCompressedForm(t *testing.T) {
	t.Parallel()
	pool, err := file.Open(t.TempDir(), file.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for _, text := range [][]byte{{}, []byte("a"), bytes.Repeat([]byte("all of it, word for word; "), 10_000)} {
		for _, format := range []compress.Format{compress.Gzip, compress.Zstd} {
			data, err := compress.AppendMember(nil, text, format)
			if err != nil {
				t.Fatal(err)
			}
			ref, err := blob.Put(t.Context(), pool, bytes.NewReader(data), blob.Expect{SHA256: digest.Of(data), Size: int64(len(data))})
			if err != nil {
				t.Fatal(err)
			}
			f := File{Path: "dists/stable/main/Contents-amd64", Size: int64(len(text)), SHA256: digest.Of(text), Format: packed{format, ref.SHA256}.String()}
			s, err := new(Tree).served(t.Context(), nil, placed{}, f)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Open(t.Context(), pool, s)
			if err != nil {
				t.Fatal(err)
			}
			if err := iotest.TestReader(r, text); err != nil {
				t.Errorf("%s of %d bytes: %v", format, len(text), err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestATextThatIsAnotherIsAnError: one that is shorter than the release says, or
// longer, does not end as if it were whole.
func TestATextThatIsAnotherIsAnError(t *testing.T) {
	t.Parallel()
	pool, err := file.Open(t.TempDir(), file.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	data, err := compress.AppendMember(nil, []byte("four"), compress.Gzip)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := blob.Put(t.Context(), pool, bytes.NewReader(data), blob.Expect{SHA256: digest.Of(data), Size: int64(len(data))})
	if err != nil {
		t.Fatal(err)
	}
	s := Served{Size: 5, Parts: []Part{{SHA256: ref.SHA256, Size: 5, Format: string(compress.Gzip), stream: true}}}
	r, err := Open(context.Background(), pool, s)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := new(bytes.Buffer).ReadFrom(r); err == nil {
		t.Errorf("%d bytes for 5", n)
	}
}
