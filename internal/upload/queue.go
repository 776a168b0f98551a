package upload

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Queue keeps what is on its way into repos: files in the pool that no .changes file
// has claimed yet, by the repo that they came for, their names and their SHA-256.
// Files of one name and different contents lie side by side, so what one sender
// sends never takes the place of what another sent. Its methods work inside the
// transaction they are given.
type Queue struct{}

// Sender is who sends files.
type Sender struct {
	Name     string // of a person or token; of a stranger the address
	Stranger bool   // nobody knows who it is
}

// Share is a number of files and their bytes.
type Share struct {
	Files int
	Bytes int64
}

// Plus returns the sum of two shares.
func (s Share) Plus(other Share) Share { return Share{s.Files + other.Files, s.Bytes + other.Bytes} }

// Exceeds reports whether a share is more than another allows.
func (s Share) Exceeds(most Share) bool { return s.Files > most.Files || s.Bytes > most.Bytes }

// Limits bound what one repo's queue takes from senders of one kind: from those who
// are known, or from strangers.
type Limits struct {
	File   int64         // bytes of one file
	Sender Share         // of one sender
	All    Share         // of all senders of the kind
	Keep   time.Duration // for how long a file waits to be claimed
}

// DefaultLimits returns the bounds for a kind of sender. Strangers get what a large
// package needs and a disk can bear.
func DefaultLimits(stranger bool) Limits {
	if stranger {
		return Limits{File: 2 << 30, Sender: Share{500, 4 << 30}, All: Share{5000, 16 << 30}, Keep: 6 * time.Hour}
	}
	return Limits{File: 16 << 30, Sender: Share{10_000, 64 << 30}, All: Share{100_000, 256 << 30}, Keep: 24 * time.Hour}
}

// Check refuses what is more than the limits allow, with problem.TooLarge for one
// file that is too long and problem.Full for the rest. The shares are those that
// result.
func (l Limits) Check(size int64, sender, all Share) error {
	hint := fmt.Sprintf("files that no .changes file claims go after %s; send the .changes file of those that are here, or wait", l.Keep)
	switch {
	case size > l.File:
		return problem.New(problem.TooLarge, "the file has %d bytes, and %d is the most", size, l.File)
	case sender.Exceeds(l.Sender):
		return problem.New(problem.Full, "more than %d files or %d bytes of yours wait for their .changes file", l.Sender.Files, l.Sender.Bytes).WithHint("%s", hint)
	case all.Exceeds(l.All):
		return problem.New(problem.Full, "more than %d files or %d bytes wait here for their .changes file", l.All.Files, l.All.Bytes).WithHint("%s", hint)
	}
	return nil
}

// Put notes a file that is in the pool, until a time. The same file again waits from
// then on; whoever sent it first is counted for it.
func (Queue) Put(ctx context.Context, tx *db.Tx, repo int64, f catalog.File, from Sender, until time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO queued_file (collection_id, name, sha256, size, md5, sha1, sha512, sender, stranger, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (collection_id, name, sha256) DO UPDATE SET expires_at = excluded.expires_at`,
		repo, f.Name, f.SHA256, f.Size, f.MD5, f.SHA1, f.SHA512, from.Name, number(from.Stranger), until.UnixMicro())
	if err != nil {
		return fmt.Errorf("noting the file %s: %w", f.Name, err)
	}
	return nil
}

func number(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// Waiting counts what waits in a repo's queue: of one sender, and of all of its
// kind.
func (Queue) Waiting(ctx context.Context, tx *db.Tx, repo int64, from Sender) (sender, all Share, err error) {
	type counts struct{ sender, all Share }
	c, err := db.One(ctx, tx, func(row db.Scanner) (c counts, err error) {
		err = row.Scan(&c.all.Files, &c.all.Bytes, &c.sender.Files, &c.sender.Bytes)
		return c, err
	}, `SELECT count(*), coalesce(sum(size), 0), coalesce(sum(CASE WHEN sender = $3 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN sender = $3 THEN size ELSE 0 END), 0)
		FROM queued_file WHERE collection_id = $1 AND stranger = $2`, repo, number(from.Stranger), from.Name)
	if err != nil {
		return Share{}, Share{}, fmt.Errorf("counting files in the queue: %w", err)
	}
	return c.sender, c.all, nil
}

// Files returns what waits in a repo's queue under some names, in no order.
func (Queue) Files(ctx context.Context, tx *db.Tx, repo int64, names []string) (files []catalog.File, err error) {
	for in, args := range db.In(names, 2) {
		part, err := db.All(ctx, tx, scanFile, "SELECT name, size, md5, sha1, sha256, sha512 FROM queued_file WHERE collection_id = $1 AND name IN "+in,
			append([]any{repo}, args...)...)
		if err != nil {
			return nil, fmt.Errorf("looking for files in the queue: %w", err)
		}
		files = append(files, part...)
	}
	return files, nil
}

func scanFile(row db.Scanner) (f catalog.File, err error) {
	err = row.Scan(&f.Name, &f.Size, &f.MD5, &f.SHA1, &f.SHA256, &f.SHA512)
	return f, err
}

// Claim takes files out of a repo's queue; those that are not there are no error.
func (Queue) Claim(ctx context.Context, tx *db.Tx, repo int64, files []catalog.File) error {
	for _, f := range files {
		if _, err := tx.Exec(ctx, "DELETE FROM queued_file WHERE collection_id = $1 AND name = $2 AND sha256 = $3", repo, f.Name, f.SHA256); err != nil {
			return fmt.Errorf("claiming the file %s: %w", f.Name, err)
		}
	}
	return nil
}

// Forget drops what waits for a repo that is gone, and what is known of its uploads.
func (Queue) Forget(ctx context.Context, tx *db.Tx, repo int64) error {
	for _, statement := range []string{"DELETE FROM queued_file WHERE collection_id = $1", "DELETE FROM taken_upload WHERE collection_id = $1"} {
		if _, err := tx.Exec(ctx, statement, repo); err != nil {
			return fmt.Errorf("forgetting the queue of a repo: %w", err)
		}
	}
	return nil
}

// Expire takes the files out of all queues that waited until now.
func (Queue) Expire(ctx context.Context, tx *db.Tx, now time.Time) error {
	if _, err := tx.Exec(ctx, "DELETE FROM queued_file WHERE expires_at <= $1", now.UnixMicro()); err != nil {
		return fmt.Errorf("taking abandoned files out of the queue: %w", err)
	}
	return nil
}

// Blobs returns the files of the pool that are in a queue.
func (Queue) Blobs(ctx context.Context, tx *db.Tx) iter.Seq2[digest.SHA256, error] {
	return db.Each(ctx, tx, db.Value[digest.SHA256], "SELECT sha256 FROM queued_file")
}
