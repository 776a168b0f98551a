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

// Queue stores the waiting files of repos: files in the pool that no .changes file has claimed
// yet, by repo, name and SHA-256. Files of the same name and different contents wait side by
// side, so no sender can replace the file of another. Its methods work in the given
// transaction.
type Queue struct{}

// Sender is who sends files.
type Sender struct {
	Name     string // of a person or token; the address of a stranger
	Stranger bool   // not authenticated
}

// Share is a number of files and their bytes.
type Share struct {
	Files int
	Bytes int64
}

// Plus returns the sum of two shares.
func (s Share) Plus(other Share) Share { return Share{s.Files + other.Files, s.Bytes + other.Bytes} }

// Exceeds reports whether a share has more files or bytes than most.
func (s Share) Exceeds(most Share) bool { return s.Files > most.Files || s.Bytes > most.Bytes }

// Limits limit the waiting files of a repo from one kind of senders: known ones or strangers.
type Limits struct {
	File   int64         // bytes of one file
	Sender Share         // of one sender
	All    Share         // of all senders of the kind
	Keep   time.Duration // for which a file waits to be claimed
}

// DefaultLimits returns the limits for a kind of sender. Those of strangers allow a large
// package, but protect the disk.
func DefaultLimits(stranger bool) Limits {
	if stranger {
		return Limits{File: 2 << 30, Sender: Share{500, 4 << 30}, All: Share{5000, 16 << 30}, Keep: 6 * time.Hour}
	}
	return Limits{File: 16 << 30, Sender: Share{10_000, 64 << 30}, All: Share{100_000, 256 << 30}, Keep: 24 * time.Hour}
}

// Check checks the limits for a new file. The shares already include it. A too large file is
// problem.TooLarge, a too large share is problem.Full.
func (l Limits) Check(size int64, sender, all Share) error {
	hint := fmt.Sprintf("unclaimed files are deleted after %s; upload the .changes file of the waiting files, or wait", l.Keep)
	switch {
	case size > l.File:
		return problem.New(problem.TooLarge, "the file has %d bytes; the limit is %d", size, l.File)
	case sender.Exceeds(l.Sender):
		return problem.New(problem.Full, "more than %d of your files or %d bytes wait for their .changes file", l.Sender.Files, l.Sender.Bytes).WithHint("%s", hint)
	case all.Exceeds(l.All):
		return problem.New(problem.Full, "more than %d files or %d bytes wait for their .changes file", l.All.Files, l.All.Bytes).WithHint("%s", hint)
	}
	return nil
}

// Put adds a file of the pool to the queue, until a time. If the file already waits, Put only
// changes the time, and the file still counts for its first sender.
func (Queue) Put(ctx context.Context, tx *db.Tx, repo int64, f catalog.File, from Sender, until time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO queued_file (collection_id, name, sha256, size, md5, sha1, sha512, sender, stranger, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (collection_id, name, sha256) DO UPDATE SET expires_at = excluded.expires_at`,
		repo, f.Name, f.SHA256, f.Size, f.MD5, f.SHA1, f.SHA512, from.Name, number(from.Stranger), until.UnixMicro())
	return problem.While(err, "recording the file %s", f.Name)
}

func number(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// Waiting counts the waiting files of a repo: of one sender, and of all of its kind.
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

// Files returns the waiting files of a repo with some names, in any order.
func (Queue) Files(ctx context.Context, tx *db.Tx, repo int64, names []string) ([]catalog.File, error) {
	files, err := db.Collect(db.EachIn(ctx, tx, func(row db.Scanner) (f catalog.File, err error) {
		err = row.Scan(&f.Name, &f.Size, &f.MD5, &f.SHA1, &f.SHA256, &f.SHA512)
		return f, err
	}, names, "SELECT name, size, md5, sha1, sha256, sha512 FROM queued_file WHERE collection_id = $1 AND name IN ()", repo))
	return files, problem.While(err, "finding files in the queue")
}

// Claim removes files from a repo's queue. Missing files are not an error.
func (Queue) Claim(ctx context.Context, tx *db.Tx, repo int64, files []catalog.File) error {
	for _, f := range files {
		if _, err := tx.Exec(ctx, "DELETE FROM queued_file WHERE collection_id = $1 AND name = $2 AND sha256 = $3", repo, f.Name, f.SHA256); err != nil {
			return fmt.Errorf("claiming the file %s: %w", f.Name, err)
		}
	}
	return nil
}

// Forget deletes the waiting files and the recorded uploads of a dropped repo.
func (Queue) Forget(ctx context.Context, tx *db.Tx, repo int64) error {
	for _, statement := range []string{"DELETE FROM queued_file WHERE collection_id = $1", "DELETE FROM taken_upload WHERE collection_id = $1"} {
		if _, err := tx.Exec(ctx, statement, repo); err != nil {
			return fmt.Errorf("deleting the queue of a repo: %w", err)
		}
	}
	return nil
}

// Expire removes the files from all queues whose time has ended.
func (Queue) Expire(ctx context.Context, tx *db.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, "DELETE FROM queued_file WHERE expires_at <= $1", now.UnixMicro())
	return problem.While(err, "removing expired files from the queue")
}

// Blobs returns the blobs of all waiting files.
func (Queue) Blobs(ctx context.Context, tx *db.Tx) iter.Seq2[digest.SHA256, error] {
	return db.Each(ctx, tx, db.Value[digest.SHA256], "SELECT sha256 FROM queued_file")
}
