package imports_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/imports"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/testkit"
	"github.com/google/go-cmp/cmp"
)

func TestRepreproIsImportedWhole(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		t := h.TB
		dir := t.TempDir()
		r, err := testkit.FurnishedReprepro(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		in := imports.ImportPlan{From: imports.FromReprepro, Root: r.Base()}
		foreseen := apptest.Must(h.Imports.Plan(h.Ctx, in))(t)
		got := importAll(h, in)
		want := map[string]string{"repo bookworm": "new", "repo other": "new", "publication . bookworm": "new", "publication . other": "new"}
		if diff := cmp.Diff(want, statuses(got)); diff != "" || got.Added != 6 || foreseen.Added != 6 {
			t.Errorf("%d packages of %d foreseen (-want +got):\n%s%v", got.Added, foreseen.Added, diff, got.Warnings)
		}
		listed := []string{}
		for _, p := range apptest.Must(h.Collections.Packages(h.Ctx, collections.Ref{Kind: "repo", Name: "bookworm"}, collections.Terms{}, usecase.Page{}))(t).Items {
			listed = append(listed, strings.Join([]string{p.Component, p.Type, p.Name, p.Version, p.Architecture, p.Section}, " "))
		}
		slices.Sort(listed)
		if diff := cmp.Diff([]string{
			"contrib deb blob 7 arm64 contrib/misc", "main deb hello 1:2.10-3 amd64 misc", "main deb hello-doc 2.10-3 all doc",
			"main source hello 1:2.10-3 source devel", "main udeb hello-udeb 2.10-3 amd64 misc",
		}, listed); diff != "" {
			t.Errorf("the repo (-want +got):\n%s", diff)
		}
		p := apptest.Must(h.Publications.Get(h.Ctx, ".", "bookworm"))(t)
		if o := p.Options; o.Origin != "Our Origin" || o.Suite != "stable" || o.Version != "12" || o.Contents == "" || !o.Unsigned ||
			!slices.Equal(p.Components, []string{"main", "contrib"}) {
			t.Errorf("the publication is %+v", p)
		}
		if o := apptest.Must(h.Publications.Get(h.Ctx, ".", "other"))(t).Options; !o.NotAutomatic || o.Contents != "" {
			t.Errorf("the other publication is %+v", o)
		}

		if again := importAll(h, in); again.Added != 0 {
			t.Errorf("the second time: %+v", again)
		}
		if _, err := r.Run(t.Context(), "-C", "contrib", "includedeb", "bookworm", filepath.Join(dir, "incoming", "hello_2.10-3_amd64.deb")); err != nil {
			t.Fatal(err)
		}
		if more := importAll(h, in); more.Added != 1 || statuses(more)["publication . bookworm"] != "changed" || statuses(more)["publication . other"] != "unchanged" {
			t.Errorf("after one more package: %+v", more)
		}
		if text := h.Read("dists/bookworm/Release"); !strings.Contains(text, "Label: Our Label\n") {
			t.Errorf("Release is\n%s", text)
		}
	})
}
