package mirror

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/digest"
)

func TestListsOfImagesAreWhatSha256sumWrites(t *testing.T) {
	t.Parallel()
	sum := digest.Of([]byte("x"))
	var got []string
	for image, err := range imageSums(strings.NewReader(sum.String() + "  ./netboot/mini.iso\n" + sum.String() + " *MANIFEST\n")) {
		if err != nil || image.sum != sum {
			t.Fatalf("%v: %v", image, err)
		}
		got = append(got, image.name)
	}
	if diff := cmp.Diff([]string{"netboot/mini.iso", "MANIFEST"}, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzImageSums(f *testing.F) {
	sum := digest.Of(nil).String()
	for _, text := range []string{sum + "  ./a/b\n", sum + " *b", sum + "  ../b", sum + "  /b", "x  y", sum, "\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for image, err := range imageSums(strings.NewReader(text)) {
			if err == nil && (image.name == "" || image.name[0] == '/' || strings.Contains("/"+image.name+"/", "/../") || strings.Contains(image.name, "\n")) {
				t.Fatalf("%q leads to %q", text, image.name)
			}
		}
	})
}
