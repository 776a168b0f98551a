package publish

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish/index"
)

// Deployment is the difference between the release of a publication that an endpoint has and the
// one that it gets.
type Deployment struct {
	Publication Publication
	From        int64    // the release that the endpoint has; 0: none
	begun       int64    // the newest release of which it may have files; at least From
	To          Release  // the release that it gets; without number: none
	Fresh       []Packed // the packages that the endpoint may lack
	gone        []Packed // the packages that it may have and no component of the release lists
	replaced    []File   // the files below dists/ that it may have and the release has not, or not alike
	all         bool     // treat the endpoint as empty
	hashless    bool     // the deployed release did not offer files by hash
	plain       bool
}

// Deployment returns the plan to deploy the newest release of a publication, or to withdraw a
// dropped publication. If the endpoint is up to date, see Done. With all, the endpoint counts as
// empty. With plain, it gets uncompressed indexes too.
func (s *Store) Deployment(ctx context.Context, tx *db.Tx, p Publication, all, plain bool) (d Deployment, err error) {
	d = Deployment{Publication: p, all: all, plain: plain}
	err = tx.QueryRow(ctx, "SELECT release, begun FROM deployment WHERE publication_id = $1", p.ID).Scan(&d.From, &d.begun)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return d, fmt.Errorf("looking up what is deployed of %s: %w", p.Ref(), err)
	}
	if p.Head > 0 && !p.Dropped {
		if d.To, err = s.Release(ctx, tx, p.ID, p.Head); err != nil {
			return d, err
		}
	}
	if d.replaced, err = s.replaced(ctx, tx, d); err != nil {
		return d, err
	}
	has, may, err := s.placed(ctx, tx, &d)
	if err != nil {
		return d, err
	}
	b := Builder{Store: s}
	now, err := b.areas(ctx, tx, p, d.To)
	if err != nil {
		return d, err
	}
	d.gone, d.Fresh = beyond(may, now), beyond(now, has)
	if all {
		d.Fresh = beyond(now, nil)
	}
	if err := s.markElsewhere(ctx, tx, now[ownPaths], d.Fresh); err != nil {
		return d, err
	}
	return d, s.markTaken(ctx, tx, p, d.Fresh)
}

// placed returns the packages that the endpoint certainly has, and the packages that it may have,
// by area.
func (s *Store) placed(ctx context.Context, tx *db.Tx, d *Deployment) (has, may map[string]bitset.Set, err error) {
	releases, err := s.releases(ctx, tx, "publication_id = $1 AND number >= $2 AND number <= $3", d.Publication.ID, d.From, d.begun)
	if err != nil {
		return nil, nil, err
	}
	b := Builder{Store: s}
	may = map[string]bitset.Set{}
	for _, r := range releases {
		areas, err := b.areas(ctx, tx, d.Publication, r)
		if err != nil {
			return nil, nil, err
		}
		if r.Number == d.From {
			has, d.hashless = areas, r.Options.NoByHash
		}
		for area, set := range areas {
			may[area] = may[area].Union(set)
		}
	}
	return has, may, nil
}

// replaced returns the files that the endpoint may have and that the release lacks or has with
// other bytes. Its cost is proportional to the difference.
func (s *Store) replaced(ctx context.Context, tx *db.Tx, d Deployment) ([]File, error) {
	to := d.To.Number
	if to == 0 {
		to = current // all are replaced
	}
	files, err := db.All(ctx, tx, scanFile, "SELECT "+fileColumns+` FROM release_file
		WHERE publication_id = $1 AND until > $2 AND until <= $3 AND since <= $4`, d.Publication.ID, d.From, to, d.begun)
	return files, problem.While(err, "comparing releases %d and %d of %s", d.From, d.To.Number, d.Publication.Ref())
}

// beyond returns the members that areas have in one release and not in another.
func beyond(a, b map[string]bitset.Set) (list []Packed) {
	for area, set := range a {
		if more := set.Minus(b[area]); !more.IsEmpty() {
			list = append(list, Packed{Area: area, Members: more})
		}
	}
	slices.SortFunc(list, func(x, y Packed) int { return compareComponents(x.Area, y.Area) })
	return list
}

// Done reports whether the endpoint has the release already.
func (d Deployment) Done() bool { return d.From == d.To.Number && d.begun == d.From && !d.all }

// Standing is a file below dists/ to deploy.
type Standing struct {
	Served
	Like string // another path with the same bytes, deployed earlier
}

// Stages returns the files below dists/ that the endpoint lacks, in stages: a stage must become
// visible only after all earlier ones. InRelease, which announces the release, is the last.
func (s *Store) Stages(ctx context.Context, tx *db.Tx, d Deployment) ([][]Standing, error) {
	t := &Tree{store: s, prefix: d.Publication.Prefix}
	var hashed, named, signed, last []Standing
	there := map[string]bool{} // paths by hash
	for _, f := range d.To.Files {
		if f.Since <= d.From && !d.all && !(d.hashless && !d.To.Options.NoByHash) || f.expanded() && !d.plain {
			continue
		}
		served, err := t.served(ctx, tx, placed{d.Publication, d.To}, f)
		if err != nil {
			return nil, err
		}
		x := Standing{Served: served}
		switch base := path.Base(f.Path); {
		case index.IsPatch(f.Path):
			named = append(named, x)
		case d.To.Options.NoByHash && !announces(d.Publication, f.Path):
			named = append(named, x)
		case !announces(d.Publication, f.Path):
			hashes := byHashPaths(f)
			for i, name := range hashes {
				if there[name] {
					continue // another index of the directory has the same bytes, such as an empty one
				}
				there[name] = true
				h := x
				if h.Path = name; i > 0 {
					h.Like = hashes[0]
				}
				hashed = append(hashed, h)
			}
			x.Like = hashes[0]
			named = append(named, x)
		case base == "InRelease":
			last = append(last, x)
		default:
			signed = append(signed, x)
		}
	}
	if len(last) == 0 { // unsigned: Release announces the release
		signed, last = nil, signed
	}
	return slices.DeleteFunc([][]Standing{hashed, named, signed, last}, func(s []Standing) bool { return len(s) == 0 }), nil
}

// announces reports whether clients start at this file: Release and its signatures. No Release
// lists them, so they have no path by hash. (A Contents index of a whole suite may be beside them.)
func announces(p Publication, name string) bool {
	directory, base := path.Split(name)
	return directory == "dists/"+p.Distribution+"/" && (base == "InRelease" || base == "Release" || base == "Release.gpg")
}

func byHashPaths(f File) []string {
	base := path.Dir(f.Path) + "/by-hash/"
	list := []string{base + "SHA256/" + f.SHA256.String()}
	if f.Sums.SHA512 != "" {
		list = append(list, base+"SHA512/"+f.Sums.SHA512)
	}
	return list
}

// Withdrawn returns the paths that the endpoint must not have once it has the release: they
// announce another release.
func (d Deployment) Withdrawn() (paths []string) {
	for _, f := range d.replaced {
		if _, is := d.To.file(f.Path); !is && announces(d.Publication, f.Path) {
			paths = append(paths, f.Path)
		}
	}
	slices.Sort(paths) // InRelease before Release, which clients ask for next
	return slices.Compact(paths)
}

// Begin records that the deployment of a publication's newest release starts: from now on the
// endpoint may have files of it. Call it before the first file is written, in a transaction of its
// own or of the release.
func (s *Store) Begin(ctx context.Context, tx *db.Tx, publication int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO deployment (publication_id, release, begun)
		SELECT id, 0, head FROM publication WHERE id = $1 AND head > 0 AND dropped_at IS NULL
		ON CONFLICT (publication_id) DO UPDATE SET begun = excluded.begun`, publication)
	return problem.While(err, "storing what is going to be deployed")
}

// Deployed records that the endpoint has the release, and its leftovers of earlier releases. It is
// a conflict if the endpoint has another address meanwhile: the release must be deployed there.
func (s *Store) Deployed(ctx context.Context, tx *db.Tx, d Deployment) error {
	p := d.Publication
	n, err := int64(1), error(nil)
	if d.To.Number == 0 {
		_, err = tx.Exec(ctx, "DELETE FROM deployment WHERE publication_id = $1", p.ID)
	} else {
		n, err = tx.Exec(ctx, "UPDATE deployment SET release = $1, begun = $1 WHERE publication_id = $2 AND begun = $1", d.To.Number, p.ID)
	}
	if err != nil {
		return fmt.Errorf("storing the deployment of %s: %w", p.Ref(), err)
	}
	if n == 0 {
		return problem.New(problem.Conflict, "the address of endpoint %q changed while %s was deployed", p.Endpoint, p.Ref()).WithHint("publish it again")
	}
	return s.noteLeaving(ctx, tx, d)
}

// Elsewhere records that an endpoint has a new address, where nothing is deployed yet.
func (s *Store) Elsewhere(ctx context.Context, tx *db.Tx, endpoint string) error {
	for _, statement := range []string{
		"DELETE FROM deployment WHERE publication_id IN (SELECT id FROM publication WHERE endpoint = $1)",
		"DELETE FROM leftover WHERE endpoint = $1",
	} {
		if _, err := tx.Exec(ctx, statement, endpoint); err != nil {
			return fmt.Errorf("deleting the deployments at %s: %w", endpoint, err)
		}
	}
	return nil
}

// UsedBy returns the name of a publication that uses an endpoint, or "".
func (s *Store) UsedBy(ctx context.Context, tx *db.Tx, endpoint string) (string, error) {
	list, err := s.list(ctx, tx, "endpoint = $1 AND (dropped_at IS NULL OR id IN (SELECT publication_id FROM deployment)) LIMIT 1", endpoint)
	if err != nil || len(list) == 0 {
		return "", err
	}
	return list[0].Ref(), nil
}
