package migrate

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"time"

	"recat/taxonomy"
)

// Catalog is a product database seen through its mapping. Implementations
// hold every law of the suite in catalogtest. Reading methods write nothing.
type Catalog interface {
	// Shape describes the database: key kinds, what a product requires, and
	// the hazards that forbid planning.
	Shape(ctx context.Context) (Shape, error)
	// Categories loads the tree. Its error wraps taxonomy.Defects where rows
	// cannot be told apart; see Categories.Broken for lesser defects.
	Categories(ctx context.Context) (*Categories, error)
	// Occupied returns those of the categories that hold a product directly,
	// hidden ones included.
	Occupied(ctx context.Context, in []taxonomy.ID) (map[taxonomy.ID]bool, error)
	// Held counts the products that each of the categories holds directly; one
	// in several counts in each. A category that is gone from the tree is
	// counted where products name it by its id. What holds none is left out.
	// It is about the tree that Categories read last.
	Held(ctx context.Context, in []taxonomy.ID) (map[taxonomy.ID]Held, error)
	// URLs gives the pages of categories, those that have one; none where the
	// mapping does not say. It is about the tree that Categories read last.
	URLs(ctx context.Context, of []taxonomy.ID) (map[taxonomy.ID]string, error)
	// Derived says what an edit of the tree does to the other forms in which
	// the catalog keeps it, and which of them are corrupt where the edit must
	// rewrite them. It is about the tree that Categories read last.
	Derived(ctx context.Context, edit TreeEdit) (Derived, error)
	// Snapshot copies what the selection names, at one instant, into storage
	// private to this process. It holds no lock once it returns.
	Snapshot(ctx context.Context, sel Selection) (Snapshot, error)
	// Scan shows every product to see: several at a time, in no order and not
	// of one instant. It reads the placement, whether the mapping hides the
	// product, and else what opts names alone; a membership in a category that
	// is no longer in the tree is shown by its id. A product is see's until
	// see returns. The first error ends the scan.
	Scan(ctx context.Context, opts ScanOptions, see func(*Product) error) error
	// Runs lists every recorded run, oldest first; none where there are no
	// run tables.
	Runs(ctx context.Context) ([]Run, error)
	// Tombstones lists what stays of removed categories, oldest first, those
	// of undone runs included.
	Tombstones(ctx context.Context) ([]Tombstone, error)
	// Changes streams what a run changed, in canonical order, from its
	// before-images, titles, sellers and pages as they were then.
	Changes(ctx context.Context, run int64) iter.Seq2[Change, error]
	// Verify streams every difference between what the run left behind and
	// the catalog now.
	Verify(ctx context.Context, run int64) iter.Seq2[Difference, error]
	// Reverse prepares the undoing of a run, or of a part of it. ErrNoRun
	// where there is none; a RefusedError where the part cannot be restored.
	// Undoing a run takes the appeals against it along: the catalog is then
	// what it was before the run, but for what was edited since.
	Reverse(ctx context.Context, run int64, opts ReverseOptions) (Reversal, error)
}

// Shape is what planning needs to know of a database.
type Shape struct {
	Engine           string // "sqlite 3.46.1"
	CategoryKey      KeyKind
	ProductKey       KeyKind
	Mapping          json.RawMessage // normalised
	CategoryColumn   bool            // products name one category in a column
	CategoryRequired bool            // that column takes no NULL and has no `none`
	PrimaryColumn    bool
	PrimaryRequired  bool
	OthersRequired   bool // a further table's primary takes no NULL
	Memberships      bool
	RuleBased        bool            // rules of the platform's own fill the categories: nothing can be sent to one
	SoftRemove       bool            // removed categories keep their row
	Closable         bool            // the mapping says how to close a category
	Delists          bool            // the mapping says how to delist
	Delisting        []Delisting     // what that writes, by Write.Delist
	NullableRefs     map[string]bool // "table.column" of references that take NULL
	Hazards          []Hazard
	Warnings         []string
}

// Delisting is what one of the mapping's delist assignments writes.
type Delisting struct {
	Table string // "" is the products' own
	Sets  []Set  // sorted by column
}

// Set is the value that a column is given.
type Set struct {
	Column string
	Value  *string // its rendering; nil is NULL
	Now    bool    // the time of the run instead
}

// Hazard is something in the database that the mapping does not declare and
// that forbids planning: a foreign key, a trigger, a missing module.
type Hazard struct {
	What   string // "foreign key", "trigger", "virtual table" …
	Name   string // table.column, or the object's name
	Detail string
}

// Categories is a catalog's tree with what its mapping says of each node.
type Categories struct {
	Tree *taxonomy.Tree
	// Broken is what keeps the catalog's rows from being one tree; nil where
	// nothing does. Tree holds the sound part then. No plan is made of it, but
	// a plan that was made is not held up by a bad row elsewhere.
	Broken         error
	Closed         map[taxonomy.ID]bool     // not open to products
	Protected      map[taxonomy.ID]bool     // may never be removed
	Marked         map[taxonomy.ID]bool     // a soft remove has been written on the row
	Ignored        map[taxonomy.ID]bool     // a membership here does not count as living elsewhere
	HiddenChildren map[taxonomy.ID][]string // children that `where` hides, by parent
}

// Held counts the products of a category.
type Held struct {
	Products int `json:"products"` // hidden ones included
	Live     int `json:"live"`     // of Products: on sale
	Hidden   int `json:"hidden"`   // of Products: rows the mapping hides
}

// Selection says what a Snapshot copies.
type Selection struct {
	In         []taxonomy.ID            // products filed in these, references to these
	Everything bool                     // every other product too, for a sweep
	Also       iter.Seq2[string, error] // further products by id; nil for none
	Fields     []string                 // the mapping's fields that rules read
	Untitled   bool                     // titles and sellers may be left out: nothing reads them
	URLs       bool                     // products' pages are told
	Recorded   bool                     // it will be staged: a run keeps titles, sellers and pages, read or not
	Targets    []taxonomy.ID            // products go here: what these require of them is asked for
}

// ScanOptions say what a Scan reads of each product.
type ScanOptions struct {
	Reads []string // as Condition.Reads names them: title, live, state, seller, the mapping's own fields
	Off   bool     // whether delisting it would write nothing new
}

// Snapshot is a private copy of part of a catalog.
type Snapshot interface {
	// Products streams the copied products in canonical order.
	Products(ctx context.Context) iter.Seq2[*Product, error]
	// References streams the rows that point at Selection.In, in canonical
	// order: table, column, row key.
	References(ctx context.Context) iter.Seq2[*Reference, error]
	// Requirements gives the attributes that the categories of
	// Selection.Targets require of their products; none where the mapping does
	// not say.
	Requirements(ctx context.Context) (Requirements, error)
	// Counts gives catalog-wide figures. live asks for the live products,
	// which may read the whole catalog.
	Counts(ctx context.Context, live bool) (Counts, error)
	// Stage translates changes, whose Ordinals are of this snapshot, into
	// private storage, ready to be committed. No lock is taken and no user
	// table touched.
	Stage(ctx context.Context, changes iter.Seq2[Change, error]) (Stage, error)
	Close() error
}

// Stage is a change set that is ready to be committed.
type Stage interface {
	// Commit takes the lock, compares the catalog with the snapshot, writes
	// before-images, changes and the run's record, asserts that what changed
	// is what was staged, and commits, all or nothing. ErrMoved means that
	// the catalog is no longer what the snapshot holds and nothing changed.
	Commit(ctx context.Context, opts CommitOptions) (Receipt, error)
}

// CommitOptions is what a run's record holds beside its changes.
type CommitOptions struct {
	Header      json.RawMessage // the plan's, whole
	Digest      string
	Policy      string
	Totals      Totals                 // after tolerated drift
	Paths       map[taxonomy.ID]string // the plan trailer's
	Drift       []Drift
	Operator    string
	Version     string // recat's
	Early       string // reason for applying before the date
	Reason      string // of an undo
	Approvals   json.RawMessage
	Now         time.Time
	LockTimeout time.Duration
	Observe     func(point string) // called at named points; nil for none
}

// Receipt is what a commit reports.
type Receipt struct {
	Run    int64
	Locked time.Duration // from taking the lock to the end of COMMIT
	Rows   int64         // rows changed in user tables
	After  []string      // commands the mapping wants run afterwards
}

// RunKind tells applying from undoing.
type RunKind string

// The kinds of run.
const (
	RunApply RunKind = "apply"
	RunUndo  RunKind = "undo"
)

// Run is one recorded application of a plan, or the undoing of one.
type Run struct {
	ID        int64
	Kind      RunKind
	Of        int64 // the run an undo takes back, in part or whole; 0 otherwise
	UndoneBy  int64 // the undo that took this one back whole; an appeal goes with its run; 0 otherwise
	Digest    string
	Policy    string
	Header    json.RawMessage
	Totals    Totals
	Paths     map[taxonomy.ID]string // of categories its products name by id only
	Drift     []Drift
	Operator  string
	Version   string
	Early     string
	Reason    string // of an undo
	Approvals json.RawMessage
	At        time.Time
	Rows      int64
	Pruned    bool       // its before-images, or those of the run it undid, were dropped
	Appeal    *Appeal    // of an undo that took back a part only; nil otherwise
	Kept      []Conflict // of an undo that kept what was edited since
}

// Tombstone is what stays of a removed category.
type Tombstone struct {
	Run       int64
	ID        taxonomy.ID
	Path      string
	Successor taxonomy.ID
	Undone    bool // its run was undone
}

// DriftKind is how the catalog differs from the plan.
type DriftKind string

// The kinds of drift.
const (
	Arrived      DriftKind = "arrived"   // a product the plan does not have
	Left         DriftKind = "left"      // a product that left the removed categories
	Gone         DriftKind = "gone"      // a product that is no longer there
	Edited       DriftKind = "edited"    // a before-value differs
	CategoryEdit DriftKind = "category"  // the tree around the plan differs
	ReferenceNew DriftKind = "reference" // a reference came, went or changed
)

// Drift is one difference between a plan's before-values and the catalog.
type Drift struct {
	Kind      DriftKind   `json:"kind"`
	Subject   string      `json:"subject"` // product or category id, or table and row
	Title     *string     `json:"title,omitempty"`
	Detail    string      `json:"detail"`              // what differs, values quoted
	Tolerated bool        `json:"tolerated,omitempty"` // the policy's drift clause allows it
	Fate      Fate        `json:"fate,omitempty"`      // what tolerating it does; "" is nothing
	To        taxonomy.ID `json:"to,omitempty"`
	ToPath    string      `json:"to_path,omitempty"`
}

// Difference is something verify found.
type Difference struct {
	Subject string `json:"subject"`
	Detail  string `json:"detail"`
}

// OnConflict says what undo does with rows edited after the run.
type OnConflict string

// The answers; fail changes nothing.
const (
	ConflictFail    OnConflict = "fail"
	ConflictKeep    OnConflict = "keep"
	ConflictRestore OnConflict = "restore"
)

// ReverseOptions narrow an undo.
type ReverseOptions struct {
	OnConflict OnConflict
	Part       *Part // of an appeal; nil: the run whole
}

// Conflict is a row that was edited after the run.
type Conflict struct {
	Table  string `json:"table"`
	Row    string `json:"row"`
	Column string `json:"column,omitempty"`
	Detail string `json:"detail"` // before, after and now

	Product  string      `json:"product,omitempty"`  // that the row is, or belongs to; "" for none
	Category taxonomy.ID `json:"category,omitempty"` // that the row is; "" for none

	SettledBy []OnConflict    `json:"settled_by,omitempty"` // keep, restore or both; none where nothing settles it
	Values    *ConflictValues `json:"values,omitempty"`     // nil where it is not about one column
}

// Open reports whether an answer leaves the conflict undecided: the undo then
// changes nothing.
func (c Conflict) Open(answer OnConflict) bool { return !slices.Contains(c.SettledBy, answer) }

// ConflictValues are a column's renderings; nil is NULL.
type ConflictValues struct {
	Before *string `json:"before"` // the run
	After  *string `json:"after"`  // it, as the run left it
	Now    *string `json:"now"`
}

// Reversal is an undo that is ready to be committed.
type Reversal interface {
	// Run is the run to be undone.
	Run() Run
	// Restores says what an appeal restores; nothing of a run undone whole.
	Restores() Restoration
	// Conflicts lists the rows edited since, as the catalog is now.
	Conflicts(ctx context.Context) ([]Conflict, error)
	// Commit restores the before-images in one transaction. A ConflictError
	// means that nothing changed.
	Commit(ctx context.Context, opts CommitOptions) (Receipt, error)
	Close() error
}
