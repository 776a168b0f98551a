package publishing

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func publish(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "publish", Short: "Publish mirrors, repos and snapshots for apt", Example: `  aptarium publish create debian bookworm --source mirror:bookworm
  aptarium publish update debian bookworm
  aptarium publish show debian bookworm`},
		publishCreate(p), publishUpdate(p), publishList(p), publishShow(p), publishLog(p), publishPin(p, true), publishPin(p, false),
		publishStage(p), publishUnstage(p), publishRevert(p), publishDrop(p))
}

func publishCreate(p *command.Program) *cobra.Command {
	var in routes.NewPublication
	var flags options
	var signs signFlags
	return command.Start(p, command.Spec{
		Use:   "create PREFIX DISTRIBUTION",
		Short: "Create a publication and its first release",
		Long: `Create a publication and its first release. Clients find it at URL/archive/PREFIX, suite
DISTRIBUTION (a PREFIX of . is the root of all); or with --endpoint in the directory of
that endpoint. Other commands then know it as ENDPOINT:PREFIX.

Without --key, the default key signs it. If there is none yet, it is created.`,
		Example: `  aptarium publish create debian bookworm --source mirror:bookworm
  aptarium publish create team/tools stable --source main=repo:tools --source contrib=repo:extra --origin Team --label Tools
  aptarium publish create mirror/debian trixie --source mirror:debian --verbatim
  aptarium publish create frozen bookworm --source snapshot:monday --key archive2026`,
		Flags: func(f command.Flags) {
			defineSources(f, &in.Sources)
			flags.define(f)
			f.String(&in.Endpoint, "endpoint", "where it appears (default: this program serves it)", command.Endpoints)
			signs.define(f)
			f.Retention(&in.Retention, "releases")
			defineOverwrite(f, &in.ForceOverwrite)
		},
	}, func(r *command.Run) (a usecase.Activity, err error) {
		if len(in.Sources) == 0 {
			return a, r.Usage("--source is missing")
		}
		in.Prefix, in.Distribution = r.Args[0], r.Args[1]
		if err := flags.apply(r, &in.Options); err != nil {
			return a, err
		}
		if in.Signing, in.Secret, err = signs.signing(r); err != nil {
			return a, err
		}
		hadDefault, err := hasDefaultKey(r)
		if err != nil {
			return a, err
		}
		made, err := command.Call(r, routes.CreatePublication, routes.Send(in))
		if err != nil {
			return a, err
		}
		if !hadDefault && !in.Options.Unsigned && !in.Options.Verbatim && len(in.Options.Keys) == 0 && in.Signing == nil {
			sayDefaultKey(r, made.Publication.Options.Keys)
		}
		return made.Activity, nil
	})
}

// hasDefaultKey reports whether there is a default key.
func hasDefaultKey(r *command.Run) (bool, error) {
	for k, err := range command.Every[keys.Key](routes.ListKeys)(r) {
		if err != nil || k.Default {
			return err == nil, err
		}
	}
	return false, nil
}

// sayDefaultKey says that a key was created, on which people now depend.
func sayDefaultKey(r *command.Run, fingerprints []string) {
	for _, fingerprint := range fingerprints {
		if k, err := command.Call(r, routes.GetKey, routes.KeyRef{Ref: fingerprint}); err == nil {
			r.Say("Created the signing key %s (%s), which is the default from now on.", k.Name, k.Fingerprint)
		}
	}
}

func publishUpdate(p *command.Program) *cobra.Command {
	var flags options
	var signs signFlags
	var in routes.PublicationEdit
	var keep collections.Retention
	return command.Start(p, command.Spec{
		Use:   "update PREFIX DISTRIBUTION",
		Short: "Publish the current state of the sources",
		Long: `Create the next release, of the present state of the sources. Flags change the
publication for this release and the next ones. If nothing has changed, there is no new
release.`,
		Example: `  aptarium publish update debian bookworm
  aptarium publish update debian bookworm --source snapshot:tuesday`,
		Complete: command.Publications(),
		Flags: func(f command.Flags) {
			command.Optional(f, f.Strings, &in.Sources, "source", sourceUsage, command.References)
			flags.define(f)
			signs.define(f)
			f.Retention(&keep, "releases")
			defineOverwrite(f, &in.ForceOverwrite)
			f.Bool(&in.Rebuild, "rebuild", "use nothing of the release before")
			f.Bool(&in.Follow, "follow", "follow the sources again after a revert")
			f.Bool(&in.Staged, "staged", "publish the staged sources")
		},
	}, func(r *command.Run) (a usecase.Activity, err error) {
		if in.Signing, in.Secret, err = signs.signing(r); err != nil {
			return a, err
		}
		if r.GivenAny(flags.define) {
			now, err := command.Call(r, routes.GetPublication, routes.GetPublicationInput{Place: command.PublicationPlace(r)})
			if err != nil {
				return a, err
			}
			if err := flags.apply(r, &now.Options); err != nil {
				return a, err
			}
			in.Options = &now.Options
		}
		if r.Given("retention") {
			if _, err := command.Call(r, routes.RetainPublication, routes.SendToPlace(r.Args[0], r.Args[1], keep)); err != nil {
				return a, err
			}
		}
		return command.Call(r, routes.EditPublication, routes.SendToPlace(r.Args[0], r.Args[1], in))
	})
}

func defineOverwrite(f command.Flags, overwrite *bool) {
	f.Bool(overwrite, "force-overwrite", "replace files of the pool that other publications of the prefix have at the same path")
}

func publishList(p *command.Program) *cobra.Command {
	return command.List(p, command.Spec{Use: "list", Short: "List publications", Example: "  aptarium publish list"},
		command.Every(routes.ListPublications), "PREFIX DISTRIBUTION RELEASE PACKAGES PUBLISHED SOURCES", func(at publications.Publication) []string {
			return []string{at.Place(), at.Distribution, command.Number(at.Release), strconv.Itoa(at.Packages), command.Age(at.PublishedAt), strings.Join(at.Sources, " ")}
		})
}

func publishLog(p *command.Program) *cobra.Command {
	return command.List(p, command.Spec{
		Use: "log PREFIX DISTRIBUTION", Short: "Show the releases of a publication",
		Long:    "List the releases of a publication, newest first. Each is available at\nURL/archive/PREFIX/SNAPSHOT, as long as the retention keeps it.",
		Example: "  aptarium publish log debian bookworm", Complete: command.Publications(), Limit: true,
	}, func(r *command.Run) iter.Seq2[publications.Release, error] {
		return command.All(r, routes.ListReleases, routes.ListReleasesInput{Place: command.PublicationPlace(r)})
	}, "RELEASE SNAPSHOT PACKAGES ACTIVITY PINNED SOURCES", func(v publications.Release) []string {
		return []string{strconv.FormatInt(v.Number, 10), v.Snapshot, strconv.Itoa(v.Packages), command.Number(v.Activity), command.Yes(v.Pinned), strings.Join(v.Sources, " ")}
	})
}

// publishPin returns pin or unpin.
func publishPin(p *command.Program, pinned bool) *cobra.Command {
	use, short, done := "pin", "Keep a release whatever the retention says", "Pinned"
	if !pinned {
		use, short, done = "unpin", "Let the retention decide about a release again", "Unpinned"
	}
	return command.Ask(p, command.Spec{
		Use:   use + " PREFIX DISTRIBUTION RELEASE|TIME",
		Short: short,
		Long:  short + ". Name the release by its number, or by a time at\nwhich it was the newest.",
		Example: "  aptarium publish " + use + ` debian bookworm 17
  aptarium publish ` + use + ` debian bookworm 20261120T120000Z`,
		Complete: command.Publications(),
	}, routes.PinRelease, func(r *command.Run) routes.PinReleaseInput {
		return routes.PinReleaseInput{Place: command.PublicationPlace(r), Release: r.Args[2], Body: routes.Pin{Pinned: pinned}}
	}, func(r *command.Run, release publications.Release) {
		r.Print("%s release %d, %s.", done, release.Number, release.Snapshot)
	})
}

func publishStage(p *command.Program) *cobra.Command {
	var in routes.StagedSources
	return command.Answer(p, command.Spec{
		Use:   "stage PREFIX DISTRIBUTION",
		Short: "Stage sources for the next update",
		Long: `Stage sources for a later update, in place of the staged ones. Without --source, show
the staged sources. ` + "`aptarium publish update --staged`" + ` publishes them.`,
		Example: `  aptarium publish stage debian bookworm --source main=snapshot:tuesday --source extra=repo:tools
  aptarium publish update debian bookworm --staged`,
		Complete: command.Publications(),
		Flags: func(f command.Flags) {
			f.Strings(&in.Sources, "source", "[COMPONENT=]mirror:NAME, repo:NAME or snapshot:NAME; may be given several times", command.References)
		},
	}, func(r *command.Run) (routes.StagedSources, error) {
		if r.Given("source") {
			return command.Call(r, routes.StageSources, routes.SendToPlace(r.Args[0], r.Args[1], in))
		}
		return command.Call(r, routes.GetStagedSources, command.PublicationPlace(r))
	}, func(r *command.Run, staged routes.StagedSources) { r.Print("%s", strings.Join(staged.Sources, "\n")) })
}

func publishUnstage(p *command.Program) *cobra.Command {
	return command.Do(p, command.Spec{
		Use: "unstage PREFIX DISTRIBUTION", Short: "Discard staged sources",
		Example: "  aptarium publish unstage debian bookworm", Complete: command.Publications(),
	}, routes.DropStagedSources, command.PublicationPlace, "Nothing is staged for %s %s any more.")
}

func publishRevert(p *command.Program) *cobra.Command {
	var to string
	return command.Start(p, command.Spec{
		Use:   "revert PREFIX DISTRIBUTION --to TIME|RELEASE",
		Short: "Restore a publication to an earlier release",
		Long: `Publish again the state of a time or of a release: a new release with the sources of
that state. The publication stays there; update --follow lets it follow its sources
again.`,
		Example: `  aptarium publish revert debian bookworm --to 12
  aptarium publish revert debian bookworm --to 20261116T080000Z`,
		Complete: command.Publications(),
		Flags: func(f command.Flags) {
			f.String(&to, "to", "a time such as 20261116T080000Z, or the number of a release", command.Nothing)
		},
	}, func(r *command.Run) (a usecase.Activity, err error) {
		mark := "@"
		if _, err := strconv.ParseInt(to, 10, 64); err == nil && len(to) < len("20261116") {
			mark = "#"
		}
		done, err := command.Call(r, routes.RevertTo, routes.Send(routes.Revert{Ref: fmt.Sprintf("publish:%s/%s%s%s", r.Args[0], r.Args[1], mark, to)}))
		if err != nil {
			return a, err
		}
		return *done.Activity, nil
	})
}

func publishDrop(p *command.Program) *cobra.Command {
	return command.Do(p, command.Spec{
		Use: "drop PREFIX DISTRIBUTION", Short: "Drop a publication; its past stays served",
		Example: "  aptarium publish drop debian bookworm", Complete: command.Publications(),
	}, routes.DropPublication, command.PublicationPlace, "Dropped the publication %s %s.")
}
