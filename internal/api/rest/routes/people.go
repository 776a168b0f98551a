package routes

import (
	"net/http"
	"time"

	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Routes of persons, roles, tokens, key pairs, sessions and the audit log.
var (
	ListAudit          = get[ListAuditInput, usecase.List[audit.AuditEntry]]("list-audit", "/v1/audit", "List who did what, newest first")
	ListPersons        = get[ListPersonsInput, usecase.List[people.Person]]("list-persons", "/v1/persons", "List persons in the order they were made")
	CreatePerson       = post[Body[people.NewPerson], people.Person]("create-person", "/v1/persons", "Create a person", http.StatusCreated)
	GetPerson          = get[PersonRef, people.Person]("get-person", "/v1/persons/{person}", "Get a person")
	EditPerson         = patch[EditPersonInput, people.Person]("edit-person", "/v1/persons/{person}", "Change the name, roles or password of a person, or disable it")
	ListInvitations    = get[Paging, usecase.List[people.Invitation]]("list-invitations", "/v1/invitations", "List invitations that can still be accepted")
	InvitePerson       = post[Body[people.NewInvitation], people.Invitation]("invite-person", "/v1/invitations", "Invite somebody; the code is to be passed on, since no mail is sent", http.StatusCreated)
	WithdrawInvitation = drop[WithdrawInvitationInput]("withdraw-invitation", "/v1/invitations/{email}", "Withdraw an invitation")
	ListTokens         = get[Paging, usecase.List[people.Token]]("list-tokens", "/v1/tokens", "List tokens, also revoked ones, in the order they were made")
	CreateToken        = post[Body[NewToken], CreatedToken]("create-token", "/v1/tokens", "Create a token", http.StatusCreated)
	RevokeToken        = drop[Named]("revoke-token", "/v1/tokens/{name}", "End a token at once")
	ListPermissions    = get[None, usecase.List[people.PermissionInfo]]("list-permissions", "/v1/permissions", "List what roles are made of")
	ListRoles          = get[ByNames, usecase.List[people.Role]]("list-roles", "/v1/roles", "List the roles of persons")
	CreateRole         = post[Body[people.NewRole], people.Role]("create-role", "/v1/roles", "Create a role", http.StatusCreated)
	GetRole            = get[Named, people.Role]("get-role", "/v1/roles/{name}", "Get a role")
	EditRole           = patch[NamedBody[people.RoleEdit], people.Role]("edit-role", "/v1/roles/{name}", "Change what a role allows, where, and who has it")
	CopyRole           = post[NamedBody[RoleCopy], people.Role]("copy-role", "/v1/roles/{name}/copy", "Create a role with the permissions and access groups of another one", http.StatusCreated)
	DropRole           = drop[Named]("drop-role", "/v1/roles/{name}", "Remove a role; who had it loses its rights")
	ListAccessGroups   = get[ByNames, usecase.List[people.AccessGroup]]("list-access-groups", "/v1/access-groups", "List the access groups")
	CreateAccessGroup  = post[Body[people.NewAccessGroup], people.AccessGroup]("create-access-group", "/v1/access-groups", "Create an access group below another one", http.StatusCreated)
	DropAccessGroup    = remove[Named, people.AccessGroup]("drop-access-group", "/v1/access-groups/{name}", "Remove an access group, and get the one above it, to which what is in it moves")
	ListKeyPairs       = get[ListKeyPairsInput, usecase.List[people.KeyPair]]("list-keypairs", "/v1/keypairs", "List key pairs, also revoked ones, in the order they were made")
	CreateKeyPair      = post[Body[NewKeyPair], CreatedKeyPair]("create-keypair", "/v1/keypairs", "Create a key pair for a person", http.StatusCreated)
	RevokeKeyPair      = drop[RevokeKeyPairInput]("revoke-keypair", "/v1/keypairs/{key}", "End a key pair at once")
	AcceptInvitation   = open(post[Body[Acceptance], people.Person]("accept-invitation", "/v1/invitations/accept", "Become a person by the code of an invitation; nobody needs a token for it", http.StatusCreated))
	LogIn              = open(post[Body[Login], people.Session]("login", "/v1/sessions", "Begin a session of a person; its token is sent as a Bearer token", http.StatusCreated))
)

// PersonRef is a path that names a person.
type PersonRef struct {
	Person string `path:"person" maxLength:"254" doc:"A mail address, or the id"`
}

// Acceptance is the code of an invitation, and the password of the new person.
type Acceptance struct {
	Code     string `json:"code" maxLength:"100"`
	Password string `json:"password" doc:"At least 8 characters"`
}

// Login identifies a person by mail address and password, or by a key pair.
type Login struct {
	Email     string        `json:"email,omitempty" maxLength:"254"`
	Password  string        `json:"password,omitempty"`
	AccessKey string        `json:"access_key,omitempty" maxLength:"100"`
	SecretKey string        `json:"secret_key,omitempty" maxLength:"100"`
	ValidFor  time.Duration `json:"valid_for,omitempty" doc:"Nanoseconds; a day if 0, 30 days at most"`
}

// NewToken is the request for a token.
type NewToken struct {
	Name     string        `json:"name"`
	Role     string        `json:"role" enum:"admin,publisher,reader"`
	ValidFor time.Duration `json:"valid_for,omitempty" doc:"Nanoseconds; 0 for ever"`
}

// CreatedToken is a token with its secret, which no other answer has.
type CreatedToken struct {
	people.Token
	Secret string `json:"secret" doc:"What its bearer sends"`
}

// ByNames chooses things by name in a list.
type ByNames struct {
	Paging
	Names []string `query:"name,explode" maxItems:"500" doc:"Only those of these names"`
}

// RoleCopy is the request for a copy of a role.
type RoleCopy struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty" doc:"That of the other role if empty"`
}

// NewKeyPair is the request for a key pair.
type NewKeyPair struct {
	Person string `json:"person" maxLength:"254" doc:"A mail address, or the id"`
}

// CreatedKeyPair is a key pair with its secret key, which no other answer has.
type CreatedKeyPair struct {
	people.KeyPair
	SecretKey string `json:"secret_key" doc:"What programs sign with"`
}

// ListAuditInput is the input of [ListAudit].
type ListAuditInput struct {
	Paging
	Who     string    `query:"who"`
	Action  string    `query:"action" doc:"Such as mirror.create"`
	Subject string    `query:"subject" doc:"Such as mirror:bookworm"`
	Since   time.Time `query:"since" doc:"Inclusive"`
	Until   time.Time `query:"until" doc:"Exclusive"`
}

// ListPersonsInput is the input of [ListPersons].
type ListPersonsInput struct {
	Paging
	Role  string `query:"role" maxLength:"100" doc:"Only those who have it"`
	State string `query:"state" enum:"enabled,disabled"`
}

// EditPersonInput is the input of [EditPerson].
type EditPersonInput struct {
	PersonRef
	Body people.PersonEdit
}

// WithdrawInvitationInput is the input of [WithdrawInvitation].
type WithdrawInvitationInput struct {
	Email string `path:"email" maxLength:"254"`
}

// ListKeyPairsInput is the input of [ListKeyPairs].
type ListKeyPairsInput struct {
	Paging
	Person string `query:"person" maxLength:"254" doc:"Only those of this person"`
}

// RevokeKeyPairInput is the input of [RevokeKeyPair].
type RevokeKeyPairInput struct {
	AccessKey string `path:"key" maxLength:"100" doc:"The access key"`
}
