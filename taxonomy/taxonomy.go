// Package taxonomy holds category trees: what a tree is, what is wrong with
// one, how two of them differ, and the crosswalks that lead from the ids of one
// to those of the next.
//
// A category is its id. Ids are opaque and compared byte for byte; names are
// data and are kept as they are; a path of names is only a way to point, and
// may point at several categories or at none.
package taxonomy

// ID identifies a category within one taxonomy. It is opaque: nothing may be
// read out of it. The empty ID never identifies a category; as a parent it
// says that a category is a root.
type ID string

// Node is one category.
type Node struct {
	ID     ID
	Parent ID // "" for a root
	Name   string
	Line   int // where the source states it, from 1; 0 when not from a file
}

// Record is a category as a source states it, before anything is known to
// hold: beside the node it keeps what a Tree has no room for.
type Record struct {
	Node
	NullName bool // the source says NULL, not ""
	Children []ID // the ids it lists as its children, where a source does so
}

// Records wraps nodes that come from a source without NULL names and without
// lists of children.
func Records(nodes []Node) []Record {
	records := make([]Record, len(nodes))
	for i, n := range nodes {
		records[i].Node = n
	}
	return records
}

// Nodes returns the records' nodes.
func Nodes(records []Record) []Node {
	nodes := make([]Node, len(records))
	for i := range records {
		nodes[i] = records[i].Node
	}
	return nodes
}
