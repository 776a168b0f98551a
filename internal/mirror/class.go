package mirror

import (
	"path"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// Class is a kind of files that a suite has besides packages and the indexes that
// list them, and that a mirror may take along
// (https://wiki.debian.org/DebianRepository/Format).
type Class string

// The classes of files.
const (
	Translations Class = "translations" // descriptions of packages: i18n/Translation-LANGUAGE
	Contents     Class = "contents"     // the packages of each file: Contents-ARCHITECTURE
	AppStream    Class = "appstream"    // applications and their icons, DEP-11: dep11/
	Commands     Class = "commands"     // the packages of each command, for command-not-found: cnf/Commands-ARCHITECTURE
	Installer    Class = "installer"    // images of the installer: installer-ARCHITECTURE/current/images/
	PDiffs       Class = "pdiffs"       // patches of indexes: Packages.diff/
	All          Class = "all"          // every one, and whatever else Release lists
)

// Classes are those that a config may name.
var Classes = []Class{Translations, Contents, AppStream, Commands, Installer, PDiffs, All}

// verbatimClasses are what a verbatim mirror takes along when its config names no
// class: what apt asks for on machines. The others are large.
var verbatimClasses = []Class{Translations, Contents, AppStream, Commands}

// Takes tells whether the mirror takes files of a class. Contents and patches tell
// of all packages of the upstream, so All does not mean them where some packages
// are left out; and patches lead to the upstream's own indexes, which a verbatim
// mirror alone has.
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

// WithClass gives the config with a class taken along or not. It does not change
// what All says.
func (c Config) WithClass(class Class, take bool) Config {
	rest := slices.DeleteFunc(slices.Clone(c.With), func(x Class) bool { return x == class })
	if take {
		rest = append(rest, class)
	}
	c.With = rest
	return c
}

// narrows tells whether a config leaves out some packages of the components and
// architectures that it wants.
func (c Config) narrows() bool { return len(c.Packages) > 0 || c.Filters != nil || c.chooses() }

// checkClasses refuses classes that there are not, and what cannot be had
// together.
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

// other is the class of what Release lists and we know nothing of, which All
// takes; listing that of the indexes which list packages, and the small Release
// files beside them.
const (
	other   Class = ""
	listing Class = "listing"
)

// classOf tells the class of a file by its path below the folder of its
// component, or of the suite where it is in none.
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
