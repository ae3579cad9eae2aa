package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/catalog"
)

// hintedError carries the commands that lead on from an error.
type hintedError struct {
	err  error
	next []string
}

func (e *hintedError) Error() string { return e.err.Error() }

func (e *hintedError) Unwrap() error { return e.err }

// hint adds to an error what to do next; nil stays nil.
func hint(err error, next ...string) error {
	if err == nil || len(next) == 0 {
		return err
	}
	return &hintedError{err, next}
}

// report tells what went wrong: as text on stderr and, where JSON was asked
// for, as the one object or the last event, unless a result is there already.
// It returns the code to exit with.
func report(ctx context.Context, w *World, cmd *cobra.Command, err error) Code {
	code := codeOf(err)
	if code == ExitError && ctx.Err() != nil {
		code = ExitInterrupted
	}
	if quiet := quietError(0); errors.As(err, &quiet) {
		return code
	}
	if code == ExitNoInput && !errors.Is(err, migrate.ErrNoRun) { // a run's number is no file's name
		err = nearFile(cmd, err)
	}
	failure := view.Failure{Err: explain(err, code), Code: code.String(), Exit: int(code)}
	if w.env("CI") == "" {
		failure.Next = nextOf(err)
	}
	w.tellPrograms(cmd, failure)
	// There is nobody left to tell that telling went wrong.
	_ = view.ErrorText(w.Stderr, failure, w.looks(w.Stderr))
	return code
}

// tellPrograms tells an error to the programs that read.
func (w *World) tellPrograms(cmd *cobra.Command, f view.Failure) {
	if err := w.openAside(cmd); err != nil {
		w.note("%v", err)
	}
	format := formatOf(cmd, w)
	if isStream(cmd) {
		_ = w.openStream(format).end(f)
		return
	}
	if format == asJSON && !w.sent.printed {
		_ = view.ErrorJSON(w.Stdout, f)
	}
	_ = w.sent.aside.fail(f)
}

// explain words the errors whose own text leaves the operator's question open.
func explain(err error, code Code) error {
	switch {
	case code == ExitInterrupted:
		return errors.New("nothing was committed")
	case catalog.Lost(err):
		return fmt.Errorf("%w\nthe connection was lost; running it again is safe: what was committed is not done twice", err)
	case catalog.Denied(err):
		return fmt.Errorf("%w\n%s", err, catalog.RightsAnswer)
	}
	return err
}

func nextOf(err error) []string {
	var hinted *hintedError
	if errors.As(err, &hinted) {
		return hinted.next
	}
	var usage *usageError
	if errors.As(err, &usage) && usage.hint != "" {
		return []string{usage.hint}
	}
	return nil
}
