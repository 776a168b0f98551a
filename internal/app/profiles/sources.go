package profiles

import (
	"context"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/fleet"
)

// ProfileSources are the sources of a machine with a profile, in both forms that apt reads
// (sources.list(5)). A file has one form.
type ProfileSources struct {
	Profile string          `json:"profile"`
	Items   []ProfileSource `json:"items"`
	Sources string          `json:"sources" doc:"A file that ends in .sources, with the keys in it"`
	List    string          `json:"list" doc:"A file that ends in .list, for which the keys must be where it says"`
	Keys    []SourceKey     `json:"keys"`
}

// ProfileSource is one source: a pocket, or an APT source.
type ProfileSource struct {
	Pocket    string `json:"pocket,omitempty" doc:"DISTRIBUTION/SERIES/POCKET"`
	APTSource string `json:"apt_source,omitempty" doc:"Its name"`
	Line      string `json:"line"`
	Key       string `json:"key,omitempty" doc:"Fingerprint of the key that signs it; empty if machines know it"`
}

// SourceKey is a key that signs sources.
type SourceKey struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
	Path        string `json:"path" doc:"Where lines say that it is on machines"`
	Armored     string `json:"armored"`
}

// keyFolder is the folder for keys of sources on machines (sources.list(5), Signed-By).
const keyFolder = "/etc/apt/keyrings"

// Sources returns the sources of a machine with a profile: a source for each pocket, then the
// APT sources, each sorted by creation. Addresses are those under which clients reach this
// server.
func (s *Service) Sources(ctx context.Context, name string) (ProfileSources, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (ProfileSources, error) {
		p, err := s.visibleProfile(ctx, tx, name)
		if err != nil {
			return ProfileSources{}, err
		}
		return s.sourcesOf(ctx, tx, p)
	})
}

func (s *Service) sourcesOf(ctx context.Context, tx *db.Tx, p fleet.Profile) (ProfileSources, error) {
	all := ProfileSources{Profile: p.Name, Items: []ProfileSource{}, Keys: []SourceKey{}}
	for _, id := range p.Pockets {
		at, err := s.pocket.Locate(ctx, tx, id)
		if err != nil {
			return all, err
		}
		shown, err := s.pockets.Show(ctx, tx, at)
		if err != nil {
			return all, err
		}
		all.Items = append(all.Items, ProfileSource{Pocket: at.Path().String(), Line: shown.SourceLine, Key: at.Pocket.Key})
	}
	for _, source := range p.Sources {
		all.Items = append(all.Items, ProfileSource{APTSource: source.Name, Line: source.Line, Key: source.Key})
	}
	err := s.writeSources(ctx, tx, &all)
	return all, err
}

// writeSources adds the files and the keys of the listed sources.
func (s *Service) writeSources(ctx context.Context, tx *db.Tx, all *ProfileSources) error {
	var stanzas, lines []string
	signedBy := map[string]string{"": ""}
	for _, item := range all.Items {
		line, err := fleet.ParseLine(item.Line)
		if err != nil {
			return err
		}
		if _, known := signedBy[item.Key]; !known {
			k, err := s.keyring.Get(ctx, tx, item.Key)
			if err != nil {
				return err
			}
			armored, err := k.Public.Armored()
			if err != nil {
				return err
			}
			if signedBy[item.Key], err = k.Public.SignedBy(); err != nil {
				return err
			}
			all.Keys = append(all.Keys, SourceKey{Name: k.Name, Fingerprint: k.Fingerprint, Path: keyPath(k.Fingerprint), Armored: string(armored)})
		}
		stanzas = append(stanzas, line.Stanza(signedBy[item.Key]))
		if item.Key != "" {
			line = line.With("signed-by", keyPath(item.Key))
		}
		lines = append(lines, line.String()+"\n")
	}
	all.Sources, all.List = strings.Join(stanzas, "\n"), strings.Join(lines, "")
	return nil
}

// keyPath returns the file of a key on machines. The suffix tells apt that it is armored.
func keyPath(fingerprint string) string {
	return keyFolder + "/aptarium-" + strings.ToLower(fingerprint) + ".asc"
}
