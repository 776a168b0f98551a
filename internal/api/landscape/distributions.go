package landscape

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

func distributionActions() []Action {
	const group = "Distributions"
	return []Action{
		action(Action{
			Name: "CreateDistribution", Group: group,
			Doc:     "Create a distribution, which has no series yet. What it comes to hold is served at repository/standalone/NAME.",
			Errors:  []string{codeDuplicateDistribution, codeUnknownAccessGroup, codeInvalidParameterValue, codeUnauthorised},
			Returns: "The distribution.",
		}, createDistribution),
		action(Action{
			Name: "GetDistributions", Group: group,
			Doc:     "List distributions with their series and pockets: all, or those that are named. A name that is not known is passed over.",
			Errors:  []string{codeUnauthorised},
			Returns: "A list of distributions.",
		}, getDistributions),
		action(Action{
			Name: "RemoveDistribution", Group: group,
			Doc:    "Remove a distribution with its series and pockets.",
			Errors: []string{codeUnknownDistribution, codeOperationInProgress, codeUnauthorised},
		}, removeDistribution),
	}
}

// shownDistribution is a distribution as clients see it.
type shownDistribution struct {
	Name         string        `json:"name"`
	AccessGroup  string        `json:"access_group"`
	CreationTime wire.Moment   `json:"creation_time"`
	Series       []shownSeries `json:"series"`
}

func showDistribution(d pockets.Distribution) shownDistribution {
	return shownDistribution{Name: d.Name, AccessGroup: d.AccessGroup, CreationTime: wire.Moment(d.CreatedAt), Series: usecase.Map(d.Series, showSeries)}
}

func createDistribution(ctx context.Context, c *call, in struct {
	Name        string `param:"name,name" doc:"The name."`
	AccessGroup string `param:"access_group,optional" default:"global" doc:"The access group that it belongs to."`
}) (any, error) {
	d, err := c.app.Pockets.CreateDistribution(ctx, pockets.NewDistribution{Name: in.Name, AccessGroup: in.AccessGroup})
	return showDistribution(d), theirWords(err)
}

func getDistributions(ctx context.Context, c *call, in struct {
	Names []string `param:"names,optional" doc:"The names of the distributions; all if there are none."`
}) (any, error) {
	list, err := c.app.Pockets.Distributions(ctx, in.Names)
	return usecase.Map(list, showDistribution), err
}

func removeDistribution(ctx context.Context, c *call, in struct {
	Name string `param:"name" doc:"The name of the distribution."`
}) (any, error) {
	return nil, theirWords(c.app.Pockets.DropDistribution(ctx, in.Name))
}
