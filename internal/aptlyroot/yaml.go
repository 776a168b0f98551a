package aptlyroot

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/aptarium/aptarium/internal/problem"
)

// yamlKeys are the keys of the YAML form that differ from those of the JSON form
// by more than their spelling (aptly.conf(5) of aptly 1.6).
var yamlKeys = map[string]string{
	"dep_follow_suggests":          "dependencyFollowSuggests",
	"dep_follow_recommends":        "dependencyFollowRecommends",
	"dep_follow_all_variants":      "dependencyFollowAllVariants",
	"dep_follow_allvariants":       "dependencyFollowAllVariants",
	"dep_follow_source":            "dependencyFollowSource",
	"download_sourcepackages":      "downloadSourcePackages",
	"packagepool_storage":          "packagePoolStorage",
	"filesystem_publish_endpoints": "FileSystemPublishEndpoints",
}

// endpointKeys are the keys whose own keys are names that people chose.
var endpointKeys = map[string]bool{
	"filesystem_publish_endpoints": true, "s3_publish_endpoints": true, "swift_publish_endpoints": true,
	"azure_publish_endpoints": true, "gcs_publish_endpoints": true, "jfrog_publish_endpoints": true,
}

// jsonKeys renames the keys of a YAML tree to those of the JSON form. The spelling is the same
// except underscores and capitals, and capitals do not count when JSON is decoded.
func jsonKeys(tree map[string]any) map[string]any {
	renamed := make(map[string]any, len(tree))
	for key, value := range tree {
		name, known := yamlKeys[key]
		if !known {
			name = strings.ReplaceAll(key, "_", "")
		}
		inner, nested := value.(map[string]any)
		switch {
		case nested && endpointKeys[key]:
			value = endpointTrees(inner)
		case nested:
			value = jsonKeys(inner)
		}
		renamed[name] = value
	}
	return renamed
}

func endpointTrees(named map[string]any) map[string]any {
	for name, value := range named {
		if inner, ok := value.(map[string]any); ok {
			named[name] = jsonKeys(inner)
		}
	}
	return named
}

// maxDepth bounds how deep a record nests; aptly's are 3 deep.
const maxDepth = 8

// parseYAML reads a mapping.
func parseYAML(text []byte) (map[string]any, error) {
	var tree map[string]any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, problem.New(problem.Invalid, "this is not a configuration of aptly: %w", err).WithHint("`aptly config show -yaml` prints a valid one")
	}
	if tree == nil {
		return nil, problem.New(problem.Invalid, "the configuration is empty")
	}
	return tree, nil
}
