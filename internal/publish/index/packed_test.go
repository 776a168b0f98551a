package index

import (
	"bytes"
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
			stored, is := ParsePacked(Packed{format, ref.SHA256}.String())
			if !is {
				t.Fatalf("%s is not read back", Packed{format, ref.SHA256})
			}
			size := int64(len(text))
			r, err := Open(t.Context(), pool, "text", size, []Part{stored.Part(size)})
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
	r, err := Open(t.Context(), pool, "text", 5, []Part{Packed{compress.Gzip, ref.SHA256}.Part(5)})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := new(bytes.Buffer).ReadFrom(r); err == nil {
		t.Errorf("%d bytes for 5", n)
	}
}
