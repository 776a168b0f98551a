package mirror

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// release is the content of an upstream's Release file
// (https://wiki.debian.org/DebianRepository/Format).
type release struct {
	suite, codename string
	date            time.Time
	validUntil      time.Time // zero: for ever
	architectures   []string
	components      []string
	byHash          bool
	allApart        bool // binary-ARCH does not repeat packages for all architectures
	files           map[string]blob.Expect
	meta            map[string]string // the fields, without the sums
}

// maxListed bounds the files that a Release may list.
const maxListed = 100_000

func parseRelease(text []byte) (release, error) {
	s, err := deb822.Parse(text)
	if err != nil {
		return release{}, problem.New(problem.Untrusted, "Release cannot be read: %w", err)
	}
	r := release{
		suite: string(s.Get("Suite")), codename: string(s.Get("Codename")),
		byHash: strings.EqualFold(string(s.Get("Acquire-By-Hash")), "yes"),
		files:  map[string]blob.Expect{},
		meta:   metaOf(s),
	}
	if r.architectures, err = names(s, "Architectures"); err != nil {
		return release{}, err
	}
	if r.components, err = names(s, "Components"); err != nil {
		return release{}, err
	}
	r.allApart = slices.Contains(r.architectures, "all") &&
		!slices.Contains(strings.Fields(string(s.Get("No-Support-for-Architecture-all"))), "Packages")
	if r.date, err = releaseTime(s, "Date"); err != nil {
		return release{}, err
	}
	if r.validUntil, err = releaseTime(s, "Valid-Until"); err != nil {
		return release{}, err
	}
	if err := r.list(s); err != nil {
		return release{}, err
	}
	if len(r.components) == 0 {
		r.components, err = r.listedComponents()
	}
	return r, err
}

// Bounds of the kept fields of Release. Debian's has a dozen short ones.
const (
	maxMetaFields = 64
	maxMetaValue  = 4096
)

// metaOf returns the fields of Release without the lists of sums and overlong values.
func metaOf(s *deb822.Stanza) map[string]string {
	meta := map[string]string{}
	for _, f := range s.Fields {
		name, value := string(f.Name), strings.TrimSpace(string(f.Value))
		sums := slices.ContainsFunc([]string{"MD5Sum", "SHA1", "SHA256", "SHA512"}, func(sum string) bool { return strings.EqualFold(sum, name) })
		if !sums && len(meta) < maxMetaFields && len(name)+len(value) <= maxMetaValue && utf8.ValidString(value) {
			meta[name] = value
		}
	}
	return meta
}

// names reads a field of words.
func names(s *deb822.Stanza, field string) ([]string, error) {
	list := strings.Fields(string(s.Get(field)))
	if len(list) > maxNames {
		return nil, fmt.Errorf("reading Release: %w", tooMany(strings.ToLower(field), len(list)))
	}
	return list, nil
}

// listedComponents returns the components of the listed indexes, for an archive that does not name
// them, without the installer's.
func (r *release) listedComponents() ([]string, error) {
	var found []string
	for file := range r.files {
		folder, name := path.Split(file)
		component, folder := path.Split(path.Clean(folder))
		component = strings.TrimSuffix(component, "/")
		name, _, _ = strings.Cut(name, ".")
		index := name == "Packages" && strings.HasPrefix(folder, "binary-") || name == "Sources" && folder == "source"
		if !index || component == "" || path.Base(component) == "debian-installer" || slices.Contains(found, component) {
			continue
		}
		if found = append(found, component); len(found) > maxNames {
			return nil, fmt.Errorf("reading Release: %w", tooMany("components", len(found)))
		}
	}
	slices.Sort(found)
	return found, nil
}

// list reads the files with their SHA-256 sums; it refuses a Release with only weaker sums.
func (r *release) list(s *deb822.Stanza) error {
	sums := s.Get("SHA256")
	if sums == nil {
		return problem.New(problem.Untrusted, "Release has no SHA-256 sums").In("SHA256").
			WithHint("MD5 and SHA-1 can be forged; the archive must add stronger sums")
	}
	listed := 0
	for sum, err := range deb822.ReleaseChecksums(sums, deb822.SHA256) {
		if err != nil {
			return problem.New(problem.Untrusted, "Release cannot be read: %w", err).In("SHA256")
		}
		if listed++; listed > maxListed {
			return problem.New(problem.TooLarge, "Release lists more than %d files", maxListed)
		}
		d, err := digest.Parse(string(sum.Sum))
		if err != nil {
			return problem.New(problem.Untrusted, "Release cannot be read: %w", err).In("SHA256")
		}
		if name, err := catalog.CleanPath(string(sum.Name)); err == nil { // we never ask for others
			r.files[name] = blob.Expect{SHA256: d, Size: sum.Size}
		}
	}
	return nil
}

// releaseTimes are the forms of dates in real archives; the zone is UTC whatever its name.
var releaseTimes = []string{time.RFC1123, time.RFC1123Z, "Mon, _2 Jan 2006 15:04:05 MST", "Mon, _2 Jan 2006 15:04:05 -0700"}

func releaseTime(s *deb822.Stanza, field string) (time.Time, error) {
	value := s.Get(field)
	if value == nil {
		return time.Time{}, nil
	}
	for _, form := range releaseTimes {
		if t, err := time.Parse(form, string(value)); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, problem.New(problem.Untrusted, "Release has %s: %s, which is not a date", field, strconv.Quote(string(value))).In(field)
}

// checkExpiry refuses a Release past its Valid-Until; the zero time means for ever.
func (c Config) checkExpiry(validUntil, now time.Time) error {
	if validUntil.IsZero() || !now.After(validUntil) || c.AcceptExpired {
		return nil
	}
	return problem.New(problem.Untrusted, "Release expired on %s", validUntil.UTC().Format(time.DateTime)).In("Valid-Until").
		WithHint("the upstream is stale or someone replays an old state; accept_expired takes it anyway")
}

// check refuses a release that is expired or from the future, or that lacks a wanted component.
func (r release) check(c Config, now time.Time) error {
	if err := c.checkExpiry(r.validUntil, now); err != nil {
		return err
	}
	if r.date.After(now.Add(24 * time.Hour)) {
		return problem.New(problem.Untrusted, "Release is of %s, which is in the future", r.date.Format(time.DateTime)).In("Date").
			WithHint("check the clock of this machine")
	}
	if c.Flat() || c.SkipComponentCheck {
		return nil
	}
	for _, name := range c.Components {
		// Some archives name a component by a path, such as "updates/main". As in apt, its end is
		// enough.
		if !slices.ContainsFunc(r.components, func(c string) bool { return c == name || strings.HasSuffix(c, "/"+name) }) {
			return problem.New(problem.Invalid, "the suite has no component %q", name).In("components").
				WithHint("it has: %s", strings.Join(r.components, ", "))
		}
	}
	return nil
}
