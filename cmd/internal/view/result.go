package view

// Finished ends the stream of an apply that did what it should.
type Finished struct {
	Outcome
	Code string // "ok", "unverified"
	Exit int
}

func (Finished) event() string { return "result" }

// Message implements Happening.
func (f Finished) Message() string {
	switch a := f.Outcome; a.word() {
	case "already-applied":
		return "already applied: run " + count(a.Applied.Already.ID) + " on " + zoned(a.Applied.Already.At, a.Header.Dates) + "; nothing written"
	case "nothing-to-do":
		return "nothing to do; nothing written"
	case "would-apply":
		return "would apply: " + summed(a.Applied.Totals) + "; nothing written"
	default:
		return "applied: " + summed(a.Applied.Totals) + "; run " + count(a.Applied.Receipt.Run) + " recorded, " + proof(a.Found)
	}
}

func (f Finished) members(o *object) {
	o.ended(f.Code, f.Exit)
	f.Outcome.members(o)
}

// ended writes how a stream ends.
func (o *object) ended(code string, exit int) {
	o.member("format_version", FormatVersion)
	o.member("code", code)
	o.member("exit", exit)
}

func (Failure) event() string { return "result" }

// Message implements Happening.
func (f Failure) Message() string { return f.Err.Error() }

func (f Failure) members(o *object) {
	o.ended(f.Code, f.Exit)
	o.member("error", f.json())
}
