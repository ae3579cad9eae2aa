// Package catalog is the migrate.Catalog on database/sql: a shop's own
// database seen through a mapping.
//
// A Mapping says which tables and columns hold the tree and the products; it
// is read from YAML and carried by plans and runs as normalised JSON. A
// Catalog copies what a plan needs into temporary tables of its own
// connection, so that it holds no lock while fates are decided, and commits a
// staged change set in one transaction together with the before-images and
// the record of the run.
//
// What differs between engines stands in one file each (sqlite.go).
package catalog
