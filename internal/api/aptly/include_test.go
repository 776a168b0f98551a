package aptly_test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
)

// changes makes an unsigned .changes file of a package.
func changes(distribution string, f apptest.Upload) apptest.Upload {
	name, rest, _ := strings.Cut(strings.TrimSuffix(f.Name, ".deb"), "_")
	version, architecture, _ := strings.Cut(rest, "_")
	text := fmt.Sprintf(`Format: 1.8
Date: Fri, 20 Nov 2026 12:00:00 +0000
Source: %[1]s
Binary: %[1]s
Architecture: %[2]s
Version: %[3]s
Distribution: %[4]s
Urgency: medium
Maintainer: T <t@example.org>
Changed-By: T <t@example.org>
Description:
 %[1]s - test
Changes:
 %[1]s (%[3]s) %[4]s; urgency=medium
 .
   * Test.
Checksums-Sha1:
 %[5]x %[8]d %[9]s
Checksums-Sha256:
 %[6]x %[8]d %[9]s
Files:
 %[7]x %[8]d misc optional %[9]s
`, name, architecture, version, distribution, sha1.Sum(f.Data), sha256.Sum256(f.Data), md5.Sum(f.Data), len(f.Data), f.Name)
	return apptest.File(fmt.Sprintf("%s_%s_%s.changes", name, version, architecture), []byte(text))
}

func TestIncluding(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.gpgHome()
		h.post("/api/repos", `{"Name":"stable"}`).ok()
		hello := deb(h, "hello", "1", "amd64")
		h.upload("in", hello, changes("stable", hello)).ok()
		const done = `{"Report":{"Warnings":[],"Added":["hello_1_amd64 added"],"Removed":[]},"FailedFiles":[]}`
		var told struct {
			Report      struct{ Warnings, Added []string }
			FailedFiles []string
		}
		h.post("/api/repos/stable/include/in?noRemoveFiles=1", "").into(&told) // nobody signed it
		if len(told.Report.Added) != 0 || len(told.FailedFiles) != 1 || len(told.Report.Warnings) != 1 {
			h.TB.Errorf("an unsigned upload gives %+v", told)
		}
		h.post("/api/repos/stable/include/in/hello_1_amd64.changes?acceptUnsigned=1&noRemoveFiles=1", "").is(200, done)
		h.post("/api/repos/%7B%7B.Distribution%7D%7D/include/in?acceptUnsigned=1", "").is(200, done)
		h.get("/api/files").is(200, `[]`)
		h.post("/api/repos/none/include/in", "").fails(404, "local repo with name none not found")
		h.post("/api/repos/none/include/in/x.changes", "").fails(404, "local repo with name none not found")
		h.post("/api/repos/%7B%7B.Distribution/include/in", "").fails(400, "")
		h.post("/api/repos/stable/include/%2E%2E", "").fails(400, "wrong dir")
		h.upload("bad", apptest.File(hello.Name, []byte("other bytes")), changes("stable", hello)).ok()
		if h.post("/api/repos/stable/include/bad?acceptUnsigned=1", "").into(&told); len(told.Report.Added) != 0 || len(told.FailedFiles) == 0 {
			h.TB.Errorf("an upload with other bytes gives %+v", told)
		}
	})
}
