package mirror

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// keepVerbatim turns the upstream's own metadata into members: the fetched indexes of packages, the
// small Release files beside them, and Release with its signatures.
func (p *Plan) keepVerbatim(ctx context.Context, r release, f fetched) (warnings []string, err error) {
	for _, x := range p.indexes {
		if err := addVerbatim(&p.items, x.path+x.format.Suffix(), x.stored); err != nil {
			return nil, err
		}
		if err := p.smallRelease(ctx, r, path.Dir(x.path)+"/Release"); err != nil {
			return nil, err
		}
	}
	if warnings, err = p.syncer.completeRelease(ctx, p.mirror.Config, &f); err != nil {
		return nil, err
	}
	for name, data := range f.files {
		ref, err := blob.Put(ctx, p.syncer.Pool, bytes.NewReader(data), blob.Expect{SHA256: digest.Of(data), Size: int64(len(data))})
		if err != nil {
			return nil, fmt.Errorf("storing %s: %w", name, err)
		}
		into := &p.begins
		if name == "Release.gpg" {
			into = &p.items
		}
		if err := addVerbatim(into, name, ref); err != nil {
			return nil, err
		}
	}
	return warnings, nil
}

func addVerbatim(into *[]catalog.Entry, name string, ref blob.Ref) error {
	e, err := catalog.FromVerbatim(name, catalog.File{Size: ref.Size, SHA256: ref.SHA256})
	if err == nil {
		*into = append(*into, e)
	}
	return err
}

// internItems stores the items. It runs last, when all packages are known.
func (p *Plan) internItems(ctx context.Context, d *db.DB) error {
	list := slices.Clone(p.items)
	err := d.Read(ctx, func(tx *db.Tx) error {
		packages, err := p.syncer.Catalog.PackagesOf(ctx, tx, p.members)
		if err != nil {
			return err
		}
		whole := catalog.NameOfSet(packages)
		for _, e := range p.begins {
			list = append(list, e.Beginning(whole))
		}
		return nil
	})
	if err != nil || len(list) == 0 {
		return err
	}
	return p.intern(ctx, d, list)
}

// smallRelease fetches the Release file beside an index, which some clients read. It may be absent.
func (p *Plan) smallRelease(ctx context.Context, r release, name string) error {
	for _, f := range r.formsIn(name, formats[len(formats)-1:]) {
		ref, err := p.syncer.fetchForm(ctx, p.mirror.Config, r, f, maxRelease)
		if absent(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("fetching %s: %w", name, err)
		}
		if err := addVerbatim(&p.items, name, ref); err != nil {
			return err
		}
	}
	return nil
}

// completeRelease fetches Release and Release.gpg beside an InRelease, and Release.gpg beside an
// unsigned Release, if the upstream has them. Some clients read nothing else. It leaves out files
// of another state, with a warning.
func (s *Syncer) completeRelease(ctx context.Context, c Config, f *fetched) (warnings []string, err error) {
	found := map[string][]byte{}
	for _, name := range []string{"Release", "Release.gpg"} {
		if f.files[name] != nil {
			continue
		}
		doc, err := s.Client.Document(ctx, join(c.base(), name), fetch.Conditions{}, maxRelease)
		if absent(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("fetching %s: %w", name, err)
		}
		found[name] = doc.Body
	}
	if f.detached {
		if found["Release.gpg"] != nil {
			f.files["Release.gpg"] = found["Release.gpg"]
		}
		return nil, nil
	}
	release, signature := found["Release"], found["Release.gpg"]
	if release == nil {
		return nil, nil
	}
	if !bytes.Equal(bytes.TrimRight(release, "\r\n"), bytes.TrimRight(f.text, "\r\n")) {
		return []string{"the upstream's Release differs from its InRelease, so it is left out"}, nil
	}
	f.files["Release"] = release
	if signature == nil || c.Keyring == "" {
		return nil, nil
	}
	keys, err := openpgp.ReadKeys([]byte(c.Keyring))
	if err != nil {
		return nil, err
	}
	if _, err := openpgp.VerifyDetached(release, signature, keys, c.policy(s.Now())); err != nil {
		return []string{"the upstream's Release.gpg is not a good signature of its Release, so it is left out: " + err.Error()}, nil
	}
	f.files["Release.gpg"] = signature
	return nil, nil
}

func keyOf(d digest.SHA256) fileKey { return fileKey(d[:len(fileKey{})]) }

// ownPath returns our own path of a file of a package.
func (e *entry) ownPath(n int) string {
	return deb.PoolDirectory(e.Component, e.Source) + "/" + e.Files[n].Name
}

// noteApart records the files of a package whose upstream path differs from ours.
func (p *Plan) noteApart(e *entry) {
	if !p.mirror.Config.Verbatim {
		return
	}
	for n := range e.Files {
		if e.remote[n] != e.ownPath(n) {
			p.apart[keyOf(e.Files[n].SHA256)] = struct{}{}
		}
	}
}

// placed returns entries for the files of a package at the upstream's own paths, if these differ
// from ours in any listing. A path that cannot be below our root is a problem of kind Invalid.
func (p *Plan) placed(e *entry) (list []catalog.Entry, err error) {
	if len(p.apart) == 0 {
		return nil, nil
	}
	for n, f := range e.Files {
		if _, apart := p.apart[keyOf(f.SHA256)]; !apart {
			continue
		}
		at, err := catalog.FromPlaced(e.remote[n], f)
		if err != nil {
			return nil, err
		}
		list = append(list, at)
	}
	return list, nil
}
