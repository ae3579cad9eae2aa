package view

import (
	"fmt"
	"io"
	"strings"
)

// letter writes statements of reasons as text. What sellers wrote is on one
// line each, escaped.
type letter struct {
	w    io.Writer
	some bool // one was written
	err  error
}

// line writes a word and what it stands for, where that is there.
func (l *letter) line(word, what string) {
	if what == "" || l.err != nil {
		return
	}
	_, l.err = fmt.Fprintf(l.w, "%-12s%s\n", word, Safe(what))
}

func (l *letter) notice(n *notice) {
	if l.some && l.err == nil {
		_, l.err = fmt.Fprintln(l.w)
	}
	l.some = true
	l.line("notice", n.ID)
	l.line("takes back", n.Compensates)
	l.line("seller", nullable(n.Seller))
	l.line("listing", n.Product+"  "+nullable(n.Title))
	if n.URL != nil {
		l.line("page", *n.URL)
	}
	l.line("decision", n.Decision)
	l.line("date", n.Date)
	l.line("from", n.From)
	l.line("to", n.To)
	l.line("lacks", strings.Join(n.Missing, ", "))
	l.line("ground", n.Ground+" (policy "+n.Policy+")")
	l.line("because", n.Explanation)
	l.line("code", n.Code)
	l.line("cleared", n.Cleared)
	if n.Rule != "" {
		l.line("rule", n.Rule)
	}
	l.line("decided", n.Decided)
	l.line("enforced", n.Enforced)
	l.line("appeal", n.Appeal)
}
