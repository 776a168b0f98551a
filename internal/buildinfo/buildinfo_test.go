package buildinfo

import (
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheLinkerHasTheLastWord(t *testing.T) {
	t.Parallel()
	build := &debug.BuildInfo{
		Main:     debug.Module{Version: "v1.2.3"},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}},
	}
	for name, test := range map[string]struct{ linked, module, want string }{
		"linked":              {"v2.0.0", "v1.2.3", "v2.0.0"},
		"built as a module":   {"", "v1.2.3", "v1.2.3"},
		"built from a folder": {"", "(devel)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := *build
			b.Main.Version = test.module
			got := Info{Version: test.linked}
			got.add(&b)
			if diff := cmp.Diff(Info{Version: test.want, Revision: "abc", Modified: true}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAVersionIsNeverEmpty(t *testing.T) {
	t.Parallel()
	if got := Read(); got.Version == "" || got.Go == "" || got.Platform == "" {
		t.Errorf("%+v", got)
	}
}
