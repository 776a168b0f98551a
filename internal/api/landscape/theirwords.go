package landscape

import (
	"errors"

	"github.com/aptarium/aptarium/internal/problem"
)

// parameterOf gives the parameter of an action that the application's field is, where
// that has another name.
func parameterOf(field string) string {
	switch field {
	case "key":
		return "gpg_key"
	case "keys":
		return "gpg_keys"
	case "line":
		return "apt_line"
	case "mirror_url":
		return "mirror_uri"
	case "mirror_key":
		return "mirror_gpg_key"
	case "filter":
		return "filter_type"
	case "udebs":
		return "include_udeb"
	case "allow_unsigned":
		return "upload_allow_unsigned"
	}
	return field
}

// theirWords gives an error of the application with the parameter that it concerns.
func theirWords(err error) error {
	p, ok := errors.AsType[*problem.Problem](err)
	if !ok || parameterOf(p.Field) == p.Field {
		return err
	}
	told := *p
	told.Field = parameterOf(p.Field)
	return problem.Because(&told, problem.ReasonOf(err))
}
