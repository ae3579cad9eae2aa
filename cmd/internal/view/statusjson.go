package view

import (
	"io"
	"time"

	"recat/migrate"
)

// boardJSON is one policy of a board.
type boardJSON struct {
	Policy    string              `json:"policy,omitempty"`
	State     migrate.State       `json:"state"`
	Needs     []needJSON          `json:"needs"`
	File      string              `json:"file,omitempty"`
	Reason    string              `json:"reason,omitempty"`
	Dates     migrate.Dates       `json:"dates"`
	Left      *leftJSON           `json:"left,omitempty"`
	Plan      *boardPlanJSON      `json:"plan,omitempty"`
	Run       *runJSON            `json:"run,omitempty"`
	Undo      *runJSON            `json:"undo,omitempty"`
	Inside    []insideJSON        `json:"inside"`
	Drift     *boardDriftJSON     `json:"drift,omitempty"`
	Approvals *boardApprovalsJSON `json:"approvals,omitempty"`
	Limits    []limitJSON         `json:"limits"`
	Refusals  []refusalJSON       `json:"refusals"`
	Error     *boardErrorJSON     `json:"error,omitempty"`
	Next      []string            `json:"next,omitempty"`
}

type needJSON struct {
	Need   migrate.NeedKind `json:"need"`
	Detail string           `json:"detail"`
}

// leftJSON is how many seconds are left to each date; below 0 it has passed.
type leftJSON struct {
	Effective *int64 `json:"effective,omitempty"`
	Expires   *int64 `json:"expires,omitempty"`
	Enforced  *int64 `json:"enforced,omitempty"`
}

type boardPlanJSON struct {
	File   string    `json:"file"`
	Digest string    `json:"digest"`
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	Others []string  `json:"others,omitempty"`
}

type insideJSON struct {
	Category string `json:"category"`
	Path     string `json:"path"`
	migrate.Held
	Planned *int `json:"planned,omitempty"`
	Change  *int `json:"change,omitempty"`
}

type boardDriftJSON struct {
	Total        int                       `json:"total"`
	NotTolerated int                       `json:"not_tolerated"`
	Counts       map[migrate.DriftKind]int `json:"counts"`
	Rows         []migrate.Drift           `json:"rows"`
}

type boardApprovalsJSON struct {
	Needed   int      `json:"needed"`
	By       []string `json:"by"`
	Rejected []string `json:"rejected,omitempty"`
}

type limitJSON struct {
	Limit  string  `json:"limit"`
	Used   float64 `json:"used"`
	Of     float64 `json:"of"`
	AtMost bool    `json:"at_most,omitempty"`
	Near   bool    `json:"near"`
	Over   bool    `json:"over"`
}

type boardErrorJSON struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// StatusJSON writes the board as one object.
func StatusJSON(w io.Writer, b Board) error {
	o := newObject(w)
	o.member("at", b.At.UTC())
	o.member("needing_action", b.Acting())
	rows := make([]boardJSON, len(b.Rows))
	for i, r := range b.Rows {
		rows[i] = newBoardJSON(r, b.At)
	}
	slice(o, "policies", rows)
	return o.close()
}

func newBoardJSON(r BoardRow, now time.Time) boardJSON {
	j := boardJSON{Policy: r.Policy, State: r.State, Needs: []needJSON{}, File: r.File, Reason: r.Reason, Dates: r.Dates,
		Left: newLeftJSON(r.Dates, now), Inside: []insideJSON{}, Limits: []limitJSON{}, Refusals: []refusalJSON{}, Next: r.Next}
	for _, n := range r.Needs {
		j.Needs = append(j.Needs, needJSON{n.Kind, n.Detail})
	}
	if r.Plan != nil && len(r.Plans) > 0 {
		prov := r.Plan.Provenance()
		j.Plan = &boardPlanJSON{File: r.Plans[0], Digest: r.Plan.Trailer().Digest, At: prov.At, Who: prov.Who, Others: r.Plans[1:]}
	}
	if r.Run != nil {
		j.Run = new(newRunJSON(*r.Run))
	}
	if r.Undo != nil {
		j.Undo = new(newRunJSON(*r.Undo))
	}
	for _, i := range r.Inside {
		row := insideJSON{Category: string(i.Category), Path: i.Path, Held: i.Held, Planned: i.Planned}
		if more, known := i.Change(); known {
			row.Change = &more
		}
		j.Inside = append(j.Inside, row)
	}
	j.rest(r)
	return j
}

// rest fills in what not every standing has.
func (j *boardJSON) rest(r BoardRow) {
	if d := r.Drift; d != nil {
		j.Drift = &boardDriftJSON{Total: d.Total, NotTolerated: d.Fatal, Counts: d.Counts, Rows: append([]migrate.Drift{}, d.Rows...)}
	}
	if a := r.Approvals; a.Needed > 0 || len(a.By) > 0 {
		j.Approvals = &boardApprovalsJSON{Needed: a.Needed, By: append([]string{}, a.By...), Rejected: a.Rejected}
	}
	for _, l := range r.Limits {
		j.Limits = append(j.Limits, limitJSON{Limit: l.Name, Used: l.Used, Of: l.Limit, AtMost: l.AtMost, Near: l.Near(), Over: l.Over()})
	}
	for _, refusal := range r.Refusals {
		j.Refusals = append(j.Refusals, refusalJSON{At: refusal.Pos.String(), Refusal: refusal})
	}
	if r.Err != nil {
		j.Error = &boardErrorJSON{Code: r.Code, Message: r.Err.Error()}
	}
}

func newLeftJSON(d migrate.Dates, now time.Time) *leftJSON {
	left := func(t time.Time) *int64 {
		if t.IsZero() {
			return nil
		}
		return new(int64(t.Sub(now) / time.Second))
	}
	out := leftJSON{left(d.Effective), left(d.Expires), left(d.Enforced)}
	if out == (leftJSON{}) {
		return nil
	}
	return &out
}
