package view

import "recat/migrate"

// Theme says how text is coloured. The zero Theme is plain: it adds no byte.
type Theme struct{ colour bool }

// Plain adds no colour, Coloured does.
var (
	Plain    = Theme{}
	Coloured = Theme{colour: true}
)

// The styles, as the terminal takes them.
const (
	styleReset  = "\x1b[0m"
	styleBold   = "\x1b[1m"
	styleDim    = "\x1b[2m"
	styleRed    = "\x1b[31m"
	styleGreen  = "\x1b[32m"
	styleYellow = "\x1b[33m"
	styleCyan   = "\x1b[36m"
)

// paint wraps s, which must be safe already, in a style.
func (t Theme) paint(style, s string) string {
	if !t.colour || style == "" || s == "" {
		return s
	}
	return style + s + styleReset
}

// mark is a fate's sign and style: the sign tells where colour doesn't.
func mark(f migrate.Fate) (sign, style string) {
	switch f {
	case migrate.Delist:
		return "x", styleRed
	case migrate.Reassign:
		return ">", styleYellow
	case migrate.Detach:
		return "<", styleCyan
	case migrate.Keep:
		return "=", styleGreen
	}
	return "?", styleDim
}
