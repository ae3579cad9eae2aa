package taxonomy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// DefectKind says what is wrong; the value is the wording.
type DefectKind string

// The kinds of defect. Those marked as warnings leave a tree usable.
const (
	EmptyID       DefectKind = "empty id"
	DuplicateID   DefectKind = "duplicate id"
	MissingParent DefectKind = "missing parent"
	Cycle         DefectKind = "cycle"
	EmptyName     DefectKind = "empty name"
	NullName      DefectKind = "NULL name"
	TwoParents    DefectKind = "two parents"   // listed as a child by several
	OtherParent   DefectKind = "other parent"  // listed by one that it doesn't name
	MissingChild  DefectKind = "missing child" // a listed child is not there; warning
	TwinSiblings  DefectKind = "twin siblings" // one path, several ids; warning
	EmptyTarget   DefectKind = "empty target"  // a crosswalk leads to ""
	DoubleTarget  DefectKind = "double target" // a crosswalk names a target twice
)

// Fatal reports whether no tree or crosswalk can be made while the defect
// stands.
func (k DefectKind) Fatal() bool { return k != MissingChild && k != TwinSiblings }

// Defect is one thing wrong with a list of records or rules.
type Defect struct {
	Kind DefectKind
	ID   ID
	Line int // 0 when not from a file

	// Related is, by kind: the parent that is missing; the parents that list
	// the id; the children that are missing; the ids on the cycle, each
	// followed by its parent or, in a crosswalk, its target; the ids of the
	// twins, this one first; the target named twice.
	Related []ID
	First   int // the line of the first use of a duplicate id
}

// Message says what is wrong, without the line. Ids are quoted, so that it is
// safe to print.
func (d Defect) Message() string {
	switch d.Kind {
	case DoubleTarget:
		return fmt.Sprintf("%s: %q leads to %s twice", d.Kind, d.ID, quoted(d.Related, ""))
	case EmptyID, EmptyTarget, EmptyName, NullName:
		return fmt.Sprintf("%s: %q", d.Kind, d.ID)
	case DuplicateID:
		if d.First > 0 {
			return fmt.Sprintf("%s: %q, first on line %d", d.Kind, d.ID, d.First)
		}
		return fmt.Sprintf("%s: %q", d.Kind, d.ID)
	case MissingParent:
		return fmt.Sprintf("%s: %q is under %s, which is not there", d.Kind, d.ID, quoted(d.Related, ""))
	case Cycle:
		return fmt.Sprintf("%s: %s", d.Kind, quoted(append(slices.Clone(d.Related), d.ID), " → "))
	case TwoParents, OtherParent:
		return fmt.Sprintf("%s: %q is listed under %s", d.Kind, d.ID, quoted(d.Related, ", "))
	case MissingChild:
		return fmt.Sprintf("%s: %q lists %s", d.Kind, d.ID, quoted(d.Related, ", "))
	default:
		return fmt.Sprintf("%s: %s", d.Kind, quoted(d.Related, ", "))
	}
}

// Error is the message after the line, where there is one.
func (d Defect) Error() string {
	if d.Line == 0 {
		return d.Message()
	}
	return fmt.Sprintf("line %d: %s", d.Line, d.Message())
}

func quoted(ids []ID, sep string) string {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteString(sep)
		}
		if i == maxListed && len(ids) > maxListed+1 {
			fmt.Fprintf(&b, "… %d more", len(ids)-i)
			break
		}
		fmt.Fprintf(&b, "%q", string(id))
	}
	return b.String()
}

// maxListed bounds what an error text lists; the values hold everything.
const maxListed = 20

// Defects are what a check found, in the order of their lines, then ids, then
// kinds.
type Defects []Defect

// Error lists the defects, one a line, up to a bound.
func (ds Defects) Error() string {
	if len(ds) == 1 {
		return ds[0].Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d defects", len(ds))
	if len(ds) > maxListed {
		fmt.Fprintf(&b, ": %s", ds.kinds())
	}
	for i, d := range ds {
		if i == maxListed {
			fmt.Fprintf(&b, "\n… and %d more", len(ds)-i)
			break
		}
		b.WriteString("\n" + d.Error())
	}
	return b.String()
}

// kinds counts the defects of each kind, most first.
func (ds Defects) kinds() string {
	counts := map[DefectKind]int{}
	for _, d := range ds {
		counts[d.Kind]++
	}
	kinds := slices.SortedFunc(maps.Keys(counts), func(a, b DefectKind) int {
		return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b))
	})
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = fmt.Sprintf("%d × %s", counts[k], k)
	}
	return strings.Join(out, ", ")
}

// Fatal returns the defects with which there is no tree.
func (ds Defects) Fatal() Defects {
	return slices.DeleteFunc(slices.Clone(ds), func(d Defect) bool { return !d.Kind.Fatal() })
}

// Warnings returns the defects that a tree can live with.
func (ds Defects) Warnings() Defects {
	return slices.DeleteFunc(slices.Clone(ds), func(d Defect) bool { return d.Kind.Fatal() })
}

// err is nil when nothing is fatal; a nil Defects in an error would not be.
func (ds Defects) err() error {
	if fatal := ds.Fatal(); len(fatal) > 0 {
		return fatal
	}
	return nil
}

func (ds Defects) sort() Defects {
	slices.SortStableFunc(ds, func(a, b Defect) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Kind, b.Kind))
	})
	return ds
}
