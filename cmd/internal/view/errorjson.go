package view

import (
	"errors"
	"io"
	"time"

	"recat/migrate"
)

// errorJSON is what a program is told: the code as a word and as the exit
// code, a message for people, and the details of the kinds that have any.
type errorJSON struct {
	Code        string               `json:"code"`
	Exit        int                  `json:"exit"`
	Message     string               `json:"message"`
	Drift       *driftJSON           `json:"drift,omitempty"`
	Refusals    []refusalJSON        `json:"refusals,omitempty"`
	Window      *windowJSON          `json:"window,omitempty"`
	Differing   int                  `json:"differing,omitempty"`
	Differences []migrate.Difference `json:"differences,omitempty"`
	Conflicts   []conflictJSON       `json:"conflicts,omitempty"`
	Places      []placeJSON          `json:"places,omitempty"`
	Next        []string             `json:"next,omitempty"`
}

type refusalJSON struct {
	At string `json:"at,omitempty"` // file:line:column
	migrate.Refusal
}

type windowJSON struct {
	State string    `json:"state"` // early, expired
	At    time.Time `json:"at"`
}

// placeJSON is one defect of a file.
type placeJSON struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
}

// ErrorJSON writes {format_version, error: {code, exit, message, …}}.
func ErrorJSON(w io.Writer, f Failure) error {
	o := newObject(w)
	o.member("error", f.json())
	return o.close()
}

func (f Failure) json() errorJSON {
	e := errorJSON{Code: f.Code, Exit: f.Exit, Message: f.Err.Error(), Next: f.Next}
	e.details(f.Err)
	return e
}

func (e *errorJSON) details(err error) {
	var (
		stale      *migrate.StaleError
		refused    *migrate.RefusedError
		window     *migrate.WindowError
		unverified *migrate.UnverifiedError
		conflict   *migrate.ConflictError
	)
	switch {
	case errors.As(err, &unverified):
		e.Differing, e.Differences = unverified.Total, unverified.Differences
	case errors.As(err, &conflict):
		e.Conflicts = conflictsJSON(conflict.Conflicts)
	case errors.As(err, &stale):
		drift := newDriftJSON(stale.Drift, stale.Total)
		e.Drift = &drift
	case errors.As(err, &window):
		e.Window = &windowJSON{State: "early", At: window.At}
		if window.Window == migrate.WindowExpired {
			e.Window.State = "expired"
		}
	case errors.As(err, &refused):
		for _, r := range refused.Refusals {
			e.Refusals = append(e.Refusals, refusalJSON{At: r.Pos.String(), Refusal: r})
		}
	default:
		e.Places = filePlaces(err)
	}
}

// filePlaces lists the defects of a person's file.
func filePlaces(err error) []placeJSON {
	var many migrate.FileErrors
	var one *migrate.FileError
	if !errors.As(err, &many) && errors.As(err, &one) {
		many = migrate.FileErrors{one}
	}
	var out []placeJSON
	for _, f := range many {
		out = append(out, placeJSON{f.Pos.File, f.Pos.Line, f.Pos.Column, f.Msg})
	}
	return out
}
