package index

import (
	"context"
	"fmt"
	"path"
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
// lead from and to, so that a name never has other bytes.

// patchName names the patch between two states of an index.
func patchName(from, to digest.SHA256) string {
	return "T-" + to.String()[:20] + "-F-" + from.String()[:20]
}

// IsPatch reports whether a path is the path of a patch, which Release does not list.
func IsPatch(name string) bool {
	return strings.HasSuffix(path.Dir(name), ".diff") && strings.HasPrefix(path.Base(name), "T-")
}

// Generation is an index as an earlier release had it, or as the newest has it.
type Generation struct {
	Table  int64
	Size   int64
	SHA256 digest.SHA256
}

// Patches builds the patches that lead to one generation of an index. It compares indexes by their
// chunks, and reads each different chunk once for all patches.
type Patches struct {
	pool  blob.Store
	now   Table
	to    Generation
	texts map[digest.SHA256][]byte // of chunks, by their first piece
	held  int                      // bytes of those

	history, scripts, downloads []byte // the lists of Packages.diff/Index
}

// NewPatches starts with no patch. The table is of the generation that patches lead to; its
// id is not used.
func NewPatches(pool blob.Store, now Table, to Generation) *Patches {
	return &Patches{pool: pool, now: now, to: to, texts: map[digest.SHA256][]byte{}}
}

// Add returns the file name and the bytes of the patch from a generation; no name if the patch
// would be too large to be useful.
func (d *Patches) Add(ctx context.Context, tx *db.Tx, from Generation) (name string, packed []byte, err error) {
	was, err := LoadTable(ctx, tx, from.Table)
	if err != nil {
		return "", nil, err
	}
	script, ok, err := d.script(ctx, was, d.now)
	if err != nil || !ok {
		return "", nil, err
	}
	if packed, err = compress.AppendMember(nil, script, compress.Gzip); err != nil {
		return "", nil, fmt.Errorf("compressing a patch: %w", err)
	}
	name = patchName(from.SHA256, d.to.SHA256)
	line := func(to []byte, sum digest.SHA256, size int64, name string) []byte {
		return fmt.Appendf(to, " %s %d %s\n", sum, size, name)
	}
	d.history = line(d.history, from.SHA256, from.Size, name)
	d.scripts = line(d.scripts, digest.Of(script), int64(len(script)), name)
	d.downloads = line(d.downloads, digest.Of(packed), int64(len(packed)), name+".gz")
	return name + ".gz", packed, nil
}

// Index returns Packages.diff/Index, or nil if there is no patch.
func (d *Patches) Index() []byte {
	if d.history == nil {
		return nil
	}
	return fmt.Appendf(nil, "SHA256-Current: %s %d\nSHA256-History:\n%sSHA256-Patches:\n%sSHA256-Download:\n%sX-Patch-Precedence: merged\n",
		d.to.SHA256, d.to.Size, d.history, d.scripts, d.downloads)
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

// script returns the ed script from one index to another, unless it would not be worth
// having.
func (d *Patches) script(ctx context.Context, was, now Table) (script []byte, ok bool, err error) {
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

// read returns the text of a run of chunks.
func (d *Patches) read(ctx context.Context, t Table, s span) ([]byte, error) {
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
