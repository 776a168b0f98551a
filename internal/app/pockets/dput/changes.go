package dput

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/upload"
)

// typePocketUpload is the type of the activities that add an upload to a pocket.
const typePocketUpload = "pocket.upload"

const (
	// maxChanges limits a .changes file, in bytes: that of a kernel with a thousand files has half
	// of it.
	maxChanges = 1 << 20
	// maxListed limits the files of one upload.
	maxListed = 5000
	// uploadPatience is the time that a .changes file waits for files that have not begun to arrive:
	// their sender can have opened all connections at once.
	uploadPatience = 2 * time.Second
)

// delivery is one upload to a pocket, from its .changes file on.
type delivery struct {
	s          *Service
	target     uploadTarget
	from       upload.Sender
	name       string // of the .changes file
	changes    *debfile.Changes
	signed     []openpgp.Signature // the good ones by uploader keys
	signatures []digest.SHA256     // their ids
	note       string              // for the log, about a signature without effect
}

// uploadPayload is the stored payload of an upload.
type uploadPayload struct {
	Distribution string     `json:"distribution"`
	Series       string     `json:"series"`
	Pocket       string     `json:"pocket"`
	Changes      string     `json:"changes"`
	From         string     `json:"from"`
	SignedBy     []Uploader `json:"signed_by"`
}

// register registers the kind of uploads to pockets.
func (s *Service) register() {
	usecase.Register(s.k, usecase.Kind[uploadPayload, *Taken]{
		Type:  typePocketUpload,
		About: func(in uploadPayload, show *usecase.Activity) { show.PocketName = in.Pocket },
	})
}

// putChanges adds the upload of a .changes file, as an activity.
func (s *Service) putChanges(ctx context.Context, t uploadTarget, from upload.Sender, in File) (Receipt, error) {
	u := &delivery{s: s, target: t, from: from, name: in.Name}
	refused := u.read(in)
	if refused == nil {
		refused = u.awaitFiles(ctx)
	}
	if problem.Is(refused, problem.Internal) {
		return Receipt{}, refused
	}
	if refused != nil && from.Stranger && len(u.signed) == 0 && !s.refusals.note(s.k.Now()) {
		u.logRefusal(ctx, in.From, 0, refused) // anybody can send these without end
		return Receipt{}, refused
	}
	var taken Taken
	_, ended, err := s.k.BeginHere(u.asUploader(ctx), u.spec(in.From, refused), func(ctx context.Context, run *activity.Run) (any, error) {
		u.logSender(run, in.From)
		if refused != nil {
			return nil, refused
		}
		err := u.take(ctx, run, &taken)
		return &taken, err
	})
	if err != nil {
		return Receipt{}, err
	}
	select {
	case e := <-ended:
		if e.Err != nil {
			u.logRefusal(ctx, in.From, e.Activity.ID, e.Err)
			return Receipt{}, e.Err
		}
		return Receipt{s.k.Show(e.Activity), &taken}, nil
	case <-ctx.Done(): // the upload goes on without its sender
		return Receipt{}, ctx.Err()
	}
}

// logSender logs the sender and the valid signatures in the activity.
func (u *delivery) logSender(run *activity.Run, from string) {
	run.Log(fmt.Sprintf("%s from %s", u.name, cmp.Or(from, "this machine")))
	for _, s := range u.uploaders() {
		run.Log(fmt.Sprintf("signed by the key %s (%s, %s)", s.Key, s.Fingerprint, s.UserID))
	}
	if u.note != "" {
		run.Log(u.note)
	}
}

// logRefusal logs a refused upload on the server; activity is 0 without an activity.
func (u *delivery) logRefusal(ctx context.Context, from string, activity int64, why error) {
	u.s.k.Log.InfoContext(ctx, "an upload was refused", "pocket", u.target.path, "changes", u.name, "from", from, "activity", activity, "reason", why)
}

// asUploader returns a context in which the signer is the principal if the sender is unknown.
func (u *delivery) asUploader(ctx context.Context) context.Context {
	if !u.from.Stranger {
		return ctx
	}
	name := "stranger"
	if len(u.signed) > 0 {
		name = "key:" + u.target.keyNames[u.signed[0].Fingerprint]
	}
	return access.With(ctx, access.Principal{Name: name, Kind: access.BySignature})
}

// spec returns the activity. Uploads to one pocket take turns; a refused one need not wait.
func (u *delivery) spec(from string, refused error) activity.Spec {
	p := u.target.path
	spec := activity.Spec{
		Type: typePocketUpload, Subject: "pocket:" + p.String(), Summary: fmt.Sprintf("Upload %s to %s", u.name, p),
		Payload: uploadPayload{p.Distribution, p.Series, p.Pocket, u.name, from, u.uploaders()},
	}
	if refused == nil {
		spec.Locks = []activity.Lock{{Resource: "upload:" + usecase.Number(u.target.collection.ID)}}
	}
	return spec
}

// uploaders returns the signers.
func (u *delivery) uploaders() []Uploader {
	return usecase.Map(u.signed, func(s openpgp.Signature) Uploader {
		return Uploader{u.target.keyNames[s.Fingerprint], s.Fingerprint, s.UserID}
	})
}

// read reads a .changes file, verifies its signature, and checks its fields against the pocket.
func (u *delivery) read(in File) error {
	text, err := io.ReadAll(io.LimitReader(in.Body, maxChanges+1))
	if err != nil {
		return err
	}
	if len(text) > maxChanges {
		return problem.New(problem.TooLarge, "the .changes file has more than %d bytes", maxChanges)
	}
	if text, err = u.verify(text); err != nil {
		return err
	}
	if u.changes, err = debfile.ReadChanges(text); err != nil {
		return inUpload(u.name, err)
	}
	return u.admit()
}

// verify returns the signed text, or an unsigned text if the pocket accepts it.
func (u *delivery) verify(text []byte) (signed []byte, err error) {
	if !intake.IsSigned(text) {
		if u.target.unsigned {
			return text, nil
		}
		return nil, problem.New(problem.Untrusted, "%s is not signed, and the pocket %s accepts only signed uploads", u.name, u.target.path).
			WithHint("sign it with debsign and upload again")
	}
	signed, u.signed, err = openpgp.VerifyClearSigned(text, u.target.keys, openpgp.Policy{Now: u.s.k.Now()})
	if err == nil {
		for _, s := range u.signed {
			u.signatures = append(u.signatures, upload.SignatureID(signed, s))
		}
		return signed, nil
	}
	if !u.target.unsigned {
		return nil, untrustedChanges(u.name, err)
	}
	u.note = fmt.Sprintf("the signature has no effect: %v", err)
	return openpgp.Cleartext(text)
}

// untrustedChanges returns the error of an invalid signature, in words for uploaders.
func untrustedChanges(name string, err error) error {
	p, ok := errors.AsType[*problem.Problem](err)
	if !ok {
		return err
	}
	untrusted := problem.New(p.Kind, "the signature of %s does not count: %s", name, p.Message)
	if p.Kind == problem.Untrusted {
		untrusted = untrusted.WithHint("sign with an uploader key of the pocket: `aptarium pocket uploader add` adds one")
	}
	return untrusted
}

// admit checks the fields of the .changes file against the pocket.
func (u *delivery) admit() error {
	c, t := u.changes, u.target
	if !slices.Contains(t.suites(), c.Distribution) {
		return problem.New(problem.Invalid, "the upload is for %q, and the pocket %s is the suite %s", c.Distribution, t.path, t.suite).
			In("Distribution").WithHint("write the suite into debian/changelog (dch -r -D %s) and build again", t.suite)
	}
	for _, architecture := range c.Architectures {
		if architecture != "all" && !slices.Contains(t.architectures, architecture) {
			return problem.New(problem.Invalid, "the pocket %s has no architecture %s, only %s", t.path, architecture, strings.Join(t.architectures, ", ")).
				In("Architecture").WithHint("add it to the pocket, or upload without it: dpkg-buildpackage -b leaves sources out")
		}
	}
	packages := 0
	for _, f := range c.Files {
		if err := u.admitFile(f); err != nil {
			return err
		}
		if intake.IsPackage(f.Name) {
			packages++
		}
	}
	switch {
	case len(c.Files) > maxListed:
		return problem.New(problem.TooLarge, "the upload has %d files, more than %d", len(c.Files), maxListed).In("Files")
	case packages == 0:
		return problem.New(problem.Invalid, "the upload has no package: neither .deb, .udeb, .ddeb nor .dsc").In("Files")
	}
	return nil
}

func (u *delivery) admitFile(f debfile.ListedFile) error {
	if err := catalog.CheckFileName(f.Name); err != nil {
		return problem.New(problem.Invalid, "%w", err).In("Files")
	}
	switch {
	case f.SHA256 == "":
		return problem.New(problem.Untrusted, "%s is listed without its SHA-256", f.Name).In("Checksums-Sha256")
	case path.Ext(f.Name) == ".udeb" && !u.target.udebs:
		return problem.New(problem.Invalid, "the pocket %s has no packages for the installer, such as %s", u.target.path, f.Name).
			In("Files").WithHint("`aptarium pocket edit %s --udebs` accepts them", u.target.path)
	}
	return nil
}

// awaitFiles waits for the listed files on their way, and for a short time for the others. The
// upload waits before its turn, so that no other upload waits for it.
func (u *delivery) awaitFiles(ctx context.Context) error {
	patience := time.NewTimer(cmp.Or(u.s.k.Settings.UploadPatience, uploadPatience))
	defer patience.Stop()
	for {
		come := u.s.arriving.watch()
		missing, why, err := u.missing(ctx)
		if len(missing) == 0 || err != nil {
			return err
		}
		expired := patience.C
		if u.s.arriving.has(u.target.collection.ID, missing) {
			expired = nil
		}
		select {
		case <-come:
		case <-expired:
			return why
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// missing returns the listed files that have not arrived, with the reason for the first. An upload
// that the pocket accepted before needs none.
func (u *delivery) missing(ctx context.Context) (names []string, why, err error) {
	err = u.s.k.DB.Read(ctx, func(tx *db.Tx) error {
		if _, again, err := u.s.queue.Taken(ctx, tx, u.target.collection.ID, u.signatures); err != nil || again {
			return err
		}
		for _, f := range u.changes.Files {
			found, err := u.find(ctx, tx, f)
			switch {
			case err != nil:
				return err
			case found.missing != nil:
				names, why = append(names, f.Name), cmp.Or(why, found.missing)
			}
		}
		return nil
	})
	return names, why, err
}
