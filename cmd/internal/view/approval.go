package view

import (
	"encoding/json"
	"strings"
	"time"

	"recat/migrate"
)

// approvalGiven is an approval as a run records it.
type approvalGiven struct {
	By  string    `json:"by"`
	At  time.Time `json:"at"`
	Ref string    `json:"ref"`
	Key string    `json:"key"` // that signed it; "" where it is not signed
}

// name is who approved, with the ticket.
func (a approvalGiven) name() string {
	if a.Ref != "" {
		return a.By + " (" + a.Ref + ")"
	}
	return a.By
}

// approvalsGiven are those of a run; nil where there are none.
func approvalsGiven(approvals json.RawMessage) []approvalGiven {
	var given []approvalGiven
	if json.Unmarshal(approvals, &given) != nil {
		return nil
	}
	return given
}

// approvedBy names those who approved a run, with the tickets they gave; ""
// where nobody did.
func approvedBy(approvals json.RawMessage) string {
	var names []string
	for _, a := range approvalsGiven(approvals) {
		names = append(names, a.name())
	}
	return strings.Join(names, ", ")
}

// approvals says who approved a run, when, and by which key it was signed.
func (p *page) approvals(approvals json.RawMessage, d migrate.Dates) {
	for _, a := range approvalsGiven(approvals) {
		spans := []span{text("approved by " + a.name())}
		if !a.At.IsZero() {
			spans = append(spans, text(zoned(a.At, d)))
		}
		if a.Key != "" {
			spans = append(spans, styled(styleGreen, "signed by key "+a.Key))
		}
		p.line(2, spans...)
	}
}
