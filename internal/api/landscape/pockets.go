package landscape

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// atPocket returns the error names of all actions on one pocket, and more.
func atPocket(more ...string) []string {
	return append([]string{codeUnknownDistribution, codeUnknownSeries, codeUnknownPocket, codeUnauthorised}, more...)
}

func pocketActions() []Action {
	const group = "Pockets"
	return []Action{
		action(Action{
			Name: "CreatePocket", Group: group,
			Doc: "Create a pocket in a series. One of the mode mirror follows a suite of another archive, one of the mode pull takes over packages of another pocket, and one of the mode upload takes " +
				"those that are sent to it. It is published, without packages, at once.",
			Errors: []string{
				codeUnknownDistribution, codeUnknownSeries, codeUnknownPocket, codeDuplicatePocket, codeInvalidPocketMode, codeInvalidPocketFilter,
				codeUnknownGPGKey, codeGPGKeyHasNoSecret, codeMissingParameter, codeInvalidParameterCombination, codeInvalidParameterValue,
				codeOperationInProgress, codeUnauthorised,
			},
			Returns: "The pocket.",
		}, createPocket),
		action(Action{
			Name: "EditPocket", Group: group,
			Doc: "Edit a pocket. What is given replaces what it has; its mode, and the kind of its filters, stay.",
			Errors: atPocket(
				codeInvalidPocketMode, codeUnknownGPGKey, codeGPGKeyHasNoSecret, codeInvalidParameterValue, codeInvalidParameterCombination, codeOperationInProgress,
			),
			Returns: "The pocket.",
		}, editPocket),
		action(Action{
			Name: "RemovePocket", Group: group,
			Doc:    "Remove a pocket.",
			Errors: atPocket(codeOperationInProgress),
		}, removePocket),
		action(Action{
			Name: "SyncMirrorPocket", Group: group,
			Doc:     "Bring a pocket of the mode mirror up to date with what it mirrors.",
			Errors:  atPocket(codeInvalidPocketMode, codeOperationInProgress),
			Returns: "The activity that does it: its progress is told by GetActivities.",
		}, syncMirrorPocket),
		action(Action{
			Name: "PullPackagesToPocket", Group: group,
			Doc:     "Give a pocket of the mode pull the packages of the pocket that it pulls from, as far as its filters take them.",
			Errors:  atPocket(codeInvalidPocketMode, codeOperationInProgress),
			Returns: "The activity that does it: its progress is told by GetActivities.",
		}, pullPackagesToPocket),
		action(Action{
			Name: "DiffPullPocket", Group: group,
			Doc:     "Tell what PullPackagesToPocket would change.",
			Errors:  []string{codeUnknownDistribution, codeUnknownSeries, codeUnknownPocket, codeInvalidPocketMode},
			Returns: "By COMPONENT/ARCHITECTURE, lists of what would be added (name, version), updated (name, old version, new version) and deleted (name, version).",
		}, diffPullPocket),
		action(Action{
			Name: "ListPocket", Group: group,
			Doc:     "List the packages of a pocket.",
			Errors:  []string{codeUnknownDistribution, codeUnknownSeries, codeUnknownPocket},
			Returns: "By COMPONENT/ARCHITECTURE, a list of packages (name, version).",
		}, listPocket),
		action(Action{
			Name: "RemovePackagesFromPocket", Group: group,
			Doc:     "Remove packages, every version of them, from a pocket of the mode upload. Names that it does not have are passed over.",
			Errors:  atPocket(codeInvalidPocketMode, codeOperationInProgress),
			Returns: "The activity that does it.",
		}, removePackagesFromPocket),
		action(Action{
			Name: "AddUploaderGPGKeysToPocket", Group: group,
			Doc:     "Let the owners of GPG keys upload to a pocket of the mode upload.",
			Errors:  atPocket(codeInvalidPocketMode, codeUnknownGPGKey, codeGPGKeyAlreadyAssociated, codeOperationInProgress),
			Returns: "The pocket.",
		}, addUploaderGPGKeysToPocket),
		action(Action{
			Name: "RemoveUploaderGPGKeysFromPocket", Group: group,
			Doc:     "Let the owners of GPG keys upload to a pocket no more.",
			Errors:  atPocket(codeInvalidPocketMode, codeUnknownGPGKey, codeGPGKeyNotAssociated, codeOperationInProgress),
			Returns: "The pocket.",
		}, removeUploaderGPGKeysFromPocket),
		action(Action{
			Name: "AddPackageFiltersToPocket", Group: group,
			Doc:     "Add names of packages to the filters of a pocket of the mode pull: the next pulls take only these (allowlist), or all but these (blocklist).",
			Errors:  atPocket(codeInvalidPocketMode, codeNoPocketFiltering, codeInvalidParameterValue, codeOperationInProgress),
			Returns: "The pocket.",
		}, addPackageFiltersToPocket),
		action(Action{
			Name: "RemovePackageFiltersFromPocket", Group: group,
			Doc:     "Remove names of packages from the filters of a pocket. Names that are not there are passed over.",
			Errors:  atPocket(codeInvalidPocketMode, codeNoPocketFiltering, codeOperationInProgress),
			Returns: "The pocket.",
		}, removePackageFiltersFromPocket),
	}
}

// shownPocket is a pocket as clients see it.
type shownPocket struct {
	ID            int64       `json:"id"`
	Name          string      `json:"name"`
	CreationTime  wire.Moment `json:"creation_time"`
	Mode          string      `json:"mode"`
	Components    []string    `json:"components"`
	Architectures []string    `json:"architectures"`
	GPGKey        string      `json:"gpg_key"` // the name
	IncludeUDeb   bool        `json:"include_udeb"`
	APTSourceLine string      `json:"apt_source_line"`
	PackageCount  int         `json:"package_count"`
	*shownMirror
	*shownPull
	*shownUpload
}

// shownMirror has the additional members of a pocket of the mode mirror.
type shownMirror struct {
	URI    string  `json:"mirror_uri"`
	Suite  string  `json:"mirror_suite"`
	GPGKey *string `json:"mirror_gpg_key"` // the name; null: the archive keys of the server's system
}

// shownPull has the additional members of a pocket of the mode pull.
type shownPull struct {
	From       string   `json:"pull_pocket"` // SERIES/POCKET
	FilterType *string  `json:"filter_type"`
	Filters    []string `json:"filters"`
}

// shownUpload has the additional members of a pocket of the mode upload.
type shownUpload struct {
	AllowUnsigned bool     `json:"upload_allow_unsigned"`
	GPGKeys       []gpgKey `json:"upload_gpg_keys"`
}

func showPocket(p pockets.Pocket) shownPocket {
	shown := shownPocket{
		ID: p.ID, Name: p.Name, CreationTime: wire.Moment(p.CreatedAt), Mode: p.Mode, Components: p.Components, Architectures: p.Architectures, GPGKey: p.Key,
		IncludeUDeb: p.UDebs, APTSourceLine: p.SourceLine, PackageCount: p.Packages,
	}
	if m := p.Mirror; m != nil {
		shown.shownMirror = &shownMirror{URI: m.URL, Suite: m.Suite, GPGKey: orNull(m.Key)}
	}
	if o := p.Pull; o != nil {
		shown.shownPull = &shownPull{From: o.Series + "/" + o.Pocket, FilterType: orNull(o.Filter), Filters: usecase.Map(o.Filters, func(name string) string { return name })}
	}
	if u := p.Upload; u != nil {
		shown.shownUpload = &shownUpload{AllowUnsigned: u.AllowUnsigned, GPGKeys: usecase.Map(u.Keys, showGPGKey)}
	}
	return shown
}

// orNull returns nil for an empty text.
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// answerPocket returns the result of actions on a pocket.
func answerPocket(p pockets.Pocket, err error) (any, error) { return showPocket(p), theirWords(err) }

func createPocket(ctx context.Context, c *call, in struct {
	Name                string   `param:"name,name" doc:"The name."`
	Series              string   `param:"series" doc:"The series to create it in."`
	Distribution        string   `param:"distribution" doc:"The distribution of the series."`
	Components          []string `param:"components" doc:"Its components; of a flat repository it has exactly one."`
	Architectures       []string `param:"architectures" doc:"Its architectures; source for source packages."`
	Mode                string   `param:"mode" doc:"One of mirror, pull and upload."`
	GPGKey              string   `param:"gpg_key" doc:"The name of the key that signs it."`
	IncludeUDeb         bool     `param:"include_udeb,optional" default:"false" doc:"Have the packages of the installer too."`
	MirrorURI           string   `param:"mirror_uri,optional" doc:"The address of the archive to mirror, which mode mirror needs."`
	MirrorSuite         string   `param:"mirror_suite,optional" doc:"The suite there; if it is empty, that of the pocket. A path that ends in a slash is a flat repository."`
	MirrorGPGKey        string   `param:"mirror_gpg_key,optional" doc:"The name of the key that signs the archive; if it is empty, the archive keys of the server's system."`
	PullSeries          string   `param:"pull_series,optional" doc:"The series to pull from; if it is empty, its own."`
	PullPocket          string   `param:"pull_pocket,optional" doc:"The pocket to pull from, which mode pull needs."`
	FilterType          string   `param:"filter_type,optional" doc:"What its filters mean: allowlist, only these packages; blocklist, all but these. Older words are whitelist and blacklist."`
	UploadAllowUnsigned bool     `param:"upload_allow_unsigned,optional" default:"false" doc:"Take uploads that nobody signed."`
	Origin              string   `param:"origin,optional" doc:"The field Origin of its Release."`
}) (any, error) {
	return answerPocket(c.app.Pockets.Create(ctx, pockets.NewPocket{
		Path: pockets.Path{Distribution: in.Distribution, Series: in.Series, Pocket: in.Name},
		Mode: in.Mode, Components: in.Components, Architectures: in.Architectures, Key: in.GPGKey, UDebs: in.IncludeUDeb, Origin: in.Origin,
		MirrorURL: in.MirrorURI, MirrorSuite: in.MirrorSuite, MirrorKey: in.MirrorGPGKey,
		PullSeries: in.PullSeries, PullPocket: in.PullPocket, Filter: in.FilterType, AllowUnsigned: in.UploadAllowUnsigned,
	}))
}

func editPocket(ctx context.Context, c *call, in struct {
	pocketParameters
	Components          []string `param:"components,optional" doc:"Its components from now on."`
	Architectures       []string `param:"architectures,optional" doc:"Its architectures from now on."`
	GPGKey              *string  `param:"gpg_key,optional" doc:"The name of the key that signs it from now on."`
	MirrorURI           *string  `param:"mirror_uri,optional" doc:"The address of the archive to mirror."`
	MirrorSuite         *string  `param:"mirror_suite,optional" doc:"The suite there."`
	MirrorGPGKey        *string  `param:"mirror_gpg_key,optional" doc:"The name of the key that signs the archive; - for the archive keys of the server's system."`
	UploadAllowUnsigned *bool    `param:"upload_allow_unsigned,optional" doc:"Whether uploads that nobody signed are taken."`
	IncludeUDeb         *bool    `param:"include_udeb,optional" doc:"Whether it has the packages of the installer too."`
}) (any, error) {
	edit := pockets.PocketEdit{
		UDebs: in.IncludeUDeb, Key: in.GPGKey, MirrorURL: in.MirrorURI, MirrorSuite: in.MirrorSuite, MirrorKey: in.MirrorGPGKey, AllowUnsigned: in.UploadAllowUnsigned,
	}
	if in.Components != nil {
		edit.Components = &in.Components
	}
	if in.Architectures != nil {
		edit.Architectures = &in.Architectures
	}
	if in.MirrorGPGKey != nil && *in.MirrorGPGKey == "-" {
		edit.MirrorKey = new(string)
	}
	return answerPocket(c.app.Pockets.Edit(ctx, in.path(), edit))
}
