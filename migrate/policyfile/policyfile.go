// Package policyfile reads the policy a person writes, in YAML, with the
// decisions and crosswalks it names.
//
// Reading is strict: a key that is not known, a key given twice, a YAML tag,
// anchor or alias, a second document and every value that makes no sense are
// defects. All of them are collected, each at its line and column, which
// counts characters. Ids are taken as they are written.
package policyfile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"recat/migrate"
)

// Bounds on what is read.
const (
	maxPolicy    = 256 << 10 // bytes of a policy
	maxDecisions = 64 << 20  // bytes of a decisions file
	maxCrosswalk = 16 << 20  // bytes of a crosswalk
	maxSigners   = 1 << 20   // bytes of a file of signers
	maxFlowDepth = 16        // brackets within brackets
	maxDefects   = 1000      // told one by one; further ones are counted
)

// Source is a policy's text and the way to the files it names.
type Source struct {
	Name string // for messages
	Text []byte
	Open func(name string) ([]byte, error) // decisions, crosswalks and signers, by the name the policy uses
}

// Compiler makes conditions. Its errors may implement Positioned, singly or
// under an Unwrap() []error, to be shown where they are in the policy.
type Compiler interface {
	Compile(expr string) (migrate.Condition, error)
}

// Positioned is an error at a place in an expression; line and column count
// from 1, in characters.
type Positioned interface {
	error
	Position() (line, column int)
	Message() string // without the place
}

// File is a policy as it was read.
type File struct {
	Policy *migrate.Policy
	Files  map[string]string      // decisions, crosswalks and signers read, whole, by name
	Places map[string]migrate.Pos // where each setting stands: limits, dates.effective, penalties.0.from
}

// Parse reads a policy. The error is a migrate.FileErrors with every defect:
// those of the policy in file order, then those of the files it names.
func Parse(src Source, conditions Compiler) (*File, error) {
	r := &reader{src: src, conditions: conditions, files: map[string]string{}, open: map[string]*text{}}
	r.text = r.newText(src.Name, src.Text, maxPolicy)
	if r.text == nil {
		return nil, r.defects()
	}
	root := r.tree()
	if root == nil {
		return nil, r.defects()
	}
	policy := r.policy(root)
	if err := r.defects(); err != nil {
		return nil, err
	}
	places := map[string]migrate.Pos{}
	root.places("", places)
	return &File{Policy: policy, Files: r.files, Places: places}, nil
}

// places records where each value below a node stands, by the way to it.
func (n *node) places(way string, into map[string]migrate.Pos) {
	for _, e := range n.entries {
		at := way + e.key.text
		if into[at] = e.value.pos; e.value.kind != scalar {
			into[at] = e.key.pos
		}
		e.value.places(at+".", into)
	}
	for i, item := range n.items {
		at := way + strconv.Itoa(i)
		into[at] = item.pos
		item.places(at+".", into)
	}
}

// defects gives what was collected, in order; nil where there is nothing.
func (r *reader) defects() error {
	errs := r.errs
	slices.SortStableFunc(errs, func(a, b *migrate.FileError) int {
		return cmp.Or(cmp.Compare(r.rank(a), r.rank(b)),
			cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	same := func(a, b *migrate.FileError) bool { return *a == *b }
	errs = slices.CompactFunc(errs, same)
	if r.more > 0 {
		errs = append(errs, &migrate.FileError{Pos: errs[len(errs)-1].Pos, Msg: fmt.Sprintf("and %d more defects", r.more)})
	}
	return migrate.FileErrors(errs).Err()
}

// rank orders files: the policy, then the others as they were opened.
func (r *reader) rank(e *migrate.FileError) int {
	if e.Pos.File == r.src.Name {
		return -1
	}
	return slices.Index(r.order, e.Pos.File)
}
