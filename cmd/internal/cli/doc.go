// Package cli is the command line of recat: one file a command, each a
// constructor, an options struct and a run function that knows no cobra.
//
// Everything a command reaches — arguments, streams, environment, clock,
// terminal — comes from a World, so that a test can hand it another. What a
// command shows is rendered by package view; the exit code it ends with is
// one of the codes of exit.go; what to do next is said here and nowhere below.
package cli
