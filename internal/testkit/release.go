package testkit

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// ReleaseEntry is a file that Release lists.
type ReleaseEntry struct {
	Path string // relative to Release
	Size int64  // in bytes
	Sums digest.Sums
}

func entryOf(name string, content []byte) ReleaseEntry {
	return ReleaseEntry{Path: name, Size: int64(len(content)), Sums: sumsOf(content)}
}

// addRelease adds Release, Release.gpg and InRelease.
func (s Suite) addRelease(ctx context.Context, entries []ReleaseEntry, all files) error {
	text, err := s.releaseText(entries)
	if err != nil {
		return err
	}
	place := func(name string) string { return path.Join(s.folder(), name) }
	if len(s.Keys) == 0 {
		return all.add(place("Release"), text)
	}
	signers, at := make([]openpgp.Signer, len(s.Keys)), s.Date
	for i, key := range s.Keys {
		signers[i], at = key, signingTime(at, key)
	}
	if s.Signature != InlineOnly {
		detached, err := openpgp.DetachSign(ctx, text, at, signers...)
		if err != nil {
			return fmt.Errorf("signing Release: %w", err)
		}
		if err := cmp.Or(all.add(place("Release"), text), all.add(place("Release.gpg"), detached)); err != nil {
			return err
		}
	}
	if s.Signature == DetachedOnly {
		return nil
	}
	inline, err := openpgp.ClearSign(ctx, text, at, signers...)
	if err != nil {
		return fmt.Errorf("signing InRelease: %w", err)
	}
	return all.add(place("InRelease"), slices.Concat([]byte(s.Before), inline, []byte(s.After)))
}

// signingTime is the date, or when the key was made if that is later: clients
// refuse signatures that are older than their key.
func signingTime(date time.Time, key *openpgp.SecretKey) time.Time {
	if created := key.Key().Created; created.After(date) {
		return created
	}
	return date
}

func (s Suite) releaseText(entries []ReleaseEntry) ([]byte, error) {
	slices.SortFunc(entries, func(x, y ReleaseEntry) int { return strings.Compare(x.Path, y.Path) })
	if s.EditEntries != nil {
		entries = s.EditEntries(entries)
	}
	release := fields{
		{"Origin", s.Origin},
		{"Label", s.Label},
		{"Suite", s.Suite},
		{"Version", s.Version},
		{"Codename", s.Codename},
		{"Date", releaseTime(s.Date)},
		{"Valid-Until", releaseTime(s.ValidUntil)},
	}
	if s.ByHash != WithoutByHash {
		release = append(release, [2]string{"Acquire-By-Hash", "yes"})
	}
	if !s.Flat {
		architectures := strings.Join(s.Architectures, " ")
		if s.All != AllInEach {
			architectures = "all " + architectures
		}
		if s.All == AllInBoth {
			release = append(release, [2]string{"No-Support-for-Architecture-all", "Packages"})
		}
		release = append(release, [2]string{"Architectures", architectures}, [2]string{"Components", strings.Join(s.Components, " ")})
	}
	for _, kind := range s.ReleaseSums {
		var list strings.Builder
		for _, entry := range entries {
			fmt.Fprintf(&list, "\n %s %d %s", sumNamed(entry.Sums, kind), entry.Size, entry.Path)
		}
		release = append(release, [2]string{kind, list.String()})
	}
	return release.with(s.ReleaseFields).appendTo(nil)
}

// releaseTime writes a time as Release has it; none is empty.
func releaseTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("Mon, 02 Jan 2006 15:04:05 UTC")
}

// compressText compresses an index. What this project cannot write is made by
// the usual programs.
func compressText(ctx context.Context, text []byte, format compress.Format) ([]byte, error) {
	var args []string
	switch format {
	case compress.XZ:
		// One stream of several blocks; the default of -6 takes a minute for
		// what Debian lists.
		args = []string{"xz", "-c", "-2", "-T2"}
	case compress.Bzip2:
		args = []string{"bzip2", "-c"}
	default:
		return compress.AppendMember(nil, text, format)
	}
	out, err := command{stdin: bytes.NewReader(text)}.run(ctx, args[0], args[1:]...)
	return []byte(out), err
}
