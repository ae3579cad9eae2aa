package view

import (
	"encoding/json"
	"strings"
)

// approvedBy names those who approved a run, with the tickets they gave; ""
// where nobody did.
func approvedBy(approvals json.RawMessage) string {
	var given []struct{ By, Ref string }
	if json.Unmarshal(approvals, &given) != nil {
		return ""
	}
	var names []string
	for _, a := range given {
		if a.Ref != "" {
			a.By += " (" + a.Ref + ")"
		}
		names = append(names, a.By)
	}
	return strings.Join(names, ", ")
}
