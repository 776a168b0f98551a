package testkit_test

import (
	"context"
	"fmt"
	"os"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// A real client installs from an archive that was made up a moment ago.
func Example() {
	if err := installGreeting(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: installed greeting 1.0
}

func installGreeting(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	key, err := testkit.NewKey("Example archive")
	if err != nil {
		return err
	}
	archive := testkit.Archive{Suites: []testkit.Suite{{
		Codename: "stable",
		Packages: []testkit.Package{{Name: "greeting", Version: "1.0", Architecture: "all"}},
		Keys:     []*openpgp.SecretKey{key},
	}}}
	if err := archive.Write(ctx, dir+"/archive"); err != nil {
		return err
	}
	upstream := testkit.NewUpstream(dir + "/archive")
	defer upstream.Close()
	source, err := testkit.AptSource(upstream.URL(), "stable", "main", key.Public())
	if err != nil {
		return err
	}
	apt, err := testkit.NewApt(dir+"/client", testkit.AptOptions{Sources: source})
	if err != nil {
		return err
	}
	if _, err := apt.Update(ctx); err != nil {
		return err
	}
	if _, err := apt.Install(ctx, "greeting"); err != nil {
		return err
	}
	version, err := apt.InstalledVersion(ctx, "greeting")
	fmt.Println("installed greeting", version)
	return err
}
