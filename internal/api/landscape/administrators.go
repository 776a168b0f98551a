package landscape

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

func administratorActions() []Action {
	const group = "Administrators"
	return []Action{
		action(Action{
			Name: "InviteAdministrator", Group: group,
			Doc: "Invite a person. No mail is sent: the code in the answer is to be passed on, and whoever has it can accept within 14 days.",
			Errors: []string{
				codeRepeatedInvitation, codeUnknownRole, codeInvalidEmailAddress, codeMaximumAccountAdministrators, codeUnauthorised,
			},
			Returns: "The invitation, with its code as secure_id.",
		}, inviteAdministrator),
		action(Action{
			Name: "GetAdministrators", Group: group, Doc: "List the persons that are not disabled.",
			Errors: []string{codeUnauthorised}, Returns: "A list of persons with their roles.",
		}, getAdministrators),
		action(Action{
			Name: "DisableAdministrator", Group: group, Doc: "Lock a person out at once. Nobody disables himself.",
			Errors: []string{codeUnknownUser, codePersonNotMemberOfAccount, codeSelfRevokeGlobalAdmin, codeUnauthorised},
		}, disableAdministrator),
	}
}

type inviteAdministratorParameters struct {
	Name  string   `param:"name,title" doc:"The name of the person."`
	Email string   `param:"email,line" doc:"The mail address of the person."`
	Roles []string `param:"roles,optional" doc:"The names of the person's roles; GlobalAdmin if there are none."`
}

// invitation is an invitation as clients see it.
type invitation struct {
	ID           int64       `json:"id"`
	SecureID     string      `json:"secure_id"`
	Name         string      `json:"name"`
	Email        string      `json:"email"`
	Roles        []string    `json:"roles"`
	CreationTime wire.Moment `json:"creation_time"`
}

func inviteAdministrator(ctx context.Context, c *call, in inviteAdministratorParameters) (any, error) {
	made, err := c.app.People.Invite(ctx, people.NewInvitation{Name: in.Name, Email: in.Email, Roles: in.Roles})
	return invitation{made.ID, made.Code, made.Name, made.Email, made.Roles, wire.Moment(made.CreatedAt)}, err
}

// administrator is a person as clients see it.
type administrator struct {
	ID    int64    `json:"id"`
	Name  string   `json:"name"`
	Email string   `json:"email"`
	Roles []string `json:"roles"`
}

func getAdministrators(ctx context.Context, c *call, _ none) (any, error) {
	return every(ctx, func(ctx context.Context, p usecase.Page) (usecase.List[people.Person], error) {
		return c.app.People.List(ctx, people.PersonFilter{State: "enabled"}, p)
	}, func(p people.Person) administrator { return administrator{p.ID, p.Name, p.Email, p.Roles} })
}

func disableAdministrator(ctx context.Context, c *call, in struct {
	Email string `param:"email" doc:"The mail address of the person."`
}) (any, error) {
	return nil, c.app.People.Disable(ctx, in.Email)
}

func eventLogActions() []Action {
	return []Action{action(Action{
		Name: "GetEventLog", Group: "Event log", Doc: "List what was done in the last days, newest first.",
		Errors: []string{codeUnauthorised, codeInvalidParameterValue}, Returns: "A list of events.",
	}, getEventLog)}
}

type getEventLogParameters struct {
	Days   int64 `param:"days,optional" default:"30" doc:"How many days to look back."`
	Limit  int64 `param:"limit,optional" default:"1000" doc:"How many events at most; 1000 is the most."`
	Offset int64 `param:"offset,optional" default:"0" doc:"How many to leave out, of the newest."`
}

// event is an entry of the event log as clients see it.
type event struct {
	ID           int64       `json:"id"`
	CreationTime wire.Moment `json:"creation_time"`
	EntityID     *int64      `json:"entity_id"` // things are known by their names here
	EntityName   string      `json:"entity_name"`
	EntityType   string      `json:"entity_type"`
	Message      string      `json:"message"`
	PersonID     *int64      `json:"person_id"` // null for tokens and for the server itself
	PersonName   string      `json:"person_name"`
}

func getEventLog(ctx context.Context, c *call, in getEventLogParameters) (any, error) {
	list, err := c.app.Audit.Events(ctx, int(in.Days), int(in.Limit), int(in.Offset))
	return usecase.Map(list, func(e audit.Event) event {
		shown := event{ID: e.ID, CreationTime: wire.Moment(e.At), EntityName: e.EntityName, EntityType: e.EntityType, Message: e.Message, PersonName: e.PersonName}
		if e.PersonID != 0 {
			shown.PersonID = &e.PersonID
		}
		return shown
	}), err
}
