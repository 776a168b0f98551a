package access

import "slices"

// Permission is something that one may or may not do.
type Permission string

// The permissions.
const (
	Read       Permission = "read"       // see mirrors, packages, publications, activities
	Mirror     Permission = "mirror"     // change and sync mirrors; make, change and drop snapshots
	Upload     Permission = "upload"     // change repos and the packages in them
	Publish    Permission = "publish"    // change publications
	Repository Permission = "repository" // change the distributions, series and pockets of an access group, and the packages in them
	Profile    Permission = "profile"    // change the repository profiles and APT sources of an access group
	Keys       Permission = "key"        // add, export and drop signing keys
	Events     Permission = "event-log"  // read the audit log
	ViewRoles  Permission = "view-role"  // see persons, roles and access groups
	EditRoles  Permission = "role"       // change roles and access groups, and who has them
	Persons    Permission = "person"     // invite, change and disable persons
	Admin      Permission = "admin"      // tokens, the server itself
)

// The permissions for machines, by the names that Landscape has for them.
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

// everything lists the permissions.
func everything() []Permission {
	return []Permission{
		Read, Mirror, Upload, Publish, Repository, Profile, Keys, Events, ViewRoles, EditRoles, Persons, Admin,
		ViewComputer, ManageComputer, AddComputer, RemoveComputer, PendingComputer, ViewScript, ManageScript, ExecuteScript,
		ViewUpgradeProfile, ManageUpgradeProfile, ViewPackageProfile, ManagePackageProfile, ViewRemovalProfile, ManageRemovalProfile,
	}
}

// NamedPermission is a permission by the name that Landscape has for it. The roles of
// persons are made of these.
type NamedPermission struct {
	Name  string
	Title string
	// Global permissions hold everywhere, whatever access groups a role has.
	Global bool
	// Allows is what it comes to here.
	Allows []Permission
	// AllowsInRoot is what it allows besides where it holds in RootGroup: what has no
	// access group belongs there.
	AllowsInRoot []Permission
}

// NamedPermissions lists them, in the order in which Landscape does.
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

// namedPermission finds one by its name.
func namedPermission(name string) (NamedPermission, bool) {
	all := NamedPermissions()
	i := slices.IndexFunc(all, func(p NamedPermission) bool { return p.Name == name })
	if i < 0 {
		return NamedPermission{}, false
	}
	return all[i], true
}

// namesOf lists what roles of persons may have that allows something.
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
