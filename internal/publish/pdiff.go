package publish

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
)

// A client that has an index of some generations ago need not fetch the newest
// one whole: Packages.diff/Index lists a patch from each of the last generations
// to the newest (the merged style, X-Patch-Precedence), as deb822 after
// https://wiki.debian.org/DebianRepository/Format. Patches are named by what they
// lead from and to, so that a name never has other bytes, and are found for as
// long as the publication's history is kept, as files by hash are.

// patchName names the patch between two states of an index.
func patchName(from, to digest.SHA256) string {
	return "T-" + to.String()[:20] + "-F-" + from.String()[:20]
}

// isPatch tells the paths of patches, which Release does not list.
func isPatch(name string) bool {
	return strings.HasSuffix(path.Dir(name), ".diff") && strings.HasPrefix(path.Base(name), "T-")
}

// MaxPatches is how many generations a publication can offer patches from.
const MaxPatches = 100

// generation is an index as an earlier release had it.
type generation struct {
	table  int64
	size   int64
	sha256 digest.SHA256
}

// generations gives the last different states of an index, oldest first, without
// the current one.
func (s *Store) generations(ctx context.Context, tx *db.Tx, publication int64, path string, now digest.SHA256, limit int) ([]generation, error) {
	rows, err := db.All(ctx, tx, func(row db.Scanner) (g generation, err error) {
		err = row.Scan(&g.table, &g.size, &g.sha256)
		return g, err
	}, `SELECT chunk_table, size, sha256 FROM release_file WHERE publication_id = $1 AND path = $2 AND chunk_table IS NOT NULL
		ORDER BY since DESC LIMIT $3`, publication, path, 2*limit+1)
	if err != nil {
		return nil, fmt.Errorf("looking up the history of %s: %w", path, err)
	}
	seen := map[digest.SHA256]bool{now: true}
	var list []generation
	for _, g := range rows {
		if !seen[g.sha256] && len(list) < limit {
			list = append([]generation{g}, list...)
		}
		seen[g.sha256] = true
	}
	return list, nil
}

// patches adds Packages.diff/ to an index that was built or taken over.
func (b *Builder) patches(ctx context.Context, tx *db.Tx, p plan, out *Built) error {
	limit := out.input.Publication.Options.Patches
	if limit == 0 || !p.patched {
		return nil
	}
	plain := out.Files[slices.IndexFunc(out.Files, func(f File) bool { return f.Path == p.path })]
	if kept := keptPatches(out.input, p.path, plain); kept != nil {
		out.Files = append(out.Files, kept...)
		return nil
	}
	history, err := b.Store.generations(ctx, tx, out.input.Publication.ID, p.path, plain.SHA256, limit)
	if err != nil || len(history) == 0 {
		return err
	}
	now := p.old
	if made := out.indexes[p.path]; made != nil {
		now = &base{table: made.table}
	}
	d := patcher{pool: b.Pool, texts: map[digest.SHA256][]byte{}}
	var list diffIndex
	for _, g := range history {
		was, err := loadTable(ctx, tx, g.table)
		if err != nil {
			return err
		}
		script, ok, err := d.script(ctx, was, now.table)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		packed, err := compress.AppendMember(nil, script, compress.Gzip)
		if err != nil {
			return fmt.Errorf("compressing a patch: %w", err)
		}
		name := patchName(g.sha256, plain.SHA256)
		if err := b.small(ctx, out, p.path+".diff/"+name+".gz", packed); err != nil {
			return err
		}
		list.add(g, name, script, packed)
	}
	if list.history == nil {
		return nil
	}
	return b.small(ctx, out, p.path+".diff/Index", list.text(plain))
}

// keptPatches gives those of the release before, if they lead to the same state
// of the index and no others are wanted.
func keptPatches(in Input, path string, plain File) (kept []File) {
	prev := in.Previous
	if prev == nil || in.Rebuild || prev.Options.Patches != in.Publication.Options.Patches || prev.Options.Sums != in.Publication.Options.Sums {
		return nil
	}
	if was, found := prev.file(path); !found || was.SHA256 != plain.SHA256 {
		return nil
	}
	for _, f := range prev.Files {
		if strings.HasPrefix(f.Path, path+".diff/") {
			kept = append(kept, f)
		}
	}
	return kept
}

// diffIndex collects the lists of Packages.diff/Index.
type diffIndex struct{ history, patches, downloads []byte }

func (x *diffIndex) add(from generation, name string, script, packed []byte) {
	line := func(to []byte, sum digest.SHA256, size int64, name string) []byte {
		return fmt.Appendf(to, " %s %d %s\n", sum, size, name)
	}
	x.history = line(x.history, from.sha256, from.size, name)
	x.patches = line(x.patches, digest.Of(script), int64(len(script)), name)
	x.downloads = line(x.downloads, digest.Of(packed), int64(len(packed)), name+".gz")
}

func (x *diffIndex) text(current File) []byte {
	return fmt.Appendf(nil, "SHA256-Current: %s %d\nSHA256-History:\n%sSHA256-Patches:\n%sSHA256-Download:\n%sX-Patch-Precedence: merged\n",
		current.SHA256, current.Size, x.history, x.patches, x.downloads)
}

// patcher compares indexes by their chunks: it reads only those that differ, each
// once for all patches.
type patcher struct {
	pool  blob.Store
	texts map[digest.SHA256][]byte // of chunks, by their first piece
	held  int                      // bytes of those
}

// maxTexts bounds the memory for texts, in bytes.
const maxTexts = 32 << 20

// A patch is worth having up to a share of the index (as a divisor): clients
// fetch the whole one rather than large patches. Chunks that hold more than that
// share are not even read, if they are many.
const (
	worthwhile = 4
	fewBytes   = 4 << 20
)

// script gives the ed script from one index to another, unless it would not be
// worth having.
func (d *patcher) script(ctx context.Context, was, now table) (script []byte, ok bool, err error) {
	at := make(map[digest.SHA256]int, len(now.chunks))
	var size int64
	for i, c := range now.chunks {
		at[c.pieces[0].SHA256] = i
		size += c.size
	}
	differs := size
	for _, c := range was.chunks {
		if _, stays := at[c.pieces[0].SHA256]; stays {
			differs -= c.size
		}
	}
	if differs > max(size/worthwhile, fewBytes) {
		return nil, false, nil
	}
	var hunks []hunk
	compare := func(old, fresh span, line int) error {
		before, err := d.read(ctx, was, old)
		if err != nil {
			return err
		}
		behind, err := d.read(ctx, now, fresh)
		hunks = append(hunks, compareStanzas(before, behind, line)...)
		return err
	}
	old, fresh := span{}, span{} // not yet compared
	line, oldLine := 0, 0        // lines before the next chunk, and before the old span
	for i, c := range was.chunks {
		n, stays := at[c.pieces[0].SHA256]
		if stays && n >= fresh.from {
			if err := compare(span{old.from, i}, span{fresh.from, n}, oldLine); err != nil {
				return nil, false, err
			}
			old.from, fresh.from, oldLine = i+1, n+1, line+c.lines
		}
		line += c.lines
	}
	if err := compare(span{old.from, len(was.chunks)}, span{fresh.from, len(now.chunks)}, oldLine); err != nil {
		return nil, false, err
	}
	script, ok = edScript(hunks)
	return script, ok && int64(len(script)) <= size/worthwhile, nil
}

// read gives the text of a run of chunks.
func (d *patcher) read(ctx context.Context, t table, s span) ([]byte, error) {
	var text []byte
	for i := s.from; i < s.to; i++ {
		key := t.chunks[i].pieces[0].SHA256
		plain, known := d.texts[key]
		if !known {
			var err error
			if plain, err = readText(ctx, d.pool, t, span{i, i + 1}); err != nil {
				return nil, err
			}
			if d.held += len(plain); d.held > maxTexts {
				clear(d.texts)
				d.held = len(plain)
			}
			d.texts[key] = plain
		}
		text = append(text, plain...)
	}
	return text, nil
}
