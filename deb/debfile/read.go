package debfile

import (
	"io"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/compress"
)

// Deb is what a binary package says of itself.
type Deb struct {
	// Package, Version and Architecture were checked: a name and an
	// architecture that dpkg takes, a version that follows policy.
	Package, Version, Architecture string

	// Control is the whole control stanza; Control.Raw gives its exact text.
	Control *deb822.Stanza

	// ControlFiles names the other files of control.tar, in their order:
	// md5sums, conffiles, postinst, …
	ControlFiles []string

	// Files are the paths of data.tar in their order, without "./" before
	// them and without folders, as Contents indexes list them. Only read when
	// asked for.
	Files []string

	// ControlCompression and DataCompression are those of the two tar files.
	ControlCompression, DataCompression Compression
}

// ReadOptions choose what is read of a package, and how much at most. A limit
// that is zero means its default.
type ReadOptions struct {
	Files      bool  // read data.tar too, for Deb.Files
	MaxControl int64 // bytes of control.tar, uncompressed; default 64 MiB
	MaxData    int64 // bytes of data.tar, uncompressed; default 32 GiB
	MaxRatio   int64 // of both, how many times larger than compressed; default 256
	MaxFiles   int   // paths in data.tar; default 1,000,000
}

const (
	defaultMaxControl = 64 << 20
	defaultMaxData    = 32 << 30
	defaultMaxFiles   = 1_000_000
	maxMembers        = 100     // of the ar archive, before data.tar
	maxControlFiles   = 1000    // of control.tar; dpkg itself knows a dozen
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

// Read reads a binary package (deb(5)). It reads r in order, once: through
// control.tar and the header of data.tar, and with options.Files through the end
// of data.tar; what follows it does not look at. Whether the whole file is
// sound is for its checksum to say.
//
// Members whose names begin with "_" are passed over where deb(5) allows them.
// What breaks the format, or names an unsafe path, is a problem of kind Invalid;
// what is over a limit one of kind TooLarge; an error of r comes through.
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

// packageReader goes through the members of one package.
type packageReader struct {
	ar      *arReader
	deb     *Deb
	options ReadOptions
	members int
}

// version reads the first member, which says "2." and a minor number.
func (p *packageReader) version() error {
	name, size, err := p.ar.next()
	if err != nil && err != io.EOF {
		return err
	}
	if name != "debian-binary" {
		return invalid("is no Debian package: its first member is %.16q, not debian-binary", name)
	}
	text := make([]byte, min(size, 64))
	if _, err := io.ReadFull(p.ar, text); err != nil && !isEnd(err) {
		return err
	}
	line, _, ended := strings.Cut(string(text), "\n")
	if major, minor, _ := strings.Cut(line, "."); !ended || major != "2" {
		return invalid("is a Debian package of format %.20q; only 2.x can be read", line)
	} else if _, ok := decimal(minor); !ok {
		return invalid("has the format version %.20q", line)
	}
	return nil
}

// find moves to the member with this name, whatever its compression, and tells
// that.
func (p *packageReader) find(tarName string) (Compression, error) {
	for ; p.members < maxMembers; p.members++ {
		name, _, err := p.ar.next()
		if err == io.EOF {
			return None, invalid("has no %s", tarName)
		} else if err != nil {
			return None, err
		}
		if strings.HasPrefix(name, "_") {
			continue
		}
		suffix, found := strings.CutPrefix(name, tarName)
		if !found {
			return None, invalid("has the member %.16q, where %s belongs", name, tarName)
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
	return None, invalid("has the member %.16q, a compression that cannot be read (dpkg dropped lzma; repack it with xz or zst)", name)
}

// control reads control.tar.
func (p *packageReader) control() (err error) {
	if p.deb.ControlCompression, err = p.find("control.tar"); err != nil {
		return err
	}
	return in("control.tar", p.untar(p.deb.ControlCompression, p.options.MaxControl, &controlTar{deb: p.deb}))
}

// data finds data.tar and reads it when asked to.
func (p *packageReader) data() (err error) {
	if p.deb.DataCompression, err = p.find("data.tar"); err != nil || !p.options.Files {
		return err
	}
	return in("data.tar", p.untar(p.deb.DataCompression, p.options.MaxData, &dataTar{deb: p.deb, max: p.options.MaxFiles}))
}
