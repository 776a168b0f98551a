package e2e

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// publishedTree reads the files below a public folder for a comparison: by their
// path what they say, so that neither the date of a Release nor the work of another
// compressor counts. By-hash files are listed at the index with the same content.
func publishedTree(t *testing.T, public string, key *openpgp.Keyring) map[string]any {
	t.Helper()
	files, links := readTree(t, public)
	tree := map[string]any{}
	for name, content := range files {
		if strings.Contains(name, "/by-hash/") {
			continue
		}
		text := plainText(t, name, content)
		entry := map[string]any{"by-hash": byHash(files, name)}
		switch base := strings.TrimSuffix(strings.TrimSuffix(path.Base(name), ".gz"), ".bz2"); {
		case base == "Packages" || base == "Sources":
			entry["stanzas"] = stanzasOf(t, name, text)
		case base == "Release":
			entry["release"] = releaseOf(t, name, text)
		case base == "InRelease":
			signed, by, err := openpgp.VerifyClearSigned(text, key, openpgp.Policy{})
			release := files[path.Join(path.Dir(name), "Release")]
			entry["signed"] = fmt.Sprintf("%d signatures, %v, the same as Release: %t", len(by), err, bytes.Equal(signed, release))
		case base == "Release.gpg":
			by, err := openpgp.VerifyDetached(files[strings.TrimSuffix(name, ".gpg")], text, key, openpgp.Policy{})
			entry["signed"] = fmt.Sprintf("%d signatures, %v", len(by), err)
		default:
			entry["text"] = string(text)
		}
		tree[name] = entry
	}
	for name, to := range links {
		tree[name] = "a link to " + to
	}
	return tree
}

// readTree reads all files, and where symbolic links lead that have no file behind them
// or stand for one by another name.
func readTree(t *testing.T, dir string) (files map[string][]byte, links map[string]string) {
	t.Helper()
	files, links = map[string][]byte{}, map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		below, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		if d.Type()&fs.ModeSymlink != 0 && strings.Contains(below, "/by-hash/") {
			return nil // aptly's notes of which files are current
		}
		files[below], err = os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			delete(files, below)
			links[below], err = os.Readlink(name)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return files, links
}

func plainText(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	format := compress.FormatOf(name)
	if format == compress.None || strings.Contains(name, "pool/") {
		return content
	}
	r, err := compress.NewReader(bytes.NewReader(content), format, compress.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return text
}

// byHash lists the kinds of sums under which an index is there too.
func byHash(files map[string][]byte, name string) (kinds []any) {
	content := files[name]
	md5sum, sha1sum, sha256sum, sha512sum := md5.Sum(content), sha1.Sum(content), sha256.Sum256(content), sha512.Sum512(content)
	for _, x := range []struct {
		kind string
		sum  []byte
	}{{"MD5Sum", md5sum[:]}, {"SHA1", sha1sum[:]}, {"SHA256", sha256sum[:]}, {"SHA512", sha512sum[:]}} {
		if _, there := files[path.Join(path.Dir(name), "by-hash", x.kind, hex.EncodeToString(x.sum))]; there {
			kinds = append(kinds, x.kind)
		}
	}
	return kinds
}

// stanzasOf returns the fields of each package of an index.
func stanzasOf(t *testing.T, name string, text []byte) map[string]any {
	t.Helper()
	all := map[string]any{}
	scanner := deb822.NewScanner(bytes.NewReader(text), deb822.Options{})
	for scanner.Next() {
		s := scanner.Stanza()
		fields := map[string]any{}
		for _, f := range s.Fields {
			value := string(f.Value)
			if strings.HasPrefix(value, "\n") { // a list of files, in no order that counts
				value = strings.Join(slices.Sorted(strings.Lines(value+"\n")), "")
			}
			fields[string(f.Name)] = value
		}
		id := fmt.Sprintf("%s_%s_%s", s.Get("Package"), s.Get("Version"), s.Get("Architecture"))
		if all[id] != nil {
			t.Errorf("%s lists %s twice", name, id)
		}
		all[id] = fields
	}
	if err := scanner.Err(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return all
}

// releaseOf returns the fields of a Release, their order, and which files it lists.
func releaseOf(t *testing.T, name string, text []byte) map[string]any {
	t.Helper()
	if strings.HasSuffix(name, "/source/Release") { // aptly 1.5 says some of its fields twice
		lines := slices.Sorted(strings.Lines(string(text)))
		text = []byte(strings.Join(slices.Compact(lines), ""))
	}
	s, err := deb822.Parse(text)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return nil
	}
	var order []any
	release := map[string]any{}
	for _, f := range s.Fields {
		field := string(f.Name)
		order = append(order, field)
		switch field {
		case "Date", "Valid-Until":
		case "MD5Sum", "SHA1", "SHA256", "SHA512":
			listed := map[string]bool{}
			for line := range strings.Lines(string(f.Value)) {
				if words := strings.Fields(line); len(words) == 3 {
					listed[words[2]] = true
				}
			}
			release[field] = strings.Join(slices.Sorted(maps.Keys(listed)), " ")
		default:
			release[field] = string(f.Value)
		}
	}
	release["the order of fields"] = order
	return release
}
