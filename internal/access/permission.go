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

// everything lists the permissions.
func everything() []Permission {
	return []Permission{Read, Mirror, Upload, Publish, Repository, Profile, Keys, Events, ViewRoles, EditRoles, Persons, Admin}
}

// NamedPermission is a permission by the name that Landscape has for it: roles of
// persons are made of these.
type NamedPermission struct {
	Name  string
	Title string
	// Global permissions hold everywhere, whatever access groups a role has.
	Global bool
	// Allows is what it comes to here. Those for machines allow nothing yet by
	// themselves: the name itself is the permission then.
	Allows []Permission
	// AllowsInRoot is what it allows besides where it holds in RootGroup: what has no
	// access group is in that one.
	AllowsInRoot []Permission
}

// NamedPermissions lists them, in the order in which Landscape shows them.
func NamedPermissions() []NamedPermission {
	return []NamedPermission{
		{Name: "ViewComputer", Title: "View computers"},
		{Name: "ManageComputer", Title: "Manage computers"},
		{Name: "AddComputerToAccessGroup", Title: "Add computers to an access group"},
		{Name: "RemoveComputerFromAccessGroup", Title: "Remove computers from an access group"},
		{Name: "ManagePendingComputer", Title: "Manage pending computers"},
		{Name: "ViewScript", Title: "View scripts"},
		{Name: "ManageScript", Title: "Manage scripts"},
		{Name: "ExecuteScript", Title: "Execute scripts"},
		{Name: "ViewRepositoryProfile", Title: "View repository profiles", Allows: []Permission{Read}},
		{Name: "ManageRepositoryProfile", Title: "Manage repository profiles", Allows: []Permission{Read, Profile}},
		{Name: "ViewRepository", Title: "View package repositories", Allows: []Permission{Read}},
		{Name: "ManageRepository", Title: "Manage package repositories", Allows: []Permission{Read, Repository},
			AllowsInRoot: []Permission{Mirror, Upload, Publish}},
		{Name: "ViewUpgradeProfile", Title: "View upgrade profiles"},
		{Name: "ManageUpgradeProfile", Title: "Manage upgrade profiles"},
		{Name: "ViewPackageProfile", Title: "View package profiles"},
		{Name: "ManagePackageProfile", Title: "Manage package profiles"},
		{Name: "ViewRemovalProfile", Title: "View removal profiles"},
		{Name: "ManageRemovalProfile", Title: "Manage removal profiles"},
		{Name: "ManageAccount", Title: "Manage account", Global: true, Allows: []Permission{Persons, ViewRoles}},
		{Name: "ViewRole", Title: "View roles", Global: true, Allows: []Permission{ViewRoles}},
		{Name: "ManageRole", Title: "Manage roles", Global: true, Allows: []Permission{ViewRoles, EditRoles}},
		{Name: "ViewEventLog", Title: "View event log", Global: true, Allows: []Permission{Events}},
		{Name: "ManageGPGKey", Title: "Manage GPG keys", Global: true, Allows: []Permission{Read, Keys}},
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
