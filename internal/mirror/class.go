package mirror

import (
	"path"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// Class is a kind of files of a suite, other than packages and their indexes, that a mirror can
// copy (https://wiki.debian.org/DebianRepository/Format).
type Class string

// The classes of files.
const (
	Translations Class = "translations" // descriptions of packages: i18n/Translation-LANGUAGE
	Contents     Class = "contents"     // the packages of each file: Contents-ARCHITECTURE
	AppStream    Class = "appstream"    // applications and their icons, DEP-11: dep11/
	Commands     Class = "commands"     // the packages of each command, for command-not-found: cnf/Commands-ARCHITECTURE
	Installer    Class = "installer"    // images of the installer: installer-ARCHITECTURE/current/images/
	PDiffs       Class = "pdiffs"       // patches of indexes: Packages.diff/
	All          Class = "all"          // all classes, and the unknown files that Release lists
)

// Classes are the classes that a config may name.
var Classes = []Class{Translations, Contents, AppStream, Commands, Installer, PDiffs, All}

// verbatimClasses are the classes of a verbatim mirror whose config names none: apt on machines
// asks for these. The others are large.
var verbatimClasses = []Class{Translations, Contents, AppStream, Commands}

// Takes reports whether the mirror copies files of a class. Contents describe all packages of the
// upstream, so a mirror that leaves out packages never copies them. Patches lead to the upstream's
// own indexes, so only a verbatim mirror copies them.
func (c Config) Takes(class Class) bool {
	if len(c.With) == 0 && c.Verbatim {
		return slices.Contains(verbatimClasses, class)
	}
	switch {
	case class == Contents && c.narrows(), class == PDiffs && !c.Verbatim:
		return false
	}
	return slices.Contains(c.With, class) || slices.Contains(c.With, All)
}

// WithClass returns the config with or without a class. It does not change the meaning of All.
func (c Config) WithClass(class Class, take bool) Config {
	rest := slices.DeleteFunc(slices.Clone(c.With), func(x Class) bool { return x == class })
	if take {
		rest = append(rest, class)
	}
	c.With = rest
	return c
}

// narrows reports whether a config leaves out some packages of its components and architectures.
func (c Config) narrows() bool { return len(c.Packages) > 0 || c.Filters != nil || c.chooses() }

// checkClasses refuses unknown classes and contradictory options.
func (c Config) checkClasses() error {
	for _, class := range c.With {
		if !slices.Contains(Classes, class) {
			return problem.New(problem.Invalid, "%q is no class of files", string(class)).In("with").WithHint("choose among %s", classNames())
		}
	}
	switch {
	case c.Flat() && (len(c.With) > 0 || c.UDebs):
		return problem.New(problem.Invalid, "a flat suite has packages alone").In("suite").WithHint("leave out udebs and with")
	case c.Flat() && c.Verbatim:
		return problem.New(problem.Invalid, "a flat suite cannot be verbatim: its Release tells of files beside it, and we serve packages below pool/").In("verbatim").
			WithHint("leave out verbatim; the mirror can be published with a Release of its own")
	case c.Verbatim && c.narrows():
		return problem.New(problem.Invalid, "a verbatim mirror has every package: the upstream's indexes would list what is not there").In("verbatim").
			WithHint("leave out packages, filter, filters and latest_only, or verbatim; `aptarium snapshot pull` makes a smaller suite of a verbatim mirror")
	case slices.Contains(c.With, PDiffs) && !c.Verbatim:
		return problem.New(problem.Invalid, "the upstream's patches lead to its own indexes, which only a verbatim mirror has").In("with").
			WithHint("leave out pdiffs; a publication makes its own with its option pdiffs")
	case slices.Contains(c.With, Contents) && c.narrows():
		return problem.New(problem.Invalid, "the upstream's Contents tell of packages that this mirror leaves out").In("with").
			WithHint("leave out contents; a publication makes its own with its option contents")
	}
	return nil
}

func classNames() string {
	names := make([]string, len(Classes))
	for i, c := range Classes {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

// other is the class of unknown files that Release lists; All includes it. listing is the class of
// the indexes of packages and the small Release files beside them.
const (
	other   Class = ""
	listing Class = "listing"
)

// classOf returns the class of a file by its path below the folder of its component, or below the
// suite's folder.
func classOf(name string) Class {
	folder, file := path.Split(name)
	file, _, _ = strings.Cut(file, ".")
	switch {
	case strings.HasSuffix(folder, ".diff/"):
		return PDiffs
	case strings.HasPrefix(name, "i18n/"):
		return Translations
	case strings.HasPrefix(name, "dep11/"):
		return AppStream
	case strings.HasPrefix(name, "cnf/"):
		return Commands
	case strings.HasPrefix(name, "installer-"):
		return Installer
	case folder == "" && strings.HasPrefix(file, "Contents-"):
		return Contents
	case folder != "" && (file == "Packages" || file == "Sources" || file == "Release"):
		return listing
	}
	return other
}
