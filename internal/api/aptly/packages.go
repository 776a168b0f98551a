package aptly

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/problem"
)

func (s *service) packageRoutes() []route {
	return []route{
		{"GET", "packages", "Search all packages", func(c *call) (answer, error) { return c.search(nil) }},
		{"GET", "packages/:key", "Show a package", func(c *call) (answer, error) {
			p, err := c.service.app.Collections.FindPackage(c.Context(), c.parameter("key"))
			if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Invalid) {
				err = fail(http.StatusNotFound, "key not found")
			}
			return ok(details(p)), err
		}},
	}
}

// uuid returns the id of an object for clients: stable, in the form of RFC 9562.
func uuid(id string) string {
	sum := sha256.Sum256([]byte("aptarium " + id))
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// search writes the packages that match a query, in one collection or in all: their keys or
// all their fields. It writes the answer while it reads packages.
func (c *call) search(in *collections.Ref) (answer, error) {
	values := c.URL.Query()
	config := c.service.options.Config
	s := collections.Search{
		Query: values.Get("q"), WithDependencies: values.Get("withDeps") == "1", Newest: values.Get("maximumVersion") == "1",
		Architectures: config.Architectures,
		Recommends:    config.FollowRecommends, Suggests: config.FollowSuggests,
		Source: config.FollowSource, AllVariants: config.FollowAllVariants,
	}
	full := values.Get("format") == "details"
	list := listWriter{w: c.writer}
	err := c.service.app.Collections.Search(c.Context(), in, s, full, func(f collections.Found) error {
		if full {
			return list.add(details(f))
		}
		return list.add(f.Key)
	})
	if err != nil && !list.begun {
		return answer{}, as(err, problem.Invalid, http.StatusBadRequest, "")
	}
	if err != nil {
		c.service.log.ErrorContext(c.Context(), "a search failed", "path", c.URL.Path, "error", err)
		panic(http.ErrAbortHandler) // the client must not take what it has for all
	}
	return sent, list.end()
}

// listWriter writes a list in JSON, one value at a time.
type listWriter struct {
	w     http.ResponseWriter
	out   *bufio.Writer
	begun bool
}

func (l *listWriter) begin(mark byte) error {
	if l.begun {
		return l.out.WriteByte(mark)
	}
	l.begun = true
	l.w.Header().Set("Content-Type", jsonType)
	l.out = bufio.NewWriterSize(l.w, 64<<10)
	return l.out.WriteByte('[')
}

func (l *listWriter) add(value any) error {
	if err := l.begin(','); err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err == nil {
		_, err = l.out.Write(text)
	}
	return err
}

func (l *listWriter) end() error {
	if !l.begun {
		if err := l.begin('['); err != nil {
			return err
		}
	}
	if err := l.out.WriteByte(']'); err != nil {
		return err
	}
	return l.out.Flush()
}

// details returns the control fields, the files and the keys of a package. Values are texts,
// see controlValue.
func details(f collections.Found) map[string]string {
	fields := map[string]string{}
	for name, value := range f.Fields() {
		fields[name] = controlValue(name, value)
	}
	fields["Key"], fields["ShortKey"], fields["FilesHash"] = f.Key, f.ShortKey, f.FilesHash
	if f.Section != "" {
		fields["Section"] = f.Section
	}
	if f.Priority != "" {
		fields["Priority"] = f.Priority
	}
	if f.Type == "source" {
		fields["Package"] = f.Name
		sumList(fields, f.Files)
		return fields
	}
	for _, file := range f.Files {
		fields["Filename"], fields["Size"] = file.Name, fmt.Sprint(file.Size)
		fields["MD5sum"], fields["SHA1"], fields["SHA256"], fields["SHA512"] = file.MD5, file.SHA1, file.SHA256, file.SHA512
	}
	return fields
}

// controlValue returns the value of a field as aptly shows it: the text of a field with
// several lines, from the colon to the end of the last line, or one line.
func controlValue(name, value string) string {
	switch name {
	case "Description", "Files", "Changes", "Checksums-Sha1", "Checksums-Sha256", "Checksums-Sha512", "Package-List":
		if first, _, _ := strings.Cut(value, "\n"); first != "" {
			return " " + value + "\n"
		}
		return strings.TrimPrefix(value, "\n") + "\n"
	}
	lines := strings.Split(value, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, " ")
}

// sumList writes the lists of files of a source package, by name.
func sumList(fields map[string]string, files []collections.FoundFile) {
	files = slices.SortedFunc(slices.Values(files), func(a, b collections.FoundFile) int { return strings.Compare(a.Name, b.Name) })
	for name, sum := range map[string]func(collections.FoundFile) string{
		"Files":            func(f collections.FoundFile) string { return f.MD5 },
		"Checksums-Sha1":   func(f collections.FoundFile) string { return f.SHA1 },
		"Checksums-Sha256": func(f collections.FoundFile) string { return f.SHA256 },
		"Checksums-Sha512": func(f collections.FoundFile) string { return f.SHA512 },
	} {
		var lines strings.Builder
		for _, f := range files {
			if text := sum(f); text != "" {
				fmt.Fprintf(&lines, " %s %d %s\n", text, f.Size, f.Name)
			}
		}
		if lines.Len() > 0 {
			fields[name] = lines.String()
		}
	}
}
