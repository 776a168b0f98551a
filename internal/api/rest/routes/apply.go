package routes

import (
	"net/http"

	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/app/imports"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Routes of declarations and imports.
var (
	PlanApply         = post[Body[apply.ApplyRequest], apply.ApplyPlan]("plan-apply", "/v1/apply/plan", "Tell what an apply of a declaration would do, and all that is wrong with it", http.StatusOK)
	Apply             = post[Body[apply.ApplyRequest], usecase.Activity]("apply", "/v1/apply", "Start to bring about what a declaration states", http.StatusAccepted)
	ExportDeclaration = get[None, apply.Export]("export", "/v1/export", "Get a declaration of what there is")
	PlanImport        = post[Body[imports.ImportPlan], imports.ImportSummary]("plan-import", "/v1/imports/plan", "Tell what an import from another program would bring over", http.StatusOK)
	Import            = post[Body[imports.ImportPlan], usecase.Activity]("import", "/v1/imports", "Start to bring over the repositories of another program", http.StatusAccepted)
)
