package cli

import (
	"context"
	"errors"

	"recat/migrate"
	"recat/migrate/catalog"
	"recat/taxonomy"
	"recat/taxonomy/format"
)

// Code is what recat exits with: one for each decision an operator takes.
type Code int

// The exit codes.
const (
	ExitOK          Code = 0   // done, or nothing to do
	ExitError       Code = 1   // unexpected
	ExitChanges     Code = 2   // differences, where they were asked for
	ExitStale       Code = 3   // drift since the plan: plan again
	ExitRefused     Code = 4   // the policy, a limit, the database or an approval forbids it
	ExitWindow      Code = 5   // before the effective date or after the last
	ExitBusy        Code = 6   // another writer held the lock: retry
	ExitUnverified  Code = 7   // verification found a difference
	ExitConflict    Code = 8   // undo met later edits, nothing changed
	ExitUsage       Code = 64  // flags or arguments
	ExitData        Code = 65  // a bad policy, mapping, plan or taxonomy file
	ExitNoInput     Code = 66  // a file, catalog or run that isn't there
	ExitInterrupted Code = 130 // Ctrl-C or SIGTERM: nothing was committed
)

var codeNames = map[Code]string{
	ExitOK: "ok", ExitError: "error", ExitChanges: "changes", ExitStale: "stale",
	ExitRefused: "refused", ExitWindow: "window", ExitBusy: "busy",
	ExitUnverified: "unverified", ExitConflict: "conflict", ExitUsage: "usage",
	ExitData: "data", ExitNoInput: "noinput", ExitInterrupted: "interrupted",
}

// String is the code's name, which JSON carries.
func (c Code) String() string { return codeNames[c] }

// codeMeanings is what each help's EXIT STATUS says.
var codeMeanings = map[Code]string{
	ExitOK:          "done, or nothing to do",
	ExitError:       "unexpected error",
	ExitChanges:     "there are differences",
	ExitStale:       "the catalog changed since the plan; nothing was written",
	ExitRefused:     "the policy, a limit, the database or an approval forbids it; nothing was written",
	ExitWindow:      "before the effective date or after the last; nothing was written",
	ExitBusy:        "another writer held the lock for too long; nothing was written, retry",
	ExitUnverified:  "the catalog is not what the run left behind",
	ExitConflict:    "rows were edited after the run; nothing was written",
	ExitUsage:       "flags or arguments",
	ExitData:        "a file is not what it should be; its lines are named",
	ExitNoInput:     "a file, catalog or run is not there",
	ExitInterrupted: "interrupted; nothing was committed",
}

// quietError ends a command with a code after it has said all there is to say.
type quietError Code

func (e quietError) Error() string { return Code(e).String() }

// usageError is a mistake in flags or arguments.
type usageError struct {
	msg  string
	hint string
}

func (e *usageError) Error() string { return e.msg }

// codeOf finds the code for what went wrong.
func codeOf(err error) Code {
	if err == nil {
		return ExitOK
	}
	var quiet quietError
	if errors.As(err, &quiet) {
		return Code(quiet)
	}
	for _, known := range codesByType {
		if known.is(err) {
			return known.code
		}
	}
	return ExitError
}

// codesByType is tried in order: an error may wrap several.
var codesByType = []struct {
	code Code
	is   func(error) bool
}{
	{ExitUnverified, isType[*migrate.UnverifiedError]},
	{ExitConflict, isType[*migrate.ConflictError]},
	{ExitStale, isType[*migrate.StaleError]},
	{ExitWindow, isType[*migrate.WindowError]},
	{ExitRefused, isType[*migrate.RefusedError]},
	{ExitRefused, catalog.Denied},
	{ExitBusy, isError(migrate.ErrBusy)},
	{ExitStale, isError(migrate.ErrMoved)},
	{ExitInterrupted, isError(context.Canceled)},
	{ExitUsage, isType[*usageError]},
	{ExitUsage, isError(catalog.ErrUnrecognised)},
	{ExitData, isType[migrate.FileErrors]},
	{ExitData, isType[*migrate.FileError]},
	{ExitData, isType[*format.ParseError]},
	{ExitData, isType[taxonomy.Defects]},
	{ExitRefused, isError(migrate.ErrAlreadyUndone)},
	{ExitNoInput, isError(migrate.ErrNoInput)},
	{ExitNoInput, isError(migrate.ErrNoRun)},
}

func isType[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

func isError(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}
