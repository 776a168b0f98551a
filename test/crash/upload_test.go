package crash

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/pockets/dput"
)

// uploaded is the pocket of the scenario that packages are sent to. It takes unsigned
// uploads: what is tried is what becomes of files.
var uploaded = pockets.Path{Distribution: "ubuntu", Series: "noble", Pocket: "staging"}

// createUploads makes it, after another series was derived from its own.
func createUploads(s *session) error {
	_, err := s.Pockets.Create(s.ctx, pockets.NewPocket{
		Path: uploaded, Mode: pockets.Uploads, Components: []string{"main"}, Architectures: []string{"amd64"}, Key: "pockets", AllowUnsigned: true,
	})
	return errors.Join(s.made(err), s.settle())
}

// sendFile sends the package of an upload. Once that was answered, the .changes file
// must find it, whatever came in between.
func sendFile(version string) step {
	return step{"upload file", func(s *session) error {
		name, data, err := sent(version)
		if err != nil {
			return err
		}
		return s.put(name, data)
	}, false}
}

// sendChanges has the upload taken in.
func sendChanges(version string) step {
	return step{"upload", func(s *session) error {
		name, data, err := sent(version)
		if err != nil {
			return err
		}
		changes := fmt.Appendf(nil, "Source: sent\nBinary: sent\nArchitecture: amd64\nVersion: %s\nDistribution: %s\nMaintainer: T <t@example.org>\nDescription: x\nFiles:\n %x %d misc optional %s\nChecksums-Sha256:\n %x %d %s\n",
			version, uploaded.Suite(), md5.Sum(data), len(data), name, sha256.Sum256(data), len(data), name)
		return errors.Join(s.put("sent_"+version+".changes", changes), s.settle())
	}, false}
}

func (s *session) put(name string, data []byte) error {
	_, err := s.Dput.Put(s.ctx, dput.File{Pocket: uploaded, Name: name, Size: int64(len(data)), Body: bytes.NewReader(data)})
	return err
}

// sent returns the package of an upload.
func sent(version string) (name string, data []byte, err error) {
	p := example("sent", version, "amd64")
	data, err = p.Deb()
	return p.FileName(), data, err
}

// uploadsNewest wants the pocket to publish what it lists, with the upload that none
// of a round's ways leaves out.
func (s *session) uploadsNewest() error {
	listed, err := s.listed("repo:" + uploaded.Collection())
	if err != nil {
		return err
	}
	r, err := look(pocketTree{s}, uploaded.Suite())
	if err != nil {
		return err
	}
	if r == nil || !slices.Equal(r.packages, listed) || !slices.Contains(listed, "sent 3") {
		return fmt.Errorf("the suite %s has not what its pocket lists, %q, or that lacks the last upload", uploaded.Suite(), listed)
	}
	return nil
}
