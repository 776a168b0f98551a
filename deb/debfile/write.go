package debfile

import (
	"archive/tar"
	"bytes"
	"crypto/md5"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/compress"
)

// File is one file of a package to write.
type File struct {
	// Name is a slash-separated path without leading "./" or "/":
	// usr/share/doc/hello/copyright. Names of control files have no slash.
	Name string
	// Mode holds the permissions (0 means 0644, or 0755 for a folder), the
	// setuid, setgid and sticky bits, and fs.ModeDir or fs.ModeSymlink for a
	// folder or symbolic link.
	Mode fs.FileMode
	// Body is a regular file's content or a symbolic link's target.
	Body []byte
}

// WriteOptions configure [Write]. The zero value suits tests: uncompressed and dated
// 1970.
type WriteOptions struct {
	Compression  Compression // of both tar files: None, Gzip or Zstd
	ModTime      time.Time   // of every file, in whole seconds
	ControlFiles []File      // besides control and md5sums: postinst, conffiles, …
}

// Write writes a binary package of the control stanza and files: owned by root, with
// all parent folders and md5sums, as dpkg requires. The same files in any order
// result in the same bytes. A stanza without a valid Package, Version and
// Architecture, and an unsafe or repeated file name, are problems of kind Invalid.
func Write(w io.Writer, control []byte, files []File, options WriteOptions) error {
	stanza, err := deb822.Parse(control)
	if err == nil {
		_, err = identify(stanza)
	}
	if err != nil {
		return in("control", err)
	}
	seconds := max(options.ModTime.Unix(), 0) // the zero time becomes 1970, too
	data, err := buildTree(files, seconds)
	if err != nil {
		return in("files", err)
	}
	if i := slices.IndexFunc(options.ControlFiles, func(f File) bool { return strings.Contains(f.Name, "/") }); i >= 0 {
		return invalid("control file %.200q has a slash in its name", options.ControlFiles[i].Name)
	}
	controlTar, err := buildTree(controlFiles(stanza.Raw(), files, options.ControlFiles), seconds)
	if err != nil {
		return in("control files", err)
	}
	a := archive{out: make([]byte, 0, len(data)+len(controlTar)+512), seconds: seconds}
	a.out = append(a.out, fileMagic...)
	a.member("debian-binary", []byte("2.0\n"), None)
	a.member("control.tar", controlTar, options.Compression)
	a.member("data.tar", data, options.Compression)
	if a.err != nil {
		return a.err
	}
	_, err = w.Write(a.out)
	return err
}

// identity names a package.
type identity struct{ name, version, architecture string }

// identify reads and checks the mandatory fields of a binary package (policy 5.3).
func identify(stanza *deb822.Stanza) (identity, error) {
	id := identity{
		name:         string(stanza.Get("Package")),
		version:      string(stanza.Get("Version")),
		architecture: string(stanza.Get("Architecture")),
	}
	if !deb.DpkgAcceptsName(id.name) {
		return identity{}, invalid("Package is %.100q, which is not a valid package name", id.name)
	}
	if _, err := deb.ParseVersion(id.version); err != nil {
		return identity{}, in("Version", err)
	}
	if !deb.ValidArchitectureName(id.architecture) {
		return identity{}, invalid("Architecture is %.100q, which is not a valid architecture name", id.architecture)
	}
	return id, nil
}

func controlFiles(stanza []byte, files, more []File) []File {
	all := append([]File{{Name: "control", Body: stanza}}, more...)
	var sums bytes.Buffer
	for _, f := range sorted(files) {
		if f.Mode.IsRegular() {
			fmt.Fprintf(&sums, "%x  %s\n", md5.Sum(f.Body), f.Name)
		}
	}
	if sums.Len() > 0 {
		all = append(all, File{Name: "md5sums", Body: sums.Bytes()})
	}
	return all
}

// buildTree returns a tar file of files and their parent folders.
func buildTree(files []File, seconds int64) ([]byte, error) {
	size := 2048
	for _, f := range files {
		size += len(f.Body) + 2048
	}
	buffer := bytes.NewBuffer(make([]byte, 0, size))
	t := tree{tar: tar.NewWriter(buffer), time: time.Unix(seconds, 0), folders: map[string]bool{}}
	t.folder("", 0o755)
	for _, f := range sorted(files) {
		t.add(f)
	}
	if t.err == nil {
		t.err = t.tar.Close()
	}
	return buffer.Bytes(), t.err
}

// archive builds the ar file in memory.
type archive struct {
	out     []byte
	seconds int64
	err     error
}

// member adds a member, compressed and with the suffix of the compression.
func (a *archive) member(name string, body []byte, c Compression) {
	if a.err != nil {
		return
	}
	start := len(a.out) + headerSize
	name += compress.Format(c).Suffix()
	out, err := compress.AppendMember(append(a.out, make([]byte, headerSize)...), body, compress.Format(c))
	size := len(out) - start
	if err == nil && size > maxFieldSize {
		err = invalid("is too large for an ar archive")
	}
	if err != nil {
		a.err = in(name, err)
		return
	}
	header := fmt.Appendf(make([]byte, 0, headerSize), "%-16s%-12d%-6d%-6d%-8s%-10d%s",
		name, a.seconds, 0, 0, "100644", size, headerMagic)
	copy(out[start-headerSize:start], header)
	if size%2 == 1 {
		out = append(out, '\n')
	}
	a.out = out
}
