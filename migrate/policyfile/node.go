package policyfile

import "recat/migrate"

// node is a value of a policy at its place.
type node struct {
	kind    kind
	text    string // of a scalar
	style   style
	name    string // what messages call it: the key it stands under
	pos     migrate.Pos
	entries []entry // of a mapping
	items   []*node // of a list
}

// entry is one key of a mapping.
type entry struct{ key, value *node }

// kind is what a node holds.
type kind uint8

const (
	null kind = iota // nothing, or the word null
	scalar
	list
	mapping
)

// style is how a scalar is written.
type style uint8

const (
	plain style = iota
	quoted
	literal // a block with |
	folded  // a block with >
)

// right is the place some characters further on the line.
func right(p migrate.Pos, n int) migrate.Pos {
	p.Column += n
	return p
}
