package access

import "slices"

// Permission is one thing that a role allows.
type Permission string

// Anyone is the permission of use cases that need none: the caller may be unknown.
const Anyone Permission = "anyone"

// Known is the permission of use cases for every caller who is known, with or without roles.
const Known Permission = "known"

// The permissions.
const (
	Read       Permission = "read"       // see mirrors, packages, publications, activities
	Mirror     Permission = "mirror"     // change and sync mirrors; create, change and drop snapshots
	Upload     Permission = "upload"     // change repos and the packages in them
	Publish    Permission = "publish"    // change publications
	Repository Permission = "repository" // change the distributions, series and pockets of an access group, and the packages in them
	Profile    Permission = "profile"    // change the repository profiles and APT sources of an access group
	Keys       Permission = "key"        // add, export and drop signing keys
	Events     Permission = "event-log"  // read the audit log
	ViewRoles  Permission = "view-role"  // see persons, roles and access groups
	EditRoles  Permission = "role"       // change roles and their persons, and access groups
	Persons    Permission = "person"     // invite, change and disable persons
	Admin      Permission = "admin"      // tokens, the server itself
)

// The permissions for machines, with Landscape's names.
const (
	ViewComputer         Permission = "ViewComputer"
	ManageComputer       Permission = "ManageComputer"
	AddComputer          Permission = "AddComputerToAccessGroup"
	RemoveComputer       Permission = "RemoveComputerFromAccessGroup"
	PendingComputer      Permission = "ManagePendingComputer"
	ViewScript           Permission = "ViewScript"
	ManageScript         Permission = "ManageScript"
	ExecuteScript        Permission = "ExecuteScript"
	ViewUpgradeProfile   Permission = "ViewUpgradeProfile"
	ManageUpgradeProfile Permission = "ManageUpgradeProfile"
	ViewPackageProfile   Permission = "ViewPackageProfile"
	ManagePackageProfile Permission = "ManagePackageProfile"
	ViewRemovalProfile   Permission = "ViewRemovalProfile"
	ManageRemovalProfile Permission = "ManageRemovalProfile"
)

func everything() []Permission {
	return []Permission{
		Read, Mirror, Upload, Publish, Repository, Profile, Keys, Events, ViewRoles, EditRoles, Persons, Admin,
		ViewComputer, ManageComputer, AddComputer, RemoveComputer, PendingComputer, ViewScript, ManageScript, ExecuteScript,
		ViewUpgradeProfile, ManageUpgradeProfile, ViewPackageProfile, ManagePackageProfile, ViewRemovalProfile, ManageRemovalProfile,
	}
}

// NamedPermission is a permission with Landscape's name. The roles of persons consist of
// these.
type NamedPermission struct {
	Name  string
	Title string
	// Global permissions hold everywhere, for any access groups of the role.
	Global bool
	// Allows are the permissions of this program that it grants.
	Allows []Permission
	// AllowsInRoot are further permissions if it holds in RootGroup: objects without an
	// access group belong there.
	AllowsInRoot []Permission
}

// NamedPermissions returns all named permissions, in Landscape's order.
func NamedPermissions() []NamedPermission {
	allows := func(p ...Permission) []Permission { return p }
	return []NamedPermission{
		{Name: "ViewComputer", Title: "View computers", Allows: allows(ViewComputer)},
		{Name: "ManageComputer", Title: "Manage computers", Allows: allows(ViewComputer, ManageComputer)},
		{Name: "AddComputerToAccessGroup", Title: "Add computers to an access group", Allows: allows(AddComputer)},
		{Name: "RemoveComputerFromAccessGroup", Title: "Remove computers from an access group", Allows: allows(RemoveComputer)},
		{Name: "ManagePendingComputer", Title: "Manage pending computers", Allows: allows(PendingComputer)},
		{Name: "ViewScript", Title: "View scripts", Allows: allows(ViewScript)},
		{Name: "ManageScript", Title: "Manage scripts", Allows: allows(ViewScript, ManageScript)},
		{Name: "ExecuteScript", Title: "Execute scripts", Allows: allows(ViewScript, ExecuteScript)},
		{Name: "ViewRepositoryProfile", Title: "View repository profiles", Allows: allows(Read)},
		{Name: "ManageRepositoryProfile", Title: "Manage repository profiles", Allows: allows(Read, Profile)},
		{Name: "ViewRepository", Title: "View package repositories", Allows: allows(Read)},
		{Name: "ManageRepository", Title: "Manage package repositories", Allows: allows(Read, Repository),
			AllowsInRoot: allows(Mirror, Upload, Publish)},
		{Name: "ViewUpgradeProfile", Title: "View upgrade profiles", Allows: allows(ViewUpgradeProfile)},
		{Name: "ManageUpgradeProfile", Title: "Manage upgrade profiles", Allows: allows(ViewUpgradeProfile, ManageUpgradeProfile)},
		{Name: "ViewPackageProfile", Title: "View package profiles", Allows: allows(ViewPackageProfile)},
		{Name: "ManagePackageProfile", Title: "Manage package profiles", Allows: allows(ViewPackageProfile, ManagePackageProfile)},
		{Name: "ViewRemovalProfile", Title: "View removal profiles", Allows: allows(ViewRemovalProfile)},
		{Name: "ManageRemovalProfile", Title: "Manage removal profiles", Allows: allows(ViewRemovalProfile, ManageRemovalProfile)},
		{Name: "ManageAccount", Title: "Manage account", Global: true, Allows: allows(Persons, ViewRoles)},
		{Name: "ViewRole", Title: "View roles", Global: true, Allows: allows(ViewRoles)},
		{Name: "ManageRole", Title: "Manage roles", Global: true, Allows: allows(ViewRoles, EditRoles)},
		{Name: "ViewEventLog", Title: "View event log", Global: true, Allows: allows(Events)},
		{Name: "ManageGPGKey", Title: "Manage GPG keys", Global: true, Allows: allows(Read, Keys)},
	}
}

func namedPermission(name string) (NamedPermission, bool) {
	all := NamedPermissions()
	i := slices.IndexFunc(all, func(p NamedPermission) bool { return p.Name == name })
	if i < 0 {
		return NamedPermission{}, false
	}
	return all[i], true
}

func namesOf(want Permission) (names []string) {
	for _, p := range NamedPermissions() {
		if slices.Contains(p.Allows, want) || slices.Contains(p.AllowsInRoot, want) {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return []string{"all rights, such as " + GlobalAdmin}
	}
	return names
}
