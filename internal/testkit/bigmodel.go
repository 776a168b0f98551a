package testkit

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/digest"
)

// model is a real package's stanza that a small one is made after.
type model struct {
	name, version, architecture, source string

	raw   []byte // the stanza
	round int    // which of the packages made after it this is, from 0
}

// notInControl are the fields that an archive adds to a package's own.
var notInControl = map[string]bool{
	"filename": true, "size": true, "md5sum": true, "sha1": true, "sha256": true, "sha512": true,
	"description-md5": true, "tag": true,
}

// chooseModels picks n stanzas of a Packages file, spread evenly over it, or
// repeats all stanzas under different names. The order is the order of an index: by
// name, then version.
func chooseModels(text []byte, n int) (models []model, err error) {
	total := bytes.Count(append([]byte("\n"), text...), []byte("\nPackage: "))
	if total == 0 {
		return nil, errors.New("the Packages file is empty")
	}
	models = make([]model, 0, n)
	sc := deb822.NewScanner(bytes.NewReader(text), deb822.Options{})
	for i := 0; sc.Next(); i++ {
		// The i-th of total stanzas stands for this share of the n packages.
		for round := range (i+1)*n/total - i*n/total {
			models = append(models, newModel(sc.Stanza(), round))
		}
	}
	slices.SortFunc(models, func(x, y model) int {
		return cmp.Or(strings.Compare(x.name, y.name), deb.Compare(x.version, y.version), strings.Compare(x.architecture, y.architecture))
	})
	return models, sc.Err()
}

// newModel copies a stanza. From the second round on the name is changed.
func newModel(stanza *deb822.Stanza, round int) model {
	m := model{
		name: string(stanza.Get("Package")), version: string(stanza.Get("Version")), architecture: string(stanza.Get("Architecture")),
		raw: bytes.Clone(stanza.Raw()), round: round,
	}
	m.source, _ = deb.SourceOf(string(stanza.Get("Source")), m.name, m.version)
	if round > 0 {
		m.name += "-copy" + strconv.Itoa(round)
	}
	return m
}

// fields returns the fields of the stanza, with the name that the package has.
func (m model) fields() (found fields, err error) {
	stanza, err := deb822.Parse(m.raw)
	if err != nil {
		return nil, err
	}
	for _, field := range stanza.Fields {
		found = append(found, [2]string{string(field.Name), string(field.Value)})
	}
	return found.with(map[string]string{"Package": m.name}), nil
}

// nativeArchitecture returns the architecture of the packages that are not for all.
func nativeArchitecture(models []model) string {
	for _, m := range models {
		if m.architecture != "all" {
			return m.architecture
		}
	}
	return "amd64"
}

// write writes the package's file and returns its stanza.
func (m model) write(dir string) (stanza []byte, err error) {
	all, err := m.fields()
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", m.name, err)
	}
	own := slices.DeleteFunc(slices.Clone(all), func(field [2]string) bool { return notInControl[strings.ToLower(field[0])] })
	control, err := own.appendTo(nil)
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", m.name, err)
	}
	content := []debfile.File{{Name: "usr/share/doc/" + m.name + "/copyright", Body: []byte("Copyright of " + m.source + "\n")}}
	var file bytes.Buffer
	if err := debfile.Write(&file, control, content, debfile.WriteOptions{Compression: debfile.Gzip, ModTime: defaultDate}); err != nil {
		return nil, fmt.Errorf("package %s: %w", m.name, err)
	}
	filename := deb.PoolDirectory("main", m.source) + "/" + m.name + "_" + withoutEpoch(m.version) + "_" + m.architecture + ".deb"
	if err := createFile(filepath.Join(dir, filename), file.Bytes()); err != nil {
		return nil, fmt.Errorf("package %s: %w", m.name, err)
	}
	return all.with(listing(file.Bytes(), filename)).appendTo(nil)
}

// listing is what an index says of a package's file.
func listing(file []byte, filename string) map[string]string {
	hasher := digest.NewHasher(digest.Kinds{MD5: true})
	_, _ = hasher.Write(file) // never fails
	sums := hasher.Sums()
	return map[string]string{
		"Filename": filename, "Size": strconv.Itoa(len(file)),
		"MD5sum": sums.MD5, "SHA1": "", "SHA256": sums.SHA256, "SHA512": "",
	}
}

// createFile writes a file, and its folder when it is missing: most have been
// made for another package.
func createFile(path string, content []byte) error {
	err := os.WriteFile(path, content, 0o644)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
