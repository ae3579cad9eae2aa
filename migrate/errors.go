package migrate

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

var (
	// ErrMoved says that the catalog changed after it was copied.
	ErrMoved = errors.New("the catalog changed since it was read")
	// ErrBusy says that another writer held the lock for too long.
	ErrBusy = errors.New("another writer holds the catalog")
	// ErrNoRun says that no run has that number.
	ErrNoRun = errors.New("no such run")
	// ErrAlreadyUndone says that a run was taken back before.
	ErrAlreadyUndone = errors.New("the run is undone already")
	// ErrNoInput says that a file or a catalog is not there.
	ErrNoInput = errors.New("not found")
)

// FileError is a defect in a file a person wrote, at its place.
type FileError struct {
	Pos Pos
	Msg string
}

func (e *FileError) Error() string {
	if at := e.Pos.String(); at != "" {
		return at + ": " + e.Msg
	}
	return e.Msg
}

// FileErrors is every defect found in one reading, in file order.
type FileErrors []*FileError

func (e FileErrors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns e, or nil where it is empty.
func (e FileErrors) Err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// Refusal is one reason why a plan may not exist or run.
type Refusal struct {
	Pos    Pos      `json:"-"`
	What   string   `json:"what"`
	Rows   []string `json:"rows,omitempty"` // what it concerns, "… and N more" last
	Answer string   `json:"answer,omitempty"`
}

// RefusedError says that the policy, a limit or the database forbids going on.
type RefusedError struct{ Refusals []Refusal }

func (e *RefusedError) Error() string {
	lines := make([]string, len(e.Refusals))
	for i, r := range e.Refusals {
		lines[i] = r.What
		if at := r.Pos.String(); at != "" {
			lines[i] = at + ": " + r.What
		}
	}
	return strings.Join(lines, "\n")
}

// Refuse makes a RefusedError of one reason.
func Refuse(format string, args ...any) *RefusedError {
	return &RefusedError{Refusals: []Refusal{{What: fmt.Sprintf(format, args...)}}}
}

// StaleError says that the catalog is no longer what was reviewed, and that
// nothing was written.
type StaleError struct {
	Drift []Drift // all of it, tolerated rows included
	Total int     // rows of drift; Drift may hold fewer
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("%d changes since the plan", e.Total)
}

// WindowError says that now is outside the policy's dates.
type WindowError struct {
	Window Window
	At     time.Time // effective or expires
}

func (e *WindowError) Error() string {
	if e.Window == WindowEarly {
		return "not before " + e.At.Format(time.RFC3339)
	}
	return "expired at " + e.At.Format(time.RFC3339)
}

// UnverifiedError says that verification found differences.
type UnverifiedError struct {
	Differences []Difference
	Total       int
}

func (e *UnverifiedError) Error() string {
	return fmt.Sprintf("%d differences from what the run left behind", e.Total)
}

// ConflictError says that undo met later edits and changed nothing.
type ConflictError struct{ Conflicts []Conflict }

func (e *ConflictError) Error() string {
	rows := ConflictRows(e.Conflicts)
	if rows == 1 {
		return "1 row was edited after the run"
	}
	return fmt.Sprintf("%d rows were edited after the run", rows)
}

// ConflictRows counts the rows of conflicts, of which there is one a column.
func ConflictRows(all []Conflict) int {
	rows := map[[2]string]bool{}
	for _, c := range all {
		rows[[2]string{c.Table, c.Row}] = true
	}
	return len(rows)
}
