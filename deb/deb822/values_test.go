package deb822

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/problem"
)

func TestLinesAndUnfold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value    string
		lines    []string
		unfolded string
	}{
		{"", []string{""}, ""},
		{"one", []string{"one"}, "one"},
		{"one \n two\n .\n  indented\t", []string{"one", "two", "", " indented"}, "one two indented"},
		{"\n a\n\tb", []string{"", "a", "b"}, "a b"},
		{"a,\r\n b\r", []string{"a,", "b"}, "a, b"},
		{"a\n# comment\n b", []string{"a", "b"}, "a b"},
	} {
		var lines []string
		for line := range Lines([]byte(c.value)) {
			lines = append(lines, string(line))
		}
		if diff := cmp.Diff(c.lines, lines); diff != "" {
			t.Errorf("%q: %s", c.value, diff)
		}
		if got := string(Unfold([]byte(c.value))); got != c.unfolded {
			t.Errorf("%q unfolds to %q", c.value, got)
		}
	}
}

const md5abc = "900150983cd24fb0d6963f7d28e17f72"

func TestChecksums(t *testing.T) {
	t.Parallel()
	var got []string
	for c, err := range Checksums([]byte("\n "+md5abc+" 3 abc.dsc\n "+strings.ToUpper(md5abc)+"   1152921504606846975\tmain/binary-amd64/Packages.gz"), MD5) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(c.Name))
		if !strings.EqualFold(string(c.Sum), md5abc) || c.Section != nil || c.Size != 3 && c.Size != 1<<60-1 {
			t.Errorf("%q %d %q", c.Sum, c.Size, c.Section)
		}
	}
	if want := []string{"abc.dsc", "main/binary-amd64/Packages.gz"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for c, err := range ChangesFiles([]byte("\n " + md5abc + " 0 contrib/net optional a_1_all.deb")) {
		if err != nil || string(c.Section) != "contrib/net" || string(c.Priority) != "optional" || string(c.Name) != "a_1_all.deb" {
			t.Errorf("%q %q %q, %v", c.Section, c.Priority, c.Name, err)
		}
	}
	for _, err := range Checksums(nil, SHA256) {
		t.Error("a missing field has lines", err)
	}
}

func TestChecksumsRefuseWhatIsUnsafe(t *testing.T) {
	t.Parallel()
	for line, says := range map[string]string{
		md5abc + " 3":                      "2 columns",
		md5abc + " 3 a b":                  "more than 3",
		md5abc[1:] + " 3 a":                "32 hexadecimal",
		"g" + md5abc[1:] + " 3 a":          "32 hexadecimal",
		md5abc + "00 3 a":                  "32 hexadecimal",
		md5abc + " -3 a":                   "no size",
		md5abc + " 3x a":                   "no size",
		md5abc + " 11529215046068469760 a": "no size",
		md5abc + " 3 /etc/passwd":          "safe relative",
		md5abc + " 3 ../a":                 "safe relative",
		md5abc + " 3 a/../b":               "safe relative",
		md5abc + " 3 a//b":                 "safe relative",
		md5abc + " 3 a/./b":                "safe relative",
		md5abc + " 3 a/":                   "safe relative",
		md5abc + " 3 ..":                   "safe relative",
		md5abc + ` 3 a\b`:                  "safe relative",
		md5abc + " 3 a\x01":                "safe relative",
	} {
		n := 0
		for _, err := range Checksums([]byte("\n "+line+"\n "+md5abc+" 3 fine"), MD5) {
			if n++; !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), says) {
				t.Errorf("%q: %v, want a problem that says %q", line, err, says)
			}
		}
		if n != 1 {
			t.Errorf("%q: goes on after the error", line)
		}
	}
}

func TestReleaseChecksumsKeepNamesAsWritten(t *testing.T) {
	t.Parallel()
	var got []string
	for c, err := range ReleaseChecksums([]byte("\n "+md5abc+"  3  ./a  b c \n "+strings.ToUpper(md5abc)+" 4\t../x\n  \n "+md5abc+" 0 main//y\n"), MD5) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d %s", c.Size, c.Name))
	}
	if want := []string{"3 ./a  b c", "4 ../x", "0 main//y"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, line := range []string{md5abc + " 3", md5abc, md5abc[1:] + " 3 a", md5abc + " -3 a", md5abc + " x a", md5abc + " 9223372036854775807 a"} {
		for _, err := range ReleaseChecksums([]byte("\n "+line), MD5) {
			if !problem.Is(err, problem.Invalid) {
				t.Errorf("%q: %v", line, err)
			}
		}
	}
}

func FuzzChecksums(f *testing.F) {
	f.Add([]byte("\n "+md5abc+" 3 a.dsc\n "+md5abc+" 4 b"), true)
	f.Add([]byte("\n "+md5abc+" 3 net optional a.deb"), false)
	f.Fuzz(func(t *testing.T, value []byte, dsc bool) {
		lines := ChangesFiles(value)
		if dsc {
			lines = Checksums(value, MD5)
		}
		for c, err := range lines {
			if err != nil {
				return
			}
			name := string(c.Name)
			if len(c.Sum) != 32 || c.Size < 0 || name == "" || name[0] == '/' || slices.Contains(strings.Split(name, "/"), "..") {
				t.Fatalf("%q %d %q", c.Sum, c.Size, name)
			}
		}
	})
}

func TestFoldAndLinesAreInverse(t *testing.T) {
	t.Parallel()
	if got, want := Fold("short\n\nlong text\n  verbatim\n"), "short\n .\n long text\n   verbatim"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		// Lines without spaces at their ends; a lone dot is ambiguous.
		line := rapid.StringMatching(`([a-z.][a-z. ]{0,5}[a-z])?`)
		lines := append(rapid.SliceOf(line).Draw(t, "lines"), "end")
		var back []string
		for l := range Lines([]byte(Fold(strings.Join(lines, "\n")))) {
			back = append(back, string(l))
		}
		if !slices.Equal(lines, back) {
			t.Fatalf("%q comes back as %q", lines, back)
		}
	})
}
