// Package migrate retires categories from a product catalog.
//
// The way of the data is one line: a Policy, the category tree and the
// products of a Catalog become a Plan; a plan and a catalog become a Run; a
// run can be verified and undone. Deciding a product's fate is a pure
// function; everything that touches a database stands behind Catalog.
//
// The package knows no SQL, no YAML, no expression language and no terminal.
// Its subpackages read policies (policyfile), compile conditions (rule), keep
// plans in files (planfile) and reach databases (catalog).
package migrate
