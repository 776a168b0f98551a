package upload_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/upload"
)

// queued is a file of a name and some bytes.
func queued(name, text string) catalog.File {
	return catalog.File{Name: name, Size: int64(len(text)), SHA256: digest.Of([]byte(text)), MD5: "m" + text, SHA1: "1" + text, SHA512: "5" + text}
}

// house is a queue on a database.
type house struct {
	*testing.T
	upload.Queue
	db *db.DB
}

func (h house) tx(fn func(tx *db.Tx) error) {
	h.Helper()
	if err := h.db.Tx(h.Context(), fn); err != nil {
		h.Fatal(err)
	}
}

func (h house) put(repo int64, f catalog.File, from upload.Sender, until time.Time) {
	h.Helper()
	h.tx(func(tx *db.Tx) error { return h.Put(h.Context(), tx, repo, f, from, until) })
}

// names returns what waits under some names, as "name text".
func (h house) names(repo int64, names ...string) (found []string) {
	h.Helper()
	h.tx(func(tx *db.Tx) error {
		files, err := h.Files(h.Context(), tx, repo, names)
		for _, f := range files {
			if f != queued(f.Name, f.MD5[1:]) {
				h.Errorf("%s came back as %+v", f.Name, f)
			}
			found = append(found, f.Name+" "+f.MD5[1:])
		}
		slices.Sort(found)
		return err
	})
	return found
}

func forQueues(t *testing.T, test func(h house)) {
	t.Parallel()
	dbtest.Run(t, []db.Schema{upload.Schema()}, func(t *testing.T, d *db.DB) { test(house{t, upload.Queue{}, d}) })
}

var (
	alicesToken = upload.Sender{Name: "alice"}
	stranger    = upload.Sender{Name: "192.0.2.1", Stranger: true}
	later       = time.Unix(2_000_000_000, 0)
)

func TestFilesWaitByNameAndContent(t *testing.T) {
	forQueues(t, func(h house) {
		h.put(1, queued("a.deb", "one"), alicesToken, later)
		h.put(1, queued("a.deb", "two"), stranger, later) // beside the other, not in its place
		h.put(1, queued("a.deb", "one"), stranger, later)
		h.put(1, queued("b.deb", "one"), stranger, later)
		h.put(2, queued("a.deb", "three"), stranger, later)
		if got := h.names(1, "a.deb", "none"); !slices.Equal(got, []string{"a.deb one", "a.deb two"}) {
			h.Errorf("waiting are %q", got)
		}
		h.tx(func(tx *db.Tx) error {
			return h.Claim(h.Context(), tx, 1, []catalog.File{queued("a.deb", "one"), queued("none", "")})
		})
		if got := append(h.names(1, "a.deb", "b.deb"), h.names(2, "a.deb")...); !slices.Equal(got, []string{"a.deb two", "b.deb one", "a.deb three"}) {
			h.Errorf("after one was claimed: %q", got)
		}
		h.tx(func(tx *db.Tx) error {
			var sums []digest.SHA256
			for d, err := range h.Blobs(h.Context(), tx) {
				if err != nil {
					return err
				}
				sums = append(sums, d)
			}
			if len(sums) != 3 || !slices.Contains(sums, digest.Of([]byte("three"))) {
				h.Errorf("the blobs are %q", sums)
			}
			return nil
		})
	})
}

func TestWhatWaitsIsCountedBySender(t *testing.T) {
	forQueues(t, func(h house) {
		other := upload.Sender{Name: "192.0.2.2", Stranger: true}
		h.put(1, queued("a", "12345"), stranger, later)
		h.put(1, queued("b", "123"), stranger, later)
		h.put(1, queued("a", "12345"), other, later) // who sent it first is counted
		h.put(1, queued("c", "1"), other, later)
		h.put(1, queued("d", "1234567"), alicesToken, later)
		h.put(2, queued("a", "1"), stranger, later)
		for _, c := range []struct {
			repo        int64
			from        upload.Sender
			sender, all upload.Share
		}{
			{1, stranger, upload.Share{Files: 2, Bytes: 8}, upload.Share{Files: 3, Bytes: 9}},
			{1, other, upload.Share{Files: 1, Bytes: 1}, upload.Share{Files: 3, Bytes: 9}},
			{1, alicesToken, upload.Share{Files: 1, Bytes: 7}, upload.Share{Files: 1, Bytes: 7}},
			{1, upload.Sender{Name: "192.0.2.1"}, upload.Share{}, upload.Share{Files: 1, Bytes: 7}},
			{3, stranger, upload.Share{}, upload.Share{}},
		} {
			h.tx(func(tx *db.Tx) error {
				sender, all, err := h.Waiting(h.Context(), tx, c.repo, c.from)
				if sender != c.sender || all != c.all {
					h.Errorf("repo %d, %+v: %+v of %+v", c.repo, c.from, sender, all)
				}
				return err
			})
		}
	})
}

func TestAQueueGoesWithItsRepo(t *testing.T) {
	forQueues(t, func(h house) {
		ids := []digest.SHA256{digest.Of([]byte("signature"))}
		for repo := range int64(2) {
			h.put(repo, queued("a", "x"), stranger, later)
			h.tx(func(tx *db.Tx) error { return h.Take(h.Context(), tx, repo, ids, ids) })
		}
		h.tx(func(tx *db.Tx) error { return h.Forget(h.Context(), tx, 1) })
		for repo := range int64(2) {
			h.tx(func(tx *db.Tx) error {
				_, taken, err := h.Taken(h.Context(), tx, repo, ids)
				if taken != (repo == 0) {
					h.Errorf("repo %d: %v", repo, taken)
				}
				return err
			})
			if got := h.names(repo, "a"); (len(got) == 1) != (repo == 0) {
				h.Errorf("repo %d: waiting are %q", repo, got)
			}
		}
	})
}

func TestAbandonedFilesGo(t *testing.T) {
	forQueues(t, func(h house) {
		now := time.Unix(1_900_000_000, 0)
		h.put(1, queued("old", "x"), stranger, now)
		h.put(1, queued("new", "x"), stranger, now.Add(time.Microsecond))
		h.put(1, queued("again", "x"), stranger, now)
		h.put(1, queued("again", "x"), stranger, now.Add(time.Hour))
		h.tx(func(tx *db.Tx) error { return h.Expire(h.Context(), tx, now) })
		if got := h.names(1, "old", "new", "again"); !slices.Equal(got, []string{"again x", "new x"}) {
			h.Errorf("left are %q", got)
		}
	})
}

func TestLimitsBoundFilesAndShares(t *testing.T) {
	t.Parallel()
	l := upload.Limits{File: 10, Sender: upload.Share{Files: 2, Bytes: 15}, All: upload.Share{Files: 3, Bytes: 30}, Keep: time.Hour}
	for _, c := range []struct {
		name        string
		size        int64
		sender, all upload.Share
		kind        problem.Kind
		says        string
	}{
		{"as much as may be", 10, upload.Share{Files: 2, Bytes: 15}, upload.Share{Files: 3, Bytes: 30}, "", ""},
		{"a file too long", 11, upload.Share{}, upload.Share{}, problem.TooLarge, "the limit is 10"},
		{"too many of a sender", 1, upload.Share{Files: 3}, upload.Share{}, problem.Full, "2 of your files or 15 bytes"},
		{"too many bytes of a sender", 1, upload.Share{Bytes: 16}, upload.Share{}, problem.Full, "of your files"},
		{"too many of all", 1, upload.Share{}, upload.Share{Files: 4}, problem.Full, "3 files or 30 bytes wait"},
		{"too many bytes of all", 1, upload.Share{}, upload.Share{Bytes: 31}, problem.Full, "deleted after 1h"},
	} {
		err := l.Check(c.size, c.sender, c.all)
		if c.kind == "" && err != nil || c.kind != "" && (!problem.Is(err, c.kind) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	known, strangers := upload.DefaultLimits(false), upload.DefaultLimits(true)
	if !known.Sender.Exceeds(strangers.Sender) || !known.All.Exceeds(strangers.All) || strangers.Keep >= known.Keep {
		t.Errorf("strangers have %+v, others %+v", strangers, known)
	}
}

func TestWhatWasTakenInIsKnownByEachSignature(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	one, two := openpgp.Signature{SignedBy: alice, At: at}, openpgp.Signature{SignedBy: bob, At: at}
	text := []byte("Source: hello\n")
	id := upload.SignatureID(text, one)
	for name, other := range map[string]digest.SHA256{
		"another text": upload.SignatureID([]byte("Source: world\n"), one), "another key": upload.SignatureID(text, two),
		"another time": upload.SignatureID(text, openpgp.Signature{SignedBy: alice, At: at.Add(time.Second)}),
	} {
		if other == id {
			t.Errorf("%s has the same id", name)
		}
	}
	if upload.SignatureID(text, openpgp.Signature{SignedBy: alice, At: at, Hash: "SHA512", UserID: "A"}) != id {
		t.Error("the id depends on what does not make a signature")
	}
	forQueues(t, func(h house) {
		packages := []digest.SHA256{digest.Of([]byte("p")), digest.Of([]byte("q"))}
		ids := []digest.SHA256{id, upload.SignatureID(text, two)}
		for range 2 { // the second time changes nothing
			h.tx(func(tx *db.Tx) error { return h.Take(h.Context(), tx, 1, ids, packages) })
		}
		for _, c := range []struct {
			repo  int64
			ids   []digest.SHA256
			taken bool
		}{
			{1, ids, true}, {1, ids[:1], true}, {1, []digest.SHA256{{}, ids[1]}, true}, {2, ids, false}, {1, []digest.SHA256{{}}, false}, {1, nil, false},
		} {
			h.tx(func(tx *db.Tx) error {
				got, taken, err := h.Taken(h.Context(), tx, c.repo, c.ids)
				if taken != c.taken || taken && !slices.Equal(got, packages) {
					h.Errorf("%d %v: %v, %v", c.repo, c.ids, got, taken)
				}
				return err
			})
		}
	})
}
