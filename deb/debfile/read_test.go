package debfile

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/problem"
)

// members builds an ar archive of alternating names and bodies.
func members(namesAndBodies ...string) []byte {
	a := archive{out: []byte(fileMagic)}
	for i := 0; i < len(namesAndBodies); i += 2 {
		a.member(namesAndBodies[i], []byte(namesAndBodies[i+1]), None)
	}
	return a.out
}

// tarOf builds a tar file of entries.
func tarOf(t testing.TB, entries ...*tar.Header) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		body := h.Linkname // regular files carry their body here
		if h.Typeflag == tar.TypeReg {
			h.Linkname, h.Size = "", int64(len(body))
		} else {
			body = ""
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// regular is a regular file of a tar, with its body in Linkname.
func regular(name, body string) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Linkname: body, Mode: 0o644}
}

func TestReadGivesBackWhatWriteMade(t *testing.T) {
	t.Parallel()
	for _, c := range []Compression{None, Gzip, Zstd} {
		data := write(t, helloControl, helloFiles, WriteOptions{Compression: c, ControlFiles: []File{{Name: "postinst"}}})
		got, err := Read(iotest.OneByteReader(bytes.NewReader(data)), ReadOptions{Files: true})
		if err != nil {
			t.Fatal(err)
		}
		want := &Deb{
			Package: "hello", Version: "2.10-3", Architecture: "amd64",
			ControlFiles: []string{"md5sums", "postinst"},
			Files: []string{
				"usr/bin/hello", "usr/bin/hi", "usr/share/doc/hello/copyright", "usr/share/" + strings.Repeat("long/", 60) + "name",
			},
			ControlCompression: c, DataCompression: c,
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Deb{}, "Control")); diff != "" {
			t.Errorf("%s: %s", c, diff)
		}
		if string(got.Control.Raw()) != helloControl || string(got.Control.Get("Maintainer")) != "A Person <person@example.org>" {
			t.Errorf("%s: the stanza is %q", c, got.Control.Raw())
		}
	}
}

func TestReadWithoutFilesStopsBeforeTheData(t *testing.T) {
	t.Parallel()
	data := write(t, helloControl, []File{{Name: "big", Body: make([]byte, 1<<20)}}, WriteOptions{})
	r := bytes.NewReader(data)
	got, err := Read(r, ReadOptions{})
	if err != nil || got.Files != nil {
		t.Fatalf("%v, %v", got, err)
	}
	if r.Len() < 1<<20 {
		t.Errorf("only %d bytes are left unread", r.Len())
	}
}

// dpkgBuild builds a package with dpkg-deb from the files of Write.
func dpkgBuild(t *testing.T, arguments ...string) []byte {
	t.Helper()
	source, dir := saved(t, "hello.deb", write(t, helloControl, helloFiles, WriteOptions{})), t.TempDir()
	run(t, "dpkg-deb", "--raw-extract", source, filepath.Join(dir, "tree"))
	built := filepath.Join(dir, "built.deb")
	run(t, "dpkg-deb", append(arguments, "--root-owner-group", "--build", filepath.Join(dir, "tree"), built)...)
	data, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReadTakesWhatDpkgDebMakes(t *testing.T) {
	t.Parallel()
	for _, c := range []Compression{None, Gzip, XZ, Zstd} {
		for _, uniform := range []bool{true, false} {
			name := map[Compression]string{None: "none", Gzip: "gzip", XZ: "xz", Zstd: "zstd"}[c]
			t.Run(fmt.Sprintf("%s uniform=%v", name, uniform), func(t *testing.T) {
				t.Parallel()
				flag, control := "--uniform-compression", c
				if !uniform {
					flag, control = "--no-uniform-compression", Gzip // dpkg's own choice
				}
				data := dpkgBuild(t, "-Z"+name, flag)
				got, err := Read(bytes.NewReader(data), ReadOptions{Files: true})
				if err != nil {
					t.Fatal(err)
				}
				if got.DataCompression != c || got.ControlCompression != control {
					t.Errorf("compressions %q and %q", got.ControlCompression, got.DataCompression)
				}
				checkAgainstDpkg(t, data, got)
			})
		}
	}
}

// checkAgainstDpkg compares a parsed package with the output of dpkg-deb.
func checkAgainstDpkg(t *testing.T, data []byte, got *Deb) {
	t.Helper()
	path := saved(t, "x.deb", data)
	if want := run(t, "dpkg-deb", "--field", path); string(got.Control.Raw()) != want {
		t.Errorf("control %q, want %q", got.Control.Raw(), want)
	}
	var want []string
	archived := run(t, "sh", "-c", `dpkg-deb --fsys-tarfile "$0" | tar -t`, path)
	for line := range strings.Lines(archived) {
		if name := strings.TrimPrefix(strings.TrimSpace(line), "./"); !strings.HasSuffix(name, "/") && name != "" {
			want = append(want, name)
		}
	}
	if diff := cmp.Diff(want, got.Files, cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" {
		t.Error(diff)
	}
}

func TestReadTakesAnArMadeByAr(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	control, data := tarOf(t, regular("control", helloControl)), tarOf(t, regular("usr/x", ""))
	for name, body := range map[string]string{"debian-binary": "2.0\n", "_extra": "1", "control.tar": control, "data.tar": data} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("ar", "qc", "x.deb", "debian-binary", "_extra", "control.tar", "data.tar") // of binutils; ends names in a slash
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ar (of the Debian package binutils): %v %s", err, out)
	}
	f, err := os.Open(filepath.Join(dir, "x.deb"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := Read(f, ReadOptions{Files: true}); err != nil || len(got.Files) != 1 || got.Files[0] != "usr/x" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestReadPassesOverUnderscoredAndLaterMembers(t *testing.T) {
	t.Parallel()
	control := tarOf(t, regular("./control", helloControl))
	bzipped := compressed(t, "bzip2", tarOf(t, regular("/usr/x", "")))
	data := members("debian-binary", "2.1\nmore", "_a", "odd", "control.tar", control, "_b", "", "data.tar.bz2", bzipped, "later", "x")
	got, err := Read(bytes.NewReader(data), ReadOptions{Files: true})
	if err != nil || cmp.Diff(got.Files, []string{"usr/x"}) != "" || got.DataCompression != Bzip2 {
		t.Errorf("%v, %v", got, err)
	}
}

// compressed runs a compression program.
func compressed(t *testing.T, program, text string) string {
	t.Helper()
	cmd := exec.Command(program, "-c")
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s (of the Debian package of this name): %v", program, err)
	}
	return string(out)
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	control, data := tarOf(t, regular("control", helloControl)), tarOf(t)
	plain := func(control, data string) []byte {
		return members("debian-binary", "2.0\n", "control.tar", control, "data.tar", data)
	}
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"nothing":            {nil, "ar archive"},
		"text":               {[]byte("Package: hello\n"), "ar archive"},
		"an empty ar":        {[]byte(fileMagic), "first member"},
		"another ar":         {members("control.tar", control), "first member"},
		"format 3":           {members("debian-binary", "3.0\n"), "format"},
		"format 2":           {members("debian-binary", "2\n"), "format version"},
		"no format":          {members("debian-binary", ""), "format"},
		"no control":         {members("debian-binary", "2.0\n"), "has no member control.tar"},
		"data first":         {members("debian-binary", "2.0\n", "data.tar", data), "instead of control.tar"},
		"lzma":               {members("debian-binary", "2.0\n", "control.tar.lzma", ""), "lzma"},
		"no data":            {members("debian-binary", "2.0\n", "control.tar", control), "has no member data.tar"},
		"a damaged header":   {bytes.Replace(plain(control, data), []byte(headerMagic), []byte("xx"), 1), "damaged header"},
		"no size":            {bytes.Replace(plain(control, data), []byte("4         `\n"), []byte("-4        `\n"), 1), "without a size"},
		"cut in a header":    {plain(control, data)[:30], "within the header"},
		"cut in a member":    {plain(control, data)[:2000], "bytes early"},
		"no control file":    {plain(tarOf(t, regular("md5sums", "")), data), "no file control"},
		"control twice":      {plain(tarOf(t, regular("control", helloControl), regular("./control", helloControl)), data), "twice"},
		"two stanzas":        {plain(tarOf(t, regular("control", "A: 1\n\nB: 1\n")), data), "second stanza"},
		"a name of evil":     {plain(tarOf(t, regular("control", strings.Replace(helloControl, "hello", "../../x", 1))), data), "Package"},
		"a version of evil":  {plain(tarOf(t, regular("control", strings.Replace(helloControl, "2.10-3", "1/../x", 1))), data), "Version"},
		"no architecture":    {plain(tarOf(t, regular("control", "Package: a\nVersion: 1\n")), data), "Architecture"},
		"no tar":             {plain(strings.Repeat("x", 1024), data), "damaged tar"},
		"a path that leaves": {plain(control, tarOf(t, regular("a/../../b", ""))), "leaves the package"},
		"a path of lines":    {plain(control, tarOf(t, regular("a\nb", ""))), "control characters"},
		"a long path":        {plain(control, tarOf(t, regular(strings.Repeat("a/", 3000)+"a", ""))), "4096"},
		"cut in the data":    {plain(control, tarOf(t, regular("a", strings.Repeat("x", 2000))))[:4500], "bytes early"},
	} {
		_, err := Read(bytes.NewReader(c.file), ReadOptions{Files: true})
		if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an invalid problem that says %q", name, err, c.says)
		}
	}
}

func TestReadKeepsToItsLimits(t *testing.T) {
	t.Parallel()
	var many []File
	for i := range 20 {
		many = append(many, File{Name: fmt.Sprint("f", i)})
	}
	bomb := []File{{Name: "zeros", Body: make([]byte, 32<<20)}}
	for name, c := range map[string]struct {
		control, data []File
		options       ReadOptions
	}{
		"ratio of data":    {data: bomb, options: ReadOptions{MaxRatio: 20}},
		"size of data":     {data: bomb, options: ReadOptions{MaxData: 20 << 20}},
		"count of data":    {data: many, options: ReadOptions{MaxFiles: 19}},
		"size of control":  {control: bomb, options: ReadOptions{MaxControl: 20 << 20}},
		"ratio of control": {control: bomb, options: ReadOptions{MaxRatio: 20}},
	} {
		c.options.Files = true
		file := write(t, helloControl, c.data, WriteOptions{Compression: Zstd, ControlFiles: c.control})
		if _, err := Read(bytes.NewReader(file), c.options); !problem.Is(err, problem.TooLarge) {
			t.Errorf("%s: %v, want too-large", name, err)
		}
		if _, err := Read(bytes.NewReader(file), ReadOptions{Files: true, MaxRatio: 1 << 20, MaxControl: 1 << 30}); err != nil {
			t.Errorf("%s, with wide limits: %v", name, err)
		}
	}
	endless := ""
	for range maxMembers + 1 {
		endless += string(members("_x", "")[len(fileMagic):])
	}
	file := append(members("debian-binary", "2.0\n"), endless...)
	if _, err := Read(bytes.NewReader(file), ReadOptions{}); err == nil || !strings.Contains(err.Error(), "more than 100 members") {
		t.Errorf("members: %v", err)
	}
}

func TestAnErrorOfTheStreamComesThrough(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is dead")
	file := write(t, helloControl, helloFiles, WriteOptions{Compression: Gzip})
	for n := 0; n < len(file)-1; n += 7 {
		r := io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken))
		if _, err := Read(r, ReadOptions{Files: true}); !errors.Is(err, broken) {
			t.Fatalf("after %d bytes of %d: %v", n, len(file), err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, c := range []Compression{None, Gzip, Zstd} {
		var b bytes.Buffer
		if err := Write(&b, []byte(helloControl), helloFiles[:2], WriteOptions{Compression: c}); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add(members("debian-binary", "2.0\n", "_x", "", "control.tar", tarOf(f, regular("control", helloControl)), "data.tar.xz", ""))
	f.Fuzz(func(t *testing.T, file []byte) {
		d, err := Read(bytes.NewReader(file), ReadOptions{Files: true, MaxData: 1 << 20, MaxControl: 1 << 20})
		if err != nil {
			if kind := problem.KindOf(err); kind != problem.Invalid && kind != problem.TooLarge {
				t.Fatalf("kind %s: %v", kind, err)
			}
			return
		}
		if d.Package == "" || d.Version == "" || d.Architecture == "" || strings.Contains(d.Package, "/") {
			t.Fatalf("%+v", d)
		}
		for _, name := range d.Files {
			if name == "" || name[0] == '/' || strings.Contains("/"+name+"/", "/../") || strings.ContainsAny(name, "\n\r") {
				t.Fatalf("path %q", name)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for _, c := range []Compression{None, Gzip, Zstd} {
		var file bytes.Buffer
		if err := Write(&file, []byte(helloControl), helloFiles[:2], WriteOptions{Compression: c}); err != nil {
			b.Fatal(err)
		}
		b.Run("compression="+compress.Format(c).String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Read(bytes.NewReader(file.Bytes()), ReadOptions{Files: true}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
