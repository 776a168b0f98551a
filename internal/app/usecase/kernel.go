package usecase

import (
	"log/slog"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/hold"
)

// Kernel holds the parts that the services of all nouns share. A service keeps its kernel
// unexported, so no dialect reaches a store or an engine through the door.
type Kernel struct {
	DB       *db.DB
	Pool     blob.Store
	Holds    *hold.Node
	Engine   *activity.Engine
	Catalog  *catalog.Store
	Access   *access.Store
	Settings *Settings
	Log      *slog.Logger
	Now      func() time.Time

	jobs  Jobs
	kinds map[string]kindRules
}
