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

// UploadLimits bound what waits in an upload pocket for its .changes file.
type UploadLimits = upload.Limits

// PocketFile is a file on its way into an upload pocket.
type PocketFile struct {
	Pocket pockets.PocketPath
	Name   string    // as the .changes file lists it, or of the .changes file itself
	Size   int64     // bytes that Body has
	Body   io.Reader // read once, and only if the file may come
	From   string    // where it comes from, such as an IP address
}

// PutPocketFile takes a file that dput(1) sends to an upload pocket.
//
// A .changes file (Debian policy 5.5) is the commit: what it lists is taken into the
// pocket as one revision, which is published then, and the call returns when that
// revision is there. All of the upload is taken, or nothing. It must be signed by one
// of the pocket's uploader keys, unless the pocket takes unsigned ones; name the
// pocket's suite as its distribution; have come after the files that it lists, or
// with them; and add no package that the distribution has with other content.
// Whether it is taken or refused, an activity of the type pocket.upload keeps who
// sent it, by which key, and why. A .changes file that was taken in before is taken
// again while its packages are there, which changes nothing, and refused when they
// were removed.
//
// Any other file waits, in the pool and by its name and content, until a .changes
// file claims it; the same again changes nothing, and what nobody claims goes after
// a time. Where a signature decides, files are taken from anybody, within the bounds
// for strangers; senders with the permission [access.Repository] for the distribution
// have wider ones. A pocket that takes unsigned uploads takes files from them alone,
// unless [Parts.OpenUploads] is set.
//
// Errors are problem.NotFound for a pocket that is not there; Conflict for one that is
// no upload pocket, and for packages that are there with other content; Denied and
// Unauthenticated for who may not upload; Invalid, Untrusted and TooLarge for what is
// wrong with the file; Full when too much waits already or the disk is full;
// Unavailable when too many files come at once.
func (s *Service) Put(ctx context.Context, in PocketFile) (PocketReceipt, error) {
	if err := catalog.CheckFileName(in.Name); err != nil {
		return PocketReceipt{}, problem.New(problem.Invalid, "%w", err).In("file").WithHint("name it as the .changes file lists it")
	}
	t, err := usecase.View(ctx, s.k, func(tx *db.Tx) (uploadTarget, error) { return s.uploadTarget(ctx, tx, in.Pocket) })
	if err != nil {
		return PocketReceipt{}, err
	}
	if !t.unsigned && len(t.keyNames) == 0 {
		return PocketReceipt{}, problem.New(problem.Conflict, "the pocket %s takes signed uploads only, and has no uploader keys", t.path).
			WithHint("`aptarium pocket uploader add %s KEY` adds one", t.path)
	}
	from, err := s.uploadSender(ctx, t, in.From)
	if err != nil {
		return PocketReceipt{}, err
	}
	if strings.HasSuffix(in.Name, ".changes") {
		return s.putChanges(ctx, t, from, in)
	}
	return PocketReceipt{}, s.queueFile(ctx, t, from, in)
}

// PocketReceipt is what became of a file that was sent to a pocket.
type PocketReceipt struct {
	Activity usecase.Activity // of a .changes file; zero for another file, which waits
	Taken    *PocketTaken     // what a .changes file brought; nil for another file
}

// PocketTaken is what an upload brought into a pocket: the result of an activity of
// the type pocket.upload.
type PocketTaken struct {
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

// uploadSender finds out who sends a file, and whether they may.
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
		return upload.Sender{}, problem.New(kind, "the pocket %s takes unsigned uploads, so it asks who sends them: %w", t.path, err).
			WithHint("send a token that may manage the distribution as the password: fqdn = http://USER:TOKEN@HOST for dput-ng; or sign uploads and switch unsigned ones off")
	}
	return upload.Sender{Name: from, Stranger: true}, nil
}

// maxArriving is how many files may come at a time to a pocket, from senders of one
// kind.
const maxArriving = 64

// queueFile has a file wait in a pocket's queue.
func (s *Service) queueFile(ctx context.Context, t uploadTarget, from upload.Sender, in PocketFile) error {
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
		return problem.New(problem.Invalid, "the file has %d bytes, and %d were to come", f.Size, in.Size).WithHint("send it again")
	}
	// Not earlier: a collection of garbage waits for this, and a sender may be slow.
	defer s.k.Hold("noting a file for " + t.path.String())()
	if _, err := s.k.Pool.Stat(ctx, f.SHA256); problem.Is(err, problem.NotFound) {
		return problem.New(problem.Unavailable, "the file was cleared away again").WithHint("send it again")
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

// checkQueue refuses a file that there is no room for, with those that are on their
// way.
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
