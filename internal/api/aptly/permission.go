package aptly

import (
	"net/http"
	"strings"

	"github.com/aptarium/aptarium/internal/app/usecase"
)

// needs tells what a caller must be allowed for a route. The application decides;
// this is asked first, so that whoever may not do a thing neither has their body
// read nor leaves a task behind.
func (r *route) needs() usecase.Permission {
	if r.method == http.MethodGet {
		return usecase.MayRead
	}
	area, _, _ := strings.Cut(r.pattern, "/")
	switch area {
	case "gpg":
		return usecase.MayKeys
	case "db":
		return usecase.MayAdmin
	case "publish":
		return usecase.MayPublish
	case "files":
		return usecase.MayUpload
	case "repos":
		if strings.HasSuffix(r.pattern, "/snapshots") {
			return usecase.MayMirror
		}
		return usecase.MayUpload
	}
	return usecase.MayMirror // of mirrors, snapshots and tasks
}

// Bounds of bodies. Uploads are bounded by the disk alone.
const (
	maxBody = 8 << 20  // keys of a keyring
	maxKeys = 32 << 20 // hundreds of thousands of package keys
)

// longest gives how long the body of a route may be.
func (r *route) longest() int64 {
	if r.pattern == "repos/:name/packages" || r.pattern == "snapshots" {
		return maxKeys
	}
	return maxBody
}
