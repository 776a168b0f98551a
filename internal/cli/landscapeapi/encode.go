package landscapeapi

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/api/landscape/wire"
)

// encode turns the values of an action's parameters, as typed, into what the request
// holds. What is at its default is not sent, as by the original.
func encode(a landscape.Action, typed map[string]string) (map[string]string, error) {
	sent := map[string]string{}
	for _, p := range a.Parameters {
		value, given := typed[p.Name]
		if !given || p.Optional && !p.Nullable && p.Default == value {
			continue
		}
		if err := encodeParameter(p, value, sent); err != nil {
			return nil, fmt.Errorf("%s: %w", argumentName(p), err)
		}
	}
	return sent, nil
}

// argumentName is how a message names a parameter.
func argumentName(p wire.Parameter) string {
	if p.Optional {
		return "--" + optionOf(p)
	}
	return placeholder(p)
}

// placeholder stands for the value of a parameter.
func placeholder(p wire.Parameter) string {
	if p.FromFile {
		return "FILENAME"
	}
	return strings.ToUpper(optionName(p.Name))
}

func encodeParameter(p wire.Parameter, value string, sent map[string]string) (err error) {
	switch {
	case isFile(p):
		sent[p.Name], err = encodeFile(p, value)
	case p.Type == wire.List:
		for i, item := range split(value) {
			if sent[fmt.Sprintf("%s.%d", p.Name, i+1)], err = scalar(p.Of, item); err != nil {
				return err
			}
		}
	case p.Type == wire.Mapping:
		for _, item := range split(value) {
			key, value, ok := strings.Cut(item, "=")
			if !ok {
				return usagef("%q is no KEY=VALUE", item)
			}
			if sent[p.Name+"."+key], err = scalar(p.Of, value); err != nil {
				return err
			}
		}
	default:
		sent[p.Name], err = scalar(p.Type, value)
	}
	return err
}

// scalar checks what can be checked here; texts and times are the server's to judge.
func scalar(of wire.Type, value string) (string, error) {
	switch of {
	case wire.Integer:
		n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		if err != nil {
			return "", usagef("couldn't parse %q as an integer", value)
		}
		return strconv.FormatInt(n, 10), nil
	case wire.Boolean:
		if value != "true" && value != "false" {
			return "", usagef("couldn't parse %q as a boolean: write true or false", value)
		}
	}
	if !utf8.ValidString(value) {
		return "", usagef("%q is not UTF-8", value)
	}
	return value, nil
}

// split cuts a list at its commas; one after a backslash belongs to the item. Empty
// items are none.
func split(list string) (items []string) {
	var item strings.Builder
	end := func() {
		if item.Len() > 0 {
			items = append(items, item.String())
		}
		item.Reset()
	}
	for i := 0; i < len(list); i++ {
		switch {
		case strings.HasPrefix(list[i:], `\,`):
			item.WriteByte(',')
			i++
		case list[i] == ',':
			end()
		default:
			item.WriteByte(list[i])
		}
	}
	end()
	return items
}

// isFile reports whether the argument of a parameter is the path of a file.
func isFile(p wire.Parameter) bool {
	return p.FromFile || p.Type == wire.File || p.Type == wire.Data
}

// maxFile is the largest size of a file.
const maxFile = 64 << 20

// encodeFile reads a file and writes it as its parameter wants it.
func encodeFile(p wire.Parameter, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", err
	}
	if len(content) > maxFile {
		return "", fmt.Errorf("%s is larger than %d MiB", path, maxFile>>20)
	}
	switch p.Type {
	case wire.File:
		return filepath.Base(path) + "$$" + base64.StdEncoding.EncodeToString(content), nil
	case wire.Data:
		return base64.StdEncoding.EncodeToString(content), nil
	}
	return scalar(p.Type, string(content))
}
