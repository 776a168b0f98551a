package operations

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/aptkeys"
	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/declaration"
)

// declared is the declaration in some files.
type declared struct {
	apply.Declaration
	tree *declaration.Node // with its places in the files
}

// readDeclarations reads files into one declaration. The error has all their faults.
func readDeclarations(p *command.Program, names []string) (d declared, err error) {
	var trees []*declaration.Node
	var faults declaration.Faults
	for _, name := range names {
		data, err := p.ReadInput(name)
		if err != nil {
			return d, err
		}
		tree, wrong := declaration.Read(name, data)
		resolver := resolver{dir: filepath.Dir(name)}
		resolver.resolve(tree)
		trees, faults = append(trees, tree), append(append(faults, wrong...), resolver.faults...)
	}
	var wrong declaration.Faults
	d.tree, wrong = declaration.Merge(trees...)
	faults = append(append(faults, wrong...), declaration.Decode(d.tree, &d.Declaration)...)
	return d, faulty(faults)
}

// faulty returns the error of faults; nil if there are none.
func faulty(faults declaration.Faults) error {
	if len(faults) == 0 {
		return nil
	}
	faults.Sort()
	return fmt.Errorf("the declaration has %s:\n%w", command.Count(len(faults), "fault", "faults"), faults)
}

// located returns the error of faults that the server found, with their places in the files.
func (d declared) located(faults apply.Faults) error {
	list := make(declaration.Faults, len(faults))
	for i, f := range faults {
		list[i] = declaration.Fault{At: d.tree.Find(f.Path), Path: f.Path, Message: f.Message, Hint: f.Hint}
	}
	return faulty(list)
}

// resolver replaces the names of files in a tree by their contents: keys and passwords. Paths are relative
// to the directory of the declaration.
type resolver struct {
	dir    string
	faults declaration.Faults
}

func (r *resolver) fault(n *declaration.Node, path []string, message, hint string) {
	r.faults = append(r.faults, declaration.Fault{At: n.At, Path: path, Message: message, Hint: hint})
}

func (r *resolver) resolve(tree *declaration.Node) {
	if keyrings := tree.Get("keyrings"); keyrings != nil {
		for _, f := range keyrings.Fields {
			r.keys(f.Value, []string{"keyrings", f.Name})
		}
	}
	mirrors := tree.Get("mirrors")
	if mirrors == nil {
		return
	}
	for _, f := range mirrors.Fields {
		if f.Value.Kind != declaration.Map {
			continue // Decode reports it
		}
		path := []string{"mirrors", f.Name}
		keyring := f.Value.Get("keyring")
		switch {
		case keyring == nil && f.Value.Get("url") == nil: // it follows nothing
		case keyring == nil:
			r.fault(&declaration.Node{At: f.At}, append(path, "keyring"), "the keys that may sign it are missing", `name a file with them, or write "" to check no signature`)
		default:
			r.keys(keyring, append(path, "keyring"))
		}
		r.password(f.Value, path)
	}
}

// armor begins keys that are in the declaration themselves.
const armor = "-----BEGIN PGP PUBLIC KEY BLOCK-----"

// keys replaces the names of files by the keys in them.
func (r *resolver) keys(n *declaration.Node, path []string) {
	names := []*declaration.Node{n}
	if n.Kind == declaration.List {
		names = n.Items
	}
	var files []string
	for _, name := range names {
		if name.Kind != declaration.String {
			r.fault(name, path, "this is "+name.Kind.String()+", not the name of a file", "write the path of a file with public keys")
			*n = declaration.Node{Kind: declaration.String, At: n.At} // reported once
			return
		}
		files = append(files, r.file(name.Text))
	}
	if n.Kind == declaration.String && (n.Text == "" || strings.HasPrefix(strings.TrimSpace(n.Text), armor)) {
		return
	}
	text, err := aptkeys.Read(files)
	if err != nil {
		r.fault(n, path, strings.TrimPrefix(err.Error(), "keyring: "), "")
		text = ""
	}
	*n = declaration.Node{Kind: declaration.String, Text: text, At: n.At}
}

func (r *resolver) file(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(r.dir, name)
}

// concealed replaces a password in a URL.
const concealed = "xxxxx"

// password puts the password of a mirror into its URL.
func (r *resolver) password(mirror *declaration.Node, path []string) {
	file, address := mirror.Get("password_file"), mirror.Get("url")
	mirror.Remove("password_file")
	if address == nil || address.Kind != declaration.String {
		return // Decode reports it
	}
	u, err := url.Parse(address.Text)
	if err != nil {
		return
	}
	password, has := u.User.Password()
	switch {
	case has && password != concealed && password != "":
		r.fault(address, append(path, "url"), "a declaration must not contain a password", "write it to a file, and name the file with password_file")
	case file != nil:
		r.withPassword(address, file, u, path)
	case u.User != nil && password != concealed && u.User.Username() != concealed:
		r.fault(address, append(path, "url"), "the URL has a user without a password", "name a file with the password in password_file")
	}
}

// withPassword adds the first line of a file to the URL: the password of its user, or USER:PASSWORD if it has
// none.
func (r *resolver) withPassword(address, file *declaration.Node, u *url.URL, path []string) {
	path = append(path, "password_file")
	if file.Kind != declaration.String {
		r.fault(file, path, "this is "+file.Kind.String()+", not the name of a file", "")
		return
	}
	text, err := os.ReadFile(r.file(file.Text))
	if err != nil {
		r.fault(file, path, err.Error(), "")
		return
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSuffix(line, "\r")
	user, password, both := strings.Cut(line, ":")
	switch {
	case line == "" || len(line) > 4096:
		r.fault(file, path, "its first line is not a password", "")
		return
	case u.User != nil:
		u.User = url.UserPassword(u.User.Username(), line)
	case both:
		u.User = url.UserPassword(user, password)
	default:
		u.User = url.User(line)
	}
	address.Text = u.String()
}
