package cli

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/aptkeys"
	"github.com/aptarium/aptarium/internal/declaration"
)

// declared is files that state what is to be.
type declared struct {
	apply.Declaration
	tree *declaration.Node // with the places of it all
}

// readDeclarations reads files into one declaration. The error is all that is
// wrong with them.
func (p *program) readDeclarations(names []string) (d declared, err error) {
	var trees []*declaration.Node
	var faults declaration.Faults
	for _, name := range names {
		data, err := p.readInput(name)
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

// faulty makes an error of faults, if there are any.
func faulty(faults declaration.Faults) error {
	if len(faults) == 0 {
		return nil
	}
	faults.Sort()
	return fmt.Errorf("the declaration has %s:\n%w", count(len(faults), "fault", "faults"), faults)
}

// located finds where in the files the faults are that the server found.
func (d declared) located(faults apply.Faults) error {
	list := make(declaration.Faults, len(faults))
	for i, f := range faults {
		list[i] = declaration.Fault{At: d.tree.Find(f.Path), Path: f.Path, Message: f.Message, Hint: f.Hint}
	}
	return faulty(list)
}

// resolver puts into a tree what it refers to by file: keys and passwords. Paths
// are relative to the folder of the declaration.
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
			continue // told elsewhere
		}
		path := []string{"mirrors", f.Name}
		keyring := f.Value.Get("keyring")
		switch {
		case keyring == nil && f.Value.Get("url") == nil: // it follows nothing
		case keyring == nil:
			r.fault(&declaration.Node{At: f.At}, append(path, "keyring"), "nothing says which keys may sign it", `name a file that has them, or write "" to check no signature`)
		default:
			r.keys(keyring, append(path, "keyring"))
		}
		r.password(f.Value, path)
	}
}

// armor is how keys begin that are in the declaration themselves.
const armor = "-----BEGIN PGP PUBLIC KEY BLOCK-----"

// keys puts the keys of files in the place of their names.
func (r *resolver) keys(n *declaration.Node, path []string) {
	names := []*declaration.Node{n}
	if n.Kind == declaration.List {
		names = n.Items
	}
	var files []string
	for _, name := range names {
		if name.Kind != declaration.String {
			r.fault(name, path, "this is "+name.Kind.String()+", not the name of a file", "write the path of a file with public keys")
			*n = declaration.Node{Kind: declaration.String, At: n.At} // said once
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

// concealed is how a URL shows that there is a password, which is not told.
const concealed = "xxxxx"

// password puts the password of a mirror into its URL.
func (r *resolver) password(mirror *declaration.Node, path []string) {
	file, address := mirror.Get("password_file"), mirror.Get("url")
	mirror.Remove("password_file")
	if address == nil || address.Kind != declaration.String {
		return // told elsewhere
	}
	u, err := url.Parse(address.Text)
	if err != nil {
		return
	}
	password, has := u.User.Password()
	switch {
	case has && password != concealed && password != "":
		r.fault(address, append(path, "url"), "a password has no place in a declaration", "write it into a file, and name that with password_file")
	case file != nil:
		r.withPassword(address, file, u, path)
	case u.User != nil && password != concealed && u.User.Username() != concealed:
		r.fault(address, append(path, "url"), "there is a user, and no password", "name a file that has it with password_file")
	}
}

// withPassword reads the first line of a file: the password of the user in the URL,
// or USER:PASSWORD where it names none.
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
		r.fault(file, path, "its first line is no password", "")
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
