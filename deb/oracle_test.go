package deb_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/testkit"
)

// run returns both outputs of a program, and fails the test if the program is missing.
func run(t *testing.T, stdin, program string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is missing: install the Debian packages dpkg, dpkg-dev and perl", program)
	}
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, _ := cmd.CombinedOutput()
	return string(out)
}

// realValues returns the distinct values of some fields in a real Packages index,
// in their order.
func realValues(t testing.TB, fields ...string) []string {
	t.Helper()
	text, err := testkit.Packages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	seen := map[string]bool{}
	sc := deb822.NewScanner(bytes.NewReader(text), deb822.Options{})
	for sc.Next() {
		for _, field := range fields {
			if value := sc.Stanza().Get(field); len(value) > 0 && !seen[string(value)] {
				seen[string(value)] = true
				values = append(values, string(value))
			}
		}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	if len(values) < 1000 {
		t.Fatalf("only %d values of %s", len(values), fields)
	}
	return values
}

// claim states how two versions compare.
type claim struct{ a, operator, b string }

// claimed returns the claim that follows from Compare.
func claimed(a, b string) claim {
	return claim{a, map[int]string{-1: "<<", 0: "=", 1: ">>"}[deb.Compare(a, b)], b}
}

// untrue returns the claims that dpkg refutes. It asks dpkg in one
// run: each claim becomes an installed package of version a, and one to
// configure that depends on it with operator and b.
func untrue(t *testing.T, claims []claim) []claim {
	t.Helper()
	var status strings.Builder
	for i, c := range claims {
		fmt.Fprintf(&status, "Package: has%d\nStatus: install ok installed\nMaintainer: x\nArchitecture: all\nVersion: %s\nDescription: x\n\n", i, c.a)
		fmt.Fprintf(&status, "Package: asks%d\nStatus: install ok unpacked\nMaintainer: x\nArchitecture: all\nVersion: 1\nDepends: has%d (%s %s)\nDescription: x\n\n",
			i, i, c.operator, c.b)
	}
	dir := t.TempDir()
	for _, folder := range []string{"updates", "info", "triggers"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"status": status.String(), "available": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	out := run(t, "", "dpkg", "--admindir="+dir, "--no-act", "--abort-after=1000000", "--configure", "--pending")
	var refused []claim
	configured := 0
	for line := range strings.Lines(out) {
		if number, found := strings.CutPrefix(line, "dpkg: dependency problems prevent configuration of asks"); found {
			i, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(number), ":"))
			if err != nil {
				t.Fatal(err)
			}
			refused = append(refused, claims[i])
		}
		if strings.HasPrefix(line, "Setting up asks") {
			configured++
		}
	}
	if configured+len(refused) != len(claims) {
		t.Fatalf("dpkg answered %d claims, not %d: %.2000s", configured+len(refused), len(claims), out)
	}
	return refused
}

func TestDpkgTellsWrongClaims(t *testing.T) {
	t.Parallel()
	right := []claim{{"1", "=", "1-0"}, {"1~", "<<", "1"}}
	wrong := []claim{{"1", "<<", "1"}, {"1", ">>", "2"}, {"1", "=", "1.0"}}
	got := map[claim]bool{}
	for _, c := range untrue(t, slices.Concat(right, wrong)) {
		got[c] = true
	}
	if want := map[claim]bool{wrong[0]: true, wrong[1]: true, wrong[2]: true}; !maps.Equal(got, want) {
		t.Errorf("dpkg refused %v, want %v", got, want)
	}
}

func TestDpkgAgreesOnEveryPairOfARealIndex(t *testing.T) {
	t.Parallel()
	versions := realValues(t, "Version")
	var claims []claim
	for i := range versions[1:] {
		claims = append(claims, claimed(versions[i], versions[i+1]), claimed(versions[i+1], versions[i]))
	}
	if refused := untrue(t, claims); len(refused) > 0 {
		t.Errorf("dpkg does not agree that %v", refused)
	}
}

func TestDpkgAgreesOnMadeUpVersions(t *testing.T) {
	t.Parallel()
	// Versions that dpkg accepts, of few characters, so that equal beginnings
	// and equal versions are common.
	version := rapid.Custom(func(t *rapid.T) string {
		epoch := rapid.SampledFrom([]string{"", "", "0:", "1:", "01:"}).Draw(t, "epoch")
		upstream := rapid.StringMatching(`[019]([019aZ.+~-]{0,7}[019aZ.+~])?`).Draw(t, "upstream")
		return epoch + upstream + rapid.SampledFrom([]string{"", "-0", "-1", "-0~", "-00a", "-1+b1", "-~1"}).Draw(t, "revision")
	})
	var claims []claim
	for seed := range 10_000 {
		claims = append(claims, claimed(version.Example(2*seed), version.Example(2*seed+1)))
	}
	if refused := untrue(t, claims); len(refused) > 0 {
		t.Errorf("dpkg does not agree that %v", refused)
	}
}

func TestDpkgMatchesTheSameArchitectures(t *testing.T) {
	t.Parallel()
	wildcards := strings.Fields(`any linux-any any-amd64 any-arm any-arm64 any-i386 any-mips64 gnu-any-any musl-any-any
		gnu-linux-any gnu-any-amd64 musl-linux-any any-gnu-linux-any eabihf-any-any-any eabihf-gnu-linux-arm base-any-any-any
		base-gnu-linux-amd64 x32-any-any-any hurd-any kfreebsd-any bsd-any-any uclibc-any-any linux-amd64 linux-armhf amd64
		armhf arm x32 mips64el musl-linux-armhf any-any any-any-any any-any-any-any nonsense nonsense-any any-nonsense linux`)
	script := `use Dpkg::Arch qw(get_valid_arches debarch_is);
		for my $a (get_valid_arches()) { print "$a"; for my $w (@ARGV) { print " $w" if debarch_is($a, $w) } print "\n" }`
	out := run(t, "", "perl", append([]string{"-e", script}, wildcards...)...)
	if n := strings.Count(out, "\n"); n < 300 {
		t.Fatalf("dpkg knows %d architectures (install libdpkg-perl): %s", n, out)
	}
	for line := range strings.Lines(out) {
		names := strings.Fields(line)
		matched := []string{names[0]}
		for _, w := range wildcards {
			if deb.ArchitectureMatches(names[0], w) {
				matched = append(matched, w)
			}
		}
		if got, want := strings.Join(matched, " "), strings.Join(names, " "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestDpkgArchitectureAnswersTheSame(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{{"amd64", "linux-any"}, {"armhf", "any-arm"}, {"hurd-i386", "linux-any"}, {"x32", "any-amd64"}} {
		err := exec.Command("dpkg-architecture", "-a", c[0], "-i", c[1]).Run()
		if got := deb.ArchitectureMatches(c[0], c[1]); got != (err == nil) {
			t.Errorf("%s is %s: got %v, dpkg-architecture (of dpkg-dev) says %v", c[0], c[1], got, err)
		}
	}
}

func TestDpkgReadsEveryRealRelationTheSame(t *testing.T) {
	t.Parallel()
	fields := realValues(t, "Depends")
	script := `use Dpkg::Deps; while (<STDIN>) { chomp;
		my $d = deps_parse($_, use_arch => 1, reduce_arch => 0, use_profiles => 1); print defined $d ? $d->output() : "?", "\n" }`
	// Every tenth: the Perl modules take a while.
	var asked, ours strings.Builder
	for i := 0; i < len(fields); i += 10 {
		relations, err := deb.ParseRelations(fields[i])
		if err != nil {
			t.Fatal(err)
		}
		asked.WriteString(fields[i] + "\n")
		ours.WriteString(relations.String() + "\n")
	}
	if got := run(t, asked.String(), "perl", "-e", script); got != ours.String() {
		t.Errorf("deps_parse (of libdpkg-perl) reads them otherwise: %.300s", got)
	}
}

func TestEveryRealRelationParsesAndComesBack(t *testing.T) {
	t.Parallel()
	for _, value := range realValues(t, "Depends", "Pre-Depends", "Recommends", "Provides", "Conflicts", "Breaks") {
		relations, err := deb.ParseRelations(value)
		if err != nil {
			t.Fatal(err)
		}
		if relations.String() != value {
			t.Errorf("%q comes back as %q", value, relations)
		}
	}
}

func BenchmarkParseRelations(b *testing.B) {
	fields := realValues(b, "Depends")
	size := 0
	for _, f := range fields {
		size += len(f)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range fields {
			if _, err := deb.ParseRelations(f); err != nil {
				b.Fatal(err)
			}
		}
	}
}
