package debfile

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/problem"
)

const helloControl = `Package: hello
Version: 2.10-3
Architecture: amd64
Maintainer: A Person <person@example.org>
Description: example package
 The text goes on.
`

var helloFiles = []File{
	{Name: "usr/share/doc/hello/copyright", Body: []byte("GPL-3+\n")},
	{Name: "usr/bin/hello", Mode: 0o755 | fs.ModeSetuid, Body: []byte("#!/bin/sh\necho hello\n")},
	{Name: "usr/bin/hi", Mode: fs.ModeSymlink, Body: []byte("hello")},
	{Name: "var/lib/hello", Mode: fs.ModeDir | 0o700},
	{Name: "usr/share/" + strings.Repeat("long/", 60) + "name", Body: []byte("x")},
}

// run returns the output of a program, and fails the test if the program fails or is
// missing.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%s is missing: install the Debian packages dpkg, dpkg-dev, binutils and libdpkg-perl", name)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.Bytes())
	}
	return string(out)
}

// write builds a package in memory.
func write(t *testing.T, control string, files []File, options WriteOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, []byte(control), files, options); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// saved writes bytes to a file in a new folder.
func saved(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDpkgTakesWhatWriteMakes(t *testing.T) {
	t.Parallel()
	for _, c := range []Compression{None, Gzip, Zstd} {
		t.Run(fmt.Sprintf("compression %q", c), func(t *testing.T) {
			t.Parallel()
			path := saved(t, "hello.deb", write(t, helloControl, helloFiles, WriteOptions{
				Compression:  c,
				ModTime:      time.Unix(1700000000, 0),
				ControlFiles: []File{{Name: "postinst", Mode: 0o755, Body: []byte("#!/bin/sh\n")}},
			}))
			if got := run(t, "dpkg-deb", "--field", path); got != helloControl {
				t.Errorf("control is %q", got)
			}
			if got := run(t, "dpkg-deb", "--info", path); !strings.Contains(got, "postinst") || !strings.Contains(got, "md5sums") {
				t.Errorf("control files are:\n%s", got)
			}
			list := run(t, "dpkg-deb", "--contents", path)
			for _, want := range []string{
				"drwxr-xr-x root/root         0 ", " ./usr/share/doc/hello/\n",
				"-rwsr-xr-x root/root        21 ", " ./usr/bin/hi -> hello\n", "drwx------ ", "2023-11-14",
			} {
				if !strings.Contains(list, want) {
					t.Errorf("%q is missing in:\n%s", want, list)
				}
			}
			checkExtracted(t, path)
		})
	}
}

// checkExtracted unpacks a package and verifies it by its own md5sums.
func checkExtracted(t *testing.T, path string) {
	t.Helper()
	root := t.TempDir()
	run(t, "dpkg-deb", "--raw-extract", path, root)
	sums := filepath.Join(root, "DEBIAN", "md5sums")
	cmd := exec.Command("md5sum", "--check", "--strict", sums)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil || bytes.Count(out, []byte(": OK\n")) != 3 {
		t.Errorf("md5sums: %v\n%s", err, out)
	}
}

func TestWriteIsAPureFunctionOfItsInput(t *testing.T) {
	t.Parallel()
	options := WriteOptions{Compression: Gzip, ModTime: time.Unix(1700000000, 999)}
	backwards := slices.Clone(helloFiles)
	slices.Reverse(backwards)
	a, b := write(t, helloControl, helloFiles, options), write(t, strings.TrimSpace(helloControl), backwards, options)
	if !bytes.Equal(a, b) {
		t.Error("the order of files, or a missing last newline, changes the bytes")
	}
	options.ModTime = time.Time{}
	if bytes.Equal(a, write(t, helloControl, helloFiles, options)) {
		t.Error("the time changes nothing")
	}
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		control string
		files   []File
		options WriteOptions
		says    string
	}{
		"no name":            {control: "Version: 1\nArchitecture: all\n", says: "Package"},
		"a path for a name":  {control: "Package: ../x\nVersion: 1\nArchitecture: all\n", says: "Package"},
		"a bad version":      {control: "Package: x\nVersion: one\nArchitecture: all\n", says: "Version"},
		"no architecture":    {control: "Package: x\nVersion: 1\n", says: "Architecture"},
		"two stanzas":        {control: helloControl + "\n" + helloControl, says: "second stanza"},
		"an absolute path":   {files: []File{{Name: "/etc/passwd"}}, says: "safe relative path"},
		"a way out":          {files: []File{{Name: "a/../../b"}}, says: "safe relative path"},
		"the root":           {files: []File{{Name: "."}}, says: "safe relative path"},
		"a newline":          {files: []File{{Name: "a\nb"}}, says: "safe relative path"},
		"a file twice":       {files: []File{{Name: "a"}, {Name: "a"}}, says: "twice"},
		"a file as a folder": {files: []File{{Name: "a"}, {Name: "a-"}, {Name: "a/b"}}, says: "is a file"},
		"a device":           {files: []File{{Name: "a", Mode: fs.ModeDevice}}, says: "is not a file, folder"},
		"a second control":   {options: WriteOptions{ControlFiles: []File{{Name: "control"}}}, says: "twice"},
		"a control path":     {options: WriteOptions{ControlFiles: []File{{Name: "a/b"}}}, says: "slash"},
		"xz":                 {options: WriteOptions{Compression: XZ}, says: "cannot be used to write"},
	} {
		if c.control == "" {
			c.control = helloControl
		}
		err := Write(&bytes.Buffer{}, []byte(c.control), c.files, c.options)
		if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an invalid problem that says %q", name, err, c.says)
		}
	}
}

func TestArListsTheMembersThatDebAsksFor(t *testing.T) {
	t.Parallel()
	ours := saved(t, "hello.deb", write(t, helloControl, helloFiles, WriteOptions{ModTime: time.Unix(1700000000, 0)}))
	want := "debian-binary\ncontrol.tar\ndata.tar\n"
	if diff := cmp.Diff(want, run(t, "ar", "t", ours)); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkWrite(b *testing.B) {
	files := helloFiles[:2]
	for _, c := range []Compression{None, Gzip, Zstd} {
		b.Run("compression="+string(c), func(b *testing.B) {
			b.ReportAllocs()
			var out bytes.Buffer
			for b.Loop() {
				out.Reset()
				if err := Write(&out, []byte(helloControl), files, WriteOptions{Compression: c}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
