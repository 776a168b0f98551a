package aptlyroot

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/ugorji/go/codec"

	"github.com/aptarium/aptarium/internal/problem"
)

// message encodes a value as aptly does.
func message(t testing.TB, value any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := codec.NewEncoder(&b, &codec.MsgpackHandle{}).Encode(value); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// made returns a root with the given records.
func made(t testing.TB, records map[string][]byte) *Root {
	t.Helper()
	c := Config{RootDir: t.TempDir()}
	db, err := leveldb.OpenFile(c.Database(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range records {
		if err := db.Put([]byte(key), value, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestADamagedRecordDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	r := made(t, map[string][]byte{
		"L1": message(t, map[string]any{"UUID": "1", "Name": "first"}),
		"L2": []byte("\xdf\xff\xff\xff\xff"),
		"L3": message(t, map[string]any{"UUID": "3", "Name": "third", "Future": []int{1, 2}}),
	})
	var names, faults []string
	for repo, err := range r.Repos() {
		if err != nil {
			faults = append(faults, err.Error())
			continue
		}
		names = append(names, repo.Name)
	}
	if strings.Join(names, " ") != "first third" || len(faults) != 1 || !strings.Contains(faults[0], `"L2"`) {
		t.Errorf("found %v, and the errors %v", names, faults)
	}
}

func TestTimesOfAllVersions(t *testing.T) {
	t.Parallel()
	at := time.Date(2013, 12, 24, 18, 30, 0, 5000, time.UTC)
	old, err := at.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var extended bytes.Buffer
	handle := codec.MsgpackHandle{WriteExt: true}
	if err := codec.NewEncoder(&extended, &handle).Encode(map[string]any{"CreatedAt": at}); err != nil {
		t.Fatal(err)
	}
	for name, record := range map[string][]byte{
		"as raw bytes":     message(t, map[string]any{"CreatedAt": at}),
		"as an extension":  extended.Bytes(),
		"as Go's own form": message(t, map[string]any{"CreatedAt": old}),
	} {
		for s, err := range made(t, map[string][]byte{"S1": record}).Snapshots() {
			if err != nil || !s.CreatedAt.Equal(at) {
				t.Errorf("%s: %v, %v", name, s.CreatedAt, err)
			}
		}
	}
	for _, err := range made(t, map[string][]byte{"S1": message(t, map[string]any{"CreatedAt": "yesterday"})}).Snapshots() {
		if !problem.Is(err, problem.Invalid) {
			t.Errorf("a time that is none gives %v", err)
		}
	}
}

func TestOldPublicationsHaveOneSource(t *testing.T) {
	t.Parallel()
	r := made(t, map[string][]byte{"U.>>x": message(t, map[string]any{"Component": "main", "SnapshotUUID": "s", "Prefix": "."})})
	for p, err := range r.Publications() {
		if err != nil || p.SourceKind != FromSnapshot || p.Sources["main"] != "s" {
			t.Errorf("%+v, %v", p, err)
		}
	}
}

func TestBadListsAndPackagesAreTold(t *testing.T) {
	t.Parallel()
	const key = "Pamd64 x 1 00000001"
	current := append([]byte(currentForm), message(t, map[string]any{"Name": "x"})...)
	files := message(t, []File{{Filename: "x.deb"}})
	fields := message(t, map[string]string{})
	for name, c := range map[string]struct {
		records map[string][]byte
		read    func(*Root) error
		want    problem.Kind
	}{
		"a list of other things":   {map[string][]byte{"E1": message(t, map[string]any{"Refs": []string{"Lx"}})}, listOf, problem.Invalid},
		"a list that is a number":  {map[string][]byte{"E1": message(t, 7)}, listOf, problem.Invalid},
		"a list in buckets":        {map[string][]byte{"E1": message(t, map[string]any{"Buckets": []string{"x"}})}, listOf, problem.Invalid},
		"a list that is cut":       {map[string][]byte{"E1": message(t, map[string]any{"Refs": []string{key}})[:12]}, listOf, problem.Invalid},
		"no package":               {nil, packageOf(key), problem.NotFound},
		"a package of old":         {map[string][]byte{key: message(t, map[string]any{"Name": "x"})}, packageOf(key), problem.Invalid},
		"a package without files":  {map[string][]byte{key: current}, packageOf(key), problem.NotFound},
		"a package of no files":    {map[string][]byte{key: current, "xF" + key: message(t, []File{})}, packageOf(key), problem.Invalid},
		"a package without fields": {map[string][]byte{key: current, "xF" + key: files}, packageOf(key), problem.NotFound},
		"fields of numbers":        {map[string][]byte{key: current, "xF" + key: files, "xE" + key: message(t, []int{1})}, packageOf(key), problem.Invalid},
		"a whole package":          {map[string][]byte{key: current, "xF" + key: files, "xE" + key: fields}, packageOf(key), ""},
	} {
		err := c.read(made(t, c.records))
		if (c.want == "") != (err == nil) || c.want != "" && !problem.Is(err, c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func listOf(r *Root) error {
	_, err := r.Refs("1")
	return err
}

func packageOf(key string) func(*Root) error {
	return func(r *Root) error {
		_, err := r.Package(key)
		return err
	}
}

func TestFilesAreFoundInEveryLayout(t *testing.T) {
	t.Parallel()
	r := made(t, nil)
	sum := strings.Repeat("ab", 32)
	md5 := strings.Repeat("cd", 16)
	for _, name := range []string{"aa/bb/said_x.deb", "ab/ab/" + sum[4:32] + "_x.deb", "cd/cd/old.deb", "../outside.deb"} {
		path := filepath.Join(r.Config().Pool(), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	five := Checksums{Size: 5, SHA256: sum, MD5: md5}
	for name, c := range map[string]struct {
		file File
		want string
		kind problem.Kind
	}{
		"where the record says": {File{"x.deb", five, "aa/bb/said_x.deb"}, "aa/bb/said_x.deb", ""},
		"by SHA-256":            {File{"x.deb", five, ""}, "ab/ab/" + sum[4:32] + "_x.deb", ""},
		"by MD5":                {File{"old.deb", five, ""}, "cd/cd/old.deb", ""},
		"with a folder in it":   {File{"../../cd/old.deb", five, ""}, "cd/cd/old.deb", ""},
		"of another size":       {File{"x.deb", Checksums{Size: 6, SHA256: sum}, ""}, "", problem.NotFound},
		"nowhere":               {File{"y.deb", five, ""}, "", problem.NotFound},
		"outside":               {File{"x.deb", five, "../outside.deb"}, "", problem.Invalid},
		"at an absolute path":   {File{"x.deb", five, "/etc/hostname"}, "", problem.Invalid},
		"without sums":          {File{"x.deb", Checksums{}, ""}, "", problem.NotFound},
	} {
		got, err := r.Path(c.file)
		if c.kind == "" && (err != nil || got != filepath.Join(r.Config().Pool(), c.want)) || c.kind != "" && !problem.Is(err, c.kind) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(message(f, map[string]any{"UUID": "1", "CreatedAt": time.Now(), "SourceIDs": []string{"x"}}))
	f.Add(message(f, map[string]any{"Refs": []string{"Pamd64 x 1 1"}}))
	f.Add(message(f, []File{{Filename: "x", Checksums: Checksums{Size: 1}}}))
	f.Add(message(f, Mirror{Name: "x", Meta: map[string]string{"Origin": "y"}}))
	f.Add([]byte("\xdd\xff\xff\xff\xff"))
	var r Root
	r.messages.MaxDepth, r.messages.MaxInitLen = maxDepth, 1<<16
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, into := range []any{
			new(Repo), new(Mirror), new(Snapshot), new(Publication), new(Package), new([]File), new(map[string]string), new(struct{ Refs [][]byte }),
		} {
			if err := r.decode([]byte("key"), data, into); err != nil && !problem.Is(err, problem.Invalid) {
				t.Errorf("an error of kind %s: %v", problem.KindOf(err), err)
			}
		}
	})
}
