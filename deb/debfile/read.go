package debfile

import (
	"io"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/compress"
)

// Deb describes a binary package, read from the package itself.
type Deb struct {
	// Package, Version and Architecture are valid: dpkg accepts the names, and
	// the version follows policy.
	Package, Version, Architecture string

	// Control is the whole control stanza; Control.Raw returns its exact text.
	Control *deb822.Stanza

	// ControlFiles names the other files of control.tar, in their order:
	// md5sums, conffiles, postinst, …
	ControlFiles []string

	// Files lists the paths of data.tar in their order, without leading "./"
	// and without folders, as Contents indexes list them. Only read with
	// ReadOptions.Files.
	Files []string

	// ControlCompression and DataCompression are those of the two tar files.
	ControlCompression, DataCompression Compression
}

// ReadOptions select the parts of a package to read, and limit their sizes. Zero
// means the default limit.
type ReadOptions struct {
	Files      bool  // read data.tar too, for Deb.Files
	MaxControl int64 // bytes of control.tar, uncompressed; default 64 MiB
	MaxData    int64 // bytes of data.tar, uncompressed; default 32 GiB
	MaxRatio   int64 // uncompressed to compressed size of either; default 256
	MaxFiles   int   // paths in data.tar; default 1,000,000
}

const (
	defaultMaxControl = 64 << 20
	defaultMaxData    = 32 << 30
	defaultMaxFiles   = 1_000_000
	maxMembers        = 100     // of the ar archive, before data.tar
	maxControlFiles   = 1000    // of control.tar; dpkg itself uses a dozen
	maxStanza         = 8 << 20 // of the file control
)

func (o ReadOptions) withDefaults() ReadOptions {
	if o.MaxControl <= 0 {
		o.MaxControl = defaultMaxControl
	}
	if o.MaxData <= 0 {
		o.MaxData = defaultMaxData
	}
	if o.MaxFiles <= 0 {
		o.MaxFiles = defaultMaxFiles
	}
	return o
}

// Read reads a binary package (deb(5)). It reads r once, in order, through
// control.tar and the header of data.tar, with options.Files through the end of
// data.tar. It ignores the rest of the file: only a checksum proves that the whole
// file is intact.
//
// Members whose names begin with "_" are skipped where deb(5) allows them. A format
// error and an unsafe path are problems of kind Invalid, an exceeded limit is one of
// kind TooLarge; an error of r is returned unchanged.
func Read(r io.Reader, options ReadOptions) (*Deb, error) {
	p := packageReader{deb: new(Deb), options: options.withDefaults()}
	var err error
	if p.ar, err = newArReader(r); err != nil {
		return nil, err
	}
	if err := p.version(); err != nil {
		return nil, err
	}
	if err := p.control(); err != nil {
		return nil, err
	}
	if err := p.data(); err != nil {
		return nil, err
	}
	return p.deb, nil
}

// packageReader reads the members of one package.
type packageReader struct {
	ar      *arReader
	deb     *Deb
	options ReadOptions
	members int
}

// version checks the first member, which contains "2." and a minor number.
func (p *packageReader) version() error {
	name, size, err := p.ar.next()
	if err != nil && err != io.EOF {
		return err
	}
	if name != "debian-binary" {
		return invalid("is not a Debian package: its first member is %.16q, not debian-binary", name)
	}
	text := make([]byte, min(size, 64))
	if _, err := io.ReadFull(p.ar, text); err != nil && !isEnd(err) {
		return err
	}
	line, _, ended := strings.Cut(string(text), "\n")
	if major, minor, _ := strings.Cut(line, "."); !ended || major != "2" {
		return invalid("is a Debian package of format %.20q; only 2.x is supported", line)
	} else if _, ok := decimal(minor); !ok {
		return invalid("has the invalid format version %.20q", line)
	}
	return nil
}

// nextMember moves to the next member, which must be tarName in any compression, and
// returns the compression.
func (p *packageReader) nextMember(tarName string) (Compression, error) {
	for ; p.members < maxMembers; p.members++ {
		name, _, err := p.ar.next()
		if err == io.EOF {
			return None, invalid("has no member %s", tarName)
		} else if err != nil {
			return None, err
		}
		if strings.HasPrefix(name, "_") {
			continue
		}
		suffix, found := strings.CutPrefix(name, tarName)
		if !found {
			return None, invalid("has the member %.16q instead of %s", name, tarName)
		}
		return compressionOf(name, suffix)
	}
	return None, invalid("has more than %d members", maxMembers)
}

func compressionOf(name, suffix string) (Compression, error) {
	for _, c := range []Compression{None, Gzip, XZ, Zstd, Bzip2} {
		if suffix == compress.Format(c).Suffix() {
			return c, nil
		}
	}
	return None, invalid("has the member %.16q, whose compression is not supported (dpkg dropped lzma; repack it with xz or zst)", name)
}

// control reads control.tar.
func (p *packageReader) control() (err error) {
	if p.deb.ControlCompression, err = p.nextMember("control.tar"); err != nil {
		return err
	}
	return in("control.tar", p.untar(p.deb.ControlCompression, p.options.MaxControl, &controlTar{deb: p.deb}))
}

// data moves to data.tar, and reads it with ReadOptions.Files.
func (p *packageReader) data() (err error) {
	if p.deb.DataCompression, err = p.nextMember("data.tar"); err != nil || !p.options.Files {
		return err
	}
	return in("data.tar", p.untar(p.deb.DataCompression, p.options.MaxData, &dataTar{deb: p.deb, max: p.options.MaxFiles}))
}
