package landscape

import (
	"context"
	"strings"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// rbac is the heading of the actions for permissions.
const rbac = "Role based access control"

func accessGroupActions() []Action {
	return []Action{
		createAccessGroupAction(),
		action(Action{
			Name: "RemoveAccessGroup", Group: rbac,
			Doc:     "Remove an access group. What is in it and the groups below it move to its parent.",
			Errors:  []string{codeUnknownAccessGroup, codeInvalidAccessGroup, codeUnauthorised},
			Returns: "The parent as it is then.",
		}, removeAccessGroup),
		action(Action{
			Name: "GetAccessGroups", Group: rbac,
			Doc:     "List access groups by name: all, or those that are named. A name that is not known is passed over.",
			Returns: "A list of access groups.",
		}, getAccessGroups),
	}
}

// createAccessGroupAction returns the one action whose parameters differ by version: in
// 2013-11-04 it has a name instead of a title.
func createAccessGroupAction() Action {
	entry := Action{
		Name: "CreateAccessGroup", Group: rbac,
		Doc: "Create an access group below another one. Its name is the title in lower case, with - for blanks, and without what is no letter, " +
			"digit, - or full stop. In version 2013-11-04 it takes name, description (which becomes the title) and parent instead.",
		Errors:  []string{codeDuplicateAccessGroup, codeInvalidAccessGroup, codeUnknownAccessGroup, codeUnauthorised},
		Returns: "The access group.",
	}
	usual, other := action(entry, createAccessGroup), action(entry, createNamedAccessGroup)
	created := usual
	created.run = func(ctx context.Context, c *call, sent wire.Values) (any, error) {
		if c.version == Versions()[0] {
			return usual.run(ctx, c, sent)
		}
		return other.run(ctx, c, sent)
	}
	return created
}

// shownAccessGroup is an access group as clients see it, without lists.
type shownAccessGroup struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Parent   string `json:"parent"`   // empty for the root
	Children string `json:"children"` // names, with commas between
}

func showAccessGroup(g people.AccessGroup) shownAccessGroup {
	return shownAccessGroup{Name: g.Name, Title: g.Title, Parent: g.Parent, Children: strings.Join(g.Children, ",")}
}

func createAccessGroup(ctx context.Context, c *call, in struct {
	Title  string `param:"title,title" doc:"The title of the access group."`
	Parent string `param:"parent,optional" default:"global" doc:"The name of the access group above it."`
	Name   string `param:"name,optional" doc:"Another name than the one that follows from the title."`
}) (any, error) {
	g, err := c.app.People.CreateAccessGroup(ctx, people.NewAccessGroup{Name: people.AccessGroupName(in.Name), Title: in.Title, Parent: in.Parent})
	return showAccessGroup(g), err
}

func createNamedAccessGroup(ctx context.Context, c *call, in struct {
	Name        string `param:"name,line" doc:"The name of the access group."`
	Description string `param:"description,optional" doc:"Its title."`
	Parent      string `param:"parent,optional" default:"global" doc:"The name of the access group above it."`
}) (any, error) {
	name, title := people.AccessGroupName(in.Name), in.Description
	if name == "" || title == "" {
		title = in.Name
	}
	g, err := c.app.People.CreateAccessGroup(ctx, people.NewAccessGroup{Name: name, Title: title, Parent: in.Parent})
	return showAccessGroup(g), err
}

func removeAccessGroup(ctx context.Context, c *call, in struct {
	Name string `param:"name" doc:"The name of the access group."`
}) (any, error) {
	parent, err := c.app.People.DropAccessGroup(ctx, in.Name)
	return showAccessGroup(parent), err
}

func getAccessGroups(ctx context.Context, c *call, in struct {
	Names []string `param:"names,optional" doc:"The names of the access groups; all if there are none."`
}) (any, error) {
	return every(ctx, func(ctx context.Context, p usecase.Page) (usecase.List[people.AccessGroup], error) {
		return c.app.People.AccessGroups(ctx, in.Names, p)
	}, showAccessGroup)
}
