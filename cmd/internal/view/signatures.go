package view

import (
	"io"
	"io/fs"
	"iter"
	"time"

	"recat/migrate"
	"recat/taxonomy"
)

// Options say how text is laid out.
type Options struct {
	Theme Theme
	Width int       // of the terminal, in cells; 0 is DefaultWidth
	Now   time.Time // dates are told from here; the zero time leaves that out
}

// DefaultWidth is used where there is no terminal.
const DefaultWidth = 120

// Outcome is what apply did or, where DryRun, would do.
type Outcome struct {
	Header  migrate.Header
	Digest  string
	Applied migrate.Applied
	At      time.Time // of the run
	DryRun  bool
}

// Verified is what verify found: Found is nil where nothing differs.
type Verified struct {
	Run   migrate.Run
	Found *migrate.UnverifiedError
}

// UndoOutcome is what undo did or, where DryRun, would do.
type UndoOutcome struct {
	migrate.Undone
	OnConflict migrate.OnConflict
	At         time.Time
	DryRun     bool
}

// RunReceipt is all that is known of a run. The caller sets the summary's
// Header (from Run.Header) and Trailer.
type RunReceipt struct {
	Run      migrate.Run
	Summary  *migrate.Summary
	Verified *Verified     // nil: not looked at
	Undos    []migrate.Run // that took it back, in part or whole
}

// Rehearsal is what a rehearsal found.
type Rehearsal struct {
	Policy  string
	Digest  string
	On      string // the copy, without a password
	Totals  migrate.Totals
	Rows    int64         // changed by the apply
	Copied  time.Duration // making the copy; 0 where it was given
	Applied time.Duration // the whole
	Locked  time.Duration // of it, under the lock
	Undone  time.Duration
	Tables  int      // compared
	Differ  []string // tables that undo left different; none is what law 3 asks
}

// Version says what this program is.
type Version struct {
	Recat   string   `json:"recat"`
	Go      string   `json:"go"`
	Commit  string   `json:"commit,omitempty"`
	Engines []string `json:"engines,omitempty"`
}

// Failure is an error with the exit code it gives.
type Failure struct {
	Err  error
	Code string   // "stale"
	Exit int      // 3
	Next []string // commands that lead on
}

func Safe(s string) string                                                               { return s }
func Cell(s string) string                                                               { return s }
func PlanText(w io.Writer, s *migrate.Summary, writtenTo string, o Options) error        { return nil }
func PlanJSON(w io.Writer, s *migrate.Summary, c iter.Seq2[migrate.Change, error]) error { return nil }
func RunText(w io.Writer, r RunReceipt, o Options) error                                 { return nil }
func RunJSON(w io.Writer, r RunReceipt, c iter.Seq2[migrate.Change, error]) error        { return nil }
func AppliedText(w io.Writer, a Outcome, o Options) error                                { return nil }
func AppliedJSON(w io.Writer, a Outcome) error                                           { return nil }
func VerifiedText(w io.Writer, v Verified, o Options) error                              { return nil }
func VerifiedJSON(w io.Writer, v Verified) error                                         { return nil }
func UndoneText(w io.Writer, u UndoOutcome, o Options) error                             { return nil }
func UndoneJSON(w io.Writer, u UndoOutcome) error                                        { return nil }
func HistoryText(w io.Writer, runs []migrate.Run, o Options) error                       { return nil }
func HistoryJSON(w io.Writer, runs []migrate.Run) error                                  { return nil }
func FateText(w io.Writer, id taxonomy.ID, t []migrate.Tombstone, r []migrate.Run, o Options) error {
	return nil
}
func FateJSON(w io.Writer, id taxonomy.ID, t []migrate.Tombstone, r []migrate.Run) error { return nil }
func ComparedText(w io.Writer, from, to migrate.Plan, o Options) error                   { return nil }
func ComparedJSON(w io.Writer, from, to migrate.Plan) error                              { return nil }
func TreeText(w io.Writer, t *taxonomy.Tree) error                                       { return nil }
func TreeJSON(w io.Writer, t *taxonomy.Tree) error                                       { return nil }
func TreeCSV(w io.Writer, t *taxonomy.Tree) error                                        { return nil }
func TreeGoogle(w io.Writer, t *taxonomy.Tree) error                                     { return nil }
func TreeDiffText(w io.Writer, changes []taxonomy.Change, o Options) error               { return nil }
func TreeDiffJSON(w io.Writer, changes []taxonomy.Change) error                          { return nil }
func RehearsedText(w io.Writer, r Rehearsal, o Options) error                            { return nil }
func RehearsedJSON(w io.Writer, r Rehearsal) error                                       { return nil }
func VersionText(w io.Writer, v Version) error                                           { return nil }
func VersionJSON(w io.Writer, v Version) error                                           { return nil }
func ErrorText(w io.Writer, f Failure, o Options) error                                  { return nil }
func ErrorJSON(w io.Writer, f Failure) error                                             { return nil }
func ProductsCSV(w io.Writer, c iter.Seq2[migrate.Change, error]) error                  { return nil }
func ProductsJSON(w io.Writer, c iter.Seq2[migrate.Change, error]) error                 { return nil }
func CrosswalkCSV(w io.Writer, c iter.Seq2[migrate.Change, error]) error                 { return nil }
func Next(w io.Writer, o Options, commands ...string) error                              { return nil }
func Schemas() fs.FS                                                                     { return nil }
