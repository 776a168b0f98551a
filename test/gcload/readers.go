package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// instant is how a time is written in the address of a tree.
const instant = "20060102T150405Z"

// pastTime returns a time of the past, on a coarse grid so that some are asked for
// again; the zero time when there is none yet.
func (h *house) pastTime(most time.Duration) time.Time {
	at := h.now().Add(-time.Duration(rand.Int64N(int64(most)))).Truncate(10 * time.Minute)
	if at.Before(h.ready) {
		return time.Time{}
	}
	return at.UTC()
}

// fetch reads a published file.
func (h *house) fetch(name string) ([]byte, error) {
	f, err := h.Publications.File(h.ctx, name)
	if err != nil {
		return nil, err
	}
	r, err := f.Open(h.ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != f.SHA256 {
		return nil, fmt.Errorf("%s has other bytes than its digest says", name)
	}
	h.did("files read")
	return data, nil
}

// reader returns the actor that reads whole trees of the past. What it has read of a
// time must be there as it was for as long as the time is kept.
func (h *house) reader() actor {
	var mu sync.Mutex
	seen := map[string]string{} // what was read as InRelease
	return func(ctx context.Context) error {
		at := h.pastTime(5 * 24 * time.Hour)
		if at.IsZero() {
			return nil
		}
		place := []string{"debian/" + at.Format(instant) + "/dists/stable", "frozen/" + at.Format(instant) + "/dists/sid"}[rand.IntN(2)]
		text, err := h.readRelease(place, func() bool { return rand.IntN(2) == 0 })
		switch {
		case thinned(err) && h.now().Sub(at) > 23*time.Hour:
			h.did("times that are not kept")
			return nil
		case problem.Is(err, problem.NotFound) && strings.Contains(err.Error(), "nothing is published") || problem.Is(err, problem.NotFound) && strings.Contains(err.Error(), "there is no"):
			h.did("times before the first release")
			return nil // nothing was published then
		case err != nil:
			return fmt.Errorf("%s at %s: %w", place, h.now().UTC().Format(instant), err)
		}
		mu.Lock()
		defer mu.Unlock()
		if before, again := seen[place]; again && before != text {
			return fmt.Errorf("%s is not as it was", place)
		}
		seen[place] = text
		h.did("past trees read")
		return nil
	}
}

// readRelease reads what is below a folder of dists, by path or by hash, and some of
// the packages, each file checked. It returns an error also when the state is
// thinned meanwhile.
func (h *house) readRelease(place string, byHash func() bool) (string, error) {
	text, err := h.fetch(place + "/InRelease")
	if err != nil {
		return "", err
	}
	for sum, file := range listed(text) {
		name := place + "/" + file
		if byHash() {
			name = place + "/" + path.Dir(file) + "/by-hash/SHA256/" + sum
		}
		data, err := h.fetch(name)
		if err != nil {
			return "", err
		}
		if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != sum {
			return "", fmt.Errorf("%s is not what the Release of its time lists", name)
		}
		if path.Base(file) == "Packages" {
			root, _, _ := strings.Cut(place, "/dists/")
			if err := h.readPackages(root, data); err != nil {
				return "", err
			}
		}
	}
	return string(text), nil
}

// readPackages reads some of the packages that an index lists.
func (h *house) readPackages(root string, index []byte) error {
	stanzas := bytes.Split(bytes.TrimSpace(index), []byte("\n\n"))
	for range min(3, len(stanzas)) {
		var name, sum string
		for line := range strings.Lines(string(stanzas[rand.IntN(len(stanzas))])) {
			if value, is := strings.CutPrefix(line, "Filename: "); is {
				name = strings.TrimSpace(value)
			}
			if value, is := strings.CutPrefix(line, "SHA256: "); is {
				sum = strings.TrimSpace(value)
			}
		}
		if name == "" {
			continue
		}
		data, err := h.fetch(root + "/" + name)
		if err != nil {
			return err
		}
		if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != sum {
			return fmt.Errorf("%s is not what the index of its time lists", name)
		}
	}
	return nil
}

// listed returns the files of a Release by their sums.
func listed(release []byte) map[string]string {
	files := map[string]string{}
	_, list, _ := strings.Cut(string(release), "\nSHA256:\n")
	for line := range strings.Lines(list) {
		words := strings.Fields(line)
		if !strings.HasPrefix(line, " ") || len(words) != 3 {
			break
		}
		if size, err := strconv.Atoi(words[1]); err == nil && size > 0 {
			files[words[0]] = words[2]
		}
	}
	return files
}

// latest returns the actor that reads the newest release as clients do, by hash: while
// it is within its grace, all of it is found, whatever came after it. The grace begins
// with the time of the next release, which is given when its commit begins: on a busy
// machine, and with time as fast as here, it can be over when the commit ends. So what
// is not found is lost only if the release is still the newest.
func (h *house) latest() actor {
	const place = "debian/dists/stable"
	return func(context.Context) error {
		began := time.Now()
		before, err := h.fetch(place + "/InRelease")
		if err != nil {
			return err
		}
		_, err = h.readRelease(place, func() bool { return true })
		if !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Unavailable) {
			h.did("newest trees read")
			return err
		}
		after, again := h.fetch(place + "/InRelease")
		grace := time.Since(began)*time.Duration(h.speed) < 30*time.Minute // of the hour
		if again == nil && bytes.Equal(before, after) && grace {
			return err
		}
		h.did("clients that were too slow")
		return again
	}
}

// directory looks through the place that another server serves: every link leads to
// what it is called by.
func (h *house) directory(ctx context.Context) error {
	time.Sleep(100 * time.Millisecond)
	return filepath.WalkDir(filepath.Join(h.dir, "place"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink == 0 {
			return nil // it was removed this moment
		}
		if _, err := os.Stat(name); err == nil {
			h.did("links followed")
			return nil
		}
		time.Sleep(time.Second) // or the link goes as well
		if _, err := os.Lstat(name); err != nil {
			return nil
		}
		if _, err := os.Stat(name); err != nil {
			return fmt.Errorf("a link leads nowhere: %w", err)
		}
		return nil
	})
}
