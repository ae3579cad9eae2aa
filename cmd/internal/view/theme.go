package view

// Theme says how text is coloured. The zero Theme is plain: it adds no byte.
type Theme struct{ colour bool }

// Plain adds no colour, Coloured does.
var (
	Plain    = Theme{}
	Coloured = Theme{colour: true}
)

// The parts a theme tells apart.
const (
	styleReset = "\x1b[0m"
	styleBold  = "\x1b[1m"
	styleDim   = "\x1b[2m"
	styleRed   = "\x1b[31m"
	styleGreen = "\x1b[32m"
	styleAmber = "\x1b[33m"
	styleCyan  = "\x1b[36m"
)

// paint wraps s, which must be safe already, in a style.
func (t Theme) paint(style, s string) string {
	if !t.colour || style == "" || s == "" {
		return s
	}
	return style + s + styleReset
}
