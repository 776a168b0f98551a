package dput

import (
	"context"
	"io"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/upload"
)

// UploadLimits limit the files that wait in an upload pocket for their .changes file.
type UploadLimits = upload.Limits

// File is a file to put into an upload pocket.
type File struct {
	Pocket pockets.Path
	Name   string    // the name in the .changes file, or of the .changes file itself
	Size   int64     // of Body, in bytes
	Body   io.Reader // read once, and only if the file is admitted
	From   string    // the sender, such as an IP address
}

// Put stores a file that dput(1) sends to an upload pocket.
//
// A .changes file (Debian policy 5.5) is the commit: it claims the files that it lists and adds
// their packages to the pocket as one revision, all or nothing. The call returns when that revision
// is committed; a release follows. One of the pocket's uploader keys must have signed the .changes
// file, unless the pocket accepts unsigned uploads. Its distribution must be the pocket's suite. The
// listed files must come before it, or with it. No package may be in the distribution with other
// content. An activity of the type pocket.upload stores the sender, the key, and the reason of a
// refusal. The same .changes file again changes nothing while its packages are there, and is refused
// if they were removed.
//
// Any other file waits in the pool until a .changes file claims it, or until its time is over; the
// same file again changes nothing. If a signature decides, everybody may send files, within the
// limits for strangers; senders with the permission [access.Repository] for the distribution have
// wider limits. A pocket that accepts unsigned uploads accepts files only from the latter, unless
// [usecase.Settings] open uploads.
//
// Errors are problem.NotFound for an unknown pocket; Conflict for a pocket without uploads, and for
// packages that exist with other content; Denied and Unauthenticated for senders that may not
// upload; Invalid, Untrusted and TooLarge for faults of the file; Full if too much waits or the disk
// is full; Unavailable if too many files come at once.
func (s *Service) Put(ctx context.Context, in File) (Receipt, error) {
	if err := catalog.CheckFileName(in.Name); err != nil {
		return Receipt{}, problem.New(problem.Invalid, "%w", err).In("file").WithHint("name it as the .changes file lists it")
	}
	t, err := usecase.Read(ctx, s.k, access.Anyone, func(tx *db.Tx) (uploadTarget, error) { return s.uploadTarget(ctx, tx, in.Pocket) })
	if err != nil {
		return Receipt{}, err
	}
	if !t.unsigned && len(t.keyNames) == 0 {
		return Receipt{}, problem.New(problem.Conflict, "the pocket %s accepts only signed uploads, and has no uploader keys", t.path).
			WithHint("`aptarium pocket uploader add %s KEY` adds one", t.path)
	}
	from, err := s.uploadSender(ctx, t, in.From)
	if err != nil {
		return Receipt{}, err
	}
	if strings.HasSuffix(in.Name, ".changes") {
		return s.putChanges(ctx, t, from, in)
	}
	return Receipt{}, s.queueFile(ctx, t, from, in)
}

// Receipt is the result of a file that was sent to a pocket.
type Receipt struct {
	Activity usecase.Activity // of a .changes file; zero for another file, which waits
	Taken    *Taken           // the result of a .changes file; nil for another file
}

// Taken is the result of an activity of the type pocket.upload.
type Taken struct {
	Changes  string                `json:"changes" doc:"The name of the .changes file"`
	Source   string                `json:"source"`
	Version  string                `json:"version"`
	SignedBy []Uploader            `json:"signed_by" doc:"The uploader keys whose signatures are good"`
	Added    []collections.Package `json:"added" doc:"What is new in the pocket"`
	Revision int64                 `json:"revision" doc:"Of the pocket's collection"`
	Publish  int64                 `json:"publish,omitempty" doc:"The activity that publishes it"`
	Again    bool                  `json:"again,omitempty" doc:"The same .changes file was taken in before"`
}

// Uploader is a key that signed an upload.
type Uploader struct {
	Key         string `json:"key" doc:"Its name here"`
	Fingerprint string `json:"fingerprint" doc:"Of the primary key"`
	UserID      string `json:"user_id"`
}

// uploadSender returns the sender of a file, or why the sender may not upload.
func (s *Service) uploadSender(ctx context.Context, t uploadTarget, from string) (upload.Sender, error) {
	err := access.RequireIn(ctx, access.Repository, t.group)
	if err == nil {
		who, _ := access.From(ctx)
		return upload.Sender{Name: who.Name}, nil
	}
	kind := problem.KindOf(err)
	if kind != problem.Unauthenticated && kind != problem.Denied {
		return upload.Sender{}, err
	}
	if t.unsigned && !s.k.Settings.OpenUploads {
		return upload.Sender{}, problem.New(kind, "the pocket %s accepts unsigned uploads, so the sender needs a permission: %w", t.path, err).
			WithHint("send a token that may manage the distribution as the password: fqdn = http://USER:TOKEN@HOST for dput-ng; or sign uploads and switch unsigned ones off")
	}
	return upload.Sender{Name: from, Stranger: true}, nil
}

// maxArriving limits the files on their way to a pocket at a time, from senders of one kind.
const maxArriving = 64

// queueFile adds a file to a pocket's queue.
func (s *Service) queueFile(ctx context.Context, t uploadTarget, from upload.Sender, in File) error {
	limits := s.uploadLimits(from.Stranger)
	if err := limits.Check(in.Size, upload.Share{}, upload.Share{}); err != nil {
		return err
	}
	done, err := s.arriving.begin(arrivingFile{t.collection.ID, in.Name, in.Size, from}, maxArriving)
	if err != nil {
		return err
	}
	defer done()
	if err := s.checkQueue(ctx, t, from, in.Size, limits); err != nil {
		return err
	}
	f, err := s.intake.Store(ctx, in.Name, io.LimitReader(in.Body, in.Size+1))
	if err != nil {
		return err
	}
	if f.Size != in.Size {
		return problem.New(problem.Invalid, "the file has %d bytes, and %d were announced", f.Size, in.Size).WithHint("send it again")
	}
	// Not earlier: a collection of garbage waits for this hold, and a sender may be slow.
	defer s.k.Hold("noting a file for " + t.path.String())()
	if _, err := s.k.Pool.Stat(ctx, f.SHA256); problem.Is(err, problem.NotFound) {
		return problem.New(problem.Unavailable, "the file was removed again").WithHint("send it again")
	} else if err != nil {
		return err
	}
	if err := s.k.Pool.Flush(ctx); err != nil {
		return err
	}
	return s.k.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.queue.Expire(ctx, tx, s.k.Now()); err != nil {
			return err
		}
		return s.queue.Put(ctx, tx, t.collection.ID, f, from, s.k.Now().Add(limits.Keep))
	})
}

// checkQueue refuses a file for which the queue, with the files on their way, has no room.
func (s *Service) checkQueue(ctx context.Context, t uploadTarget, from upload.Sender, size int64, limits UploadLimits) error {
	sender, all := s.arriving.shares(t.collection.ID, from)
	return s.k.DB.Read(ctx, func(tx *db.Tx) error {
		ofSender, ofAll, err := s.queue.Waiting(ctx, tx, t.collection.ID, from)
		if err != nil {
			return err
		}
		return limits.Check(size, sender.Plus(ofSender), all.Plus(ofAll))
	})
}

func (s *Service) uploadLimits(stranger bool) UploadLimits {
	if s.k.Settings.UploadLimits != nil {
		return s.k.Settings.UploadLimits(stranger)
	}
	return upload.DefaultLimits(stranger)
}
