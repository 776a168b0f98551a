package command

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Flags are the flags of a command. Each method defines one: the default is the present value of
// the variable, and words, if given, complete its values.
type Flags struct {
	set     *pflag.FlagSet
	program *Program
	command *cobra.Command // nil: nothing is completed
	checks  *[]func(c *cobra.Command) error
}

// String defines a flag that has a text.
func (f Flags) String(to *string, name, usage string, words ...Words) {
	f.set.StringVar(to, name, *to, usage)
	f.complete(name, words)
}

// Bool defines a flag that is there or not.
func (f Flags) Bool(to *bool, name, usage string, words ...Words) {
	f.set.BoolVar(to, name, *to, usage)
	f.complete(name, words)
}

// Int defines a flag that has a number.
func (f Flags) Int(to *int, name, usage string, words ...Words) {
	f.set.IntVar(to, name, *to, usage)
	f.complete(name, words)
}

// Strings defines a flag that may be given several times.
func (f Flags) Strings(to *[]string, name, usage string, words ...Words) {
	f.set.StringArrayVar(to, name, *to, usage)
	f.complete(name, words)
}

// List defines a flag that may be given several times or with commas.
func (f Flags) List(to *[]string, name, usage string, words ...Words) {
	f.set.StringSliceVar(to, name, *to, usage)
	f.complete(name, words)
}

// Var defines a flag that reads its values itself. The usage states its default.
func (f Flags) Var(to pflag.Value, name, usage string, words ...Words) {
	f.set.Var(to, name, usage)
	f.set.Lookup(name).DefValue = ""
	f.complete(name, words)
}

// Directory completes the values of a flag by names of directories.
func (f Flags) Directory(name string) {
	if f.command != nil {
		_ = f.command.MarkFlagDirname(name) // fails only for a missing flag
	}
}

// Exclusive refuses calls with more than one of these flags.
func (f Flags) Exclusive(names ...string) {
	f.check(func(c *cobra.Command) error {
		if given := givenOf(c, names); len(given) > 1 {
			return Usage(c, "--%s exclude each other", strings.Join(given, " and --"))
		}
		return nil
	})
}

// OneRequired refuses calls without any of these flags.
func (f Flags) OneRequired(names ...string) {
	f.check(func(c *cobra.Command) error {
		if len(givenOf(c, names)) == 0 {
			return Usage(c, "--%s is missing", strings.Join(names, " or --"))
		}
		return nil
	})
}

func (f Flags) check(check func(c *cobra.Command) error) {
	if f.checks != nil {
		*f.checks = append(*f.checks, check)
	}
}

// givenOf returns the flags that are given.
func givenOf(c *cobra.Command, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !c.Flags().Changed(name) })
}

func (f Flags) complete(name string, words []Words) {
	if f.command != nil && len(words) > 0 {
		_ = f.command.RegisterFlagCompletionFunc(name, f.program.completer(words[0])) // fails only for a missing flag
	}
}

// Optional defines a flag by a method of Flags, and sets the pointer only when the flag is given.
func Optional[T any](f Flags, define func(*T, string, string, ...Words), to **T, name, usage string, words ...Words) {
	value := new(T)
	define(value, name, usage, words...)
	flag := f.set.Lookup(name)
	flag.Value, flag.DefValue = optional{flag.Value, func() { *to = value }}, ""
}

// optional is the value of an optional flag.
type optional struct {
	pflag.Value
	given func()
}

// Set reads a value.
func (o optional) Set(text string) error {
	o.given()
	return o.Value.Set(text)
}

// Apply sets the given flags on other variables, those that define binds. So a command changes
// only the settings it was asked to, in a value that it has read before.
func (r *Run) Apply(define func(f Flags)) error {
	again := Flags{set: pflag.NewFlagSet(r.command.Name(), pflag.ContinueOnError), program: r.Program}
	define(again)
	var failed error
	r.command.Flags().Visit(func(given *pflag.Flag) {
		to := again.set.Lookup(given.Name)
		if to == nil || failed != nil {
			return
		}
		if list, is := given.Value.(pflag.SliceValue); is {
			failed = to.Value.(pflag.SliceValue).Replace(list.GetSlice())
			return
		}
		failed = to.Value.Set(given.Value.String())
	})
	return failed
}

// GivenAny reports whether any of the flags that define defines was given.
func (r *Run) GivenAny(define func(f Flags)) (given bool) {
	again := Flags{set: pflag.NewFlagSet(r.command.Name(), pflag.ContinueOnError), program: r.Program}
	define(again)
	again.set.VisitAll(func(f *pflag.Flag) { given = given || r.Given(f.Name) })
	return given
}
