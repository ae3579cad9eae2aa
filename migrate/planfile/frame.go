package planfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"recat/migrate"
)

// provenanceFrame is the second line, trailerFrame the last.
type provenanceFrame struct {
	Provenance migrate.Provenance `json:"provenance"`
}

type trailerFrame struct {
	Trailer sealed `json:"trailer"`
}

// sealed is a trailer with the sum of the file.
type sealed struct {
	migrate.Trailer
	Sum string `json:"sum"`
}

// marshal writes one of the lines that encoding/json writes, without its LF.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	line := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if !utf8.Valid(line) {
		return nil, errNotUTF8
	}
	return escapeJSON(line), nil
}

// marshalExact is marshal for values from outside: what it writes must be
// read back the same, or else it is an error.
func marshalExact[T any](v *T) ([]byte, error) {
	line, err := marshal(v)
	if err != nil {
		return nil, err
	}
	// encoding/json replaces what is not UTF-8 without a word.
	if d := unmarshal(line, new(T)); d != nil {
		return nil, errNotUTF8
	}
	return line, nil
}

// unmarshal reads such a line strictly: it must be just what marshal writes.
func unmarshal[T any](line []byte, v *T) *defect {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return jsonDefect(err)
	}
	canonical, err := marshal(v)
	if err != nil {
		return &defect{msg: err.Error()}
	}
	if bytes.Equal(line, canonical) {
		return nil
	}
	if key := missingKey(line, canonical); key != "" {
		return &defect{msg: fmt.Sprintf("missing key %q", key)}
	}
	return &defect{column: firstDifference(line, canonical) + 1, msg: "not spelled as a plan is from here on"}
}

// jsonDefect says what encoding/json found, in this package's words.
func jsonDefect(err error) *defect {
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return &defect{column: int(syntax.Offset), msg: syntax.Error()}
	case errors.As(err, &mistyped):
		return &defect{column: int(mistyped.Offset), msg: fmt.Sprintf("key %q cannot be a %s", mistyped.Field, mistyped.Value)}
	}
	msg := strings.TrimPrefix(err.Error(), "json: ")
	return &defect{msg: strings.Replace(msg, "unknown field", "unknown key", 1)}
}

func firstDifference(a, b []byte) int {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

// missingKey names a key that want has and line doesn't, with those above it.
func missingKey(line, want []byte) string {
	var a, b any
	if json.Unmarshal(line, &a) != nil || json.Unmarshal(want, &b) != nil {
		return ""
	}
	return missingFrom(a, b)
}

func missingFrom(line, want any) string {
	have, ok := line.(map[string]any)
	wanted, too := want.(map[string]any)
	if !ok || !too {
		return ""
	}
	keys := make([]string, 0, len(wanted))
	for key := range wanted {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		value, ok := have[key]
		if !ok {
			return key
		}
		if below := missingFrom(value, wanted[key]); below != "" {
			return key + "." + below
		}
	}
	return ""
}

// headerStart is how every plan begins, of whatever version.
const headerStart = `{"recat_plan":`

// readHeader reads the header's line, which begins with headerStart.
func readHeader(line []byte) (migrate.Header, *defect) {
	var h migrate.Header
	version, _, _ := bytes.Cut(line[len(headerStart):], []byte(","))
	version = bytes.TrimSuffix(version, []byte("}"))
	if known := fmt.Sprint(migrate.PlanVersion); string(version) != known {
		return h, &defect{column: len(headerStart) + 1,
			msg: fmt.Sprintf("version %.20q of the plan format is not known; this recat knows version %s", version, known)}
	}
	if d := unmarshal(line, &h); d != nil {
		return h, d
	}
	if err := checkHeader(h); err != nil {
		return h, &defect{msg: err.Error()}
	}
	return h, nil
}

func checkHeader(h migrate.Header) error {
	if h.Version != migrate.PlanVersion {
		return fmt.Errorf("version %d of the plan format is not known", h.Version)
	}
	for _, kind := range []migrate.KeyKind{h.CategoryKey, h.ProductKey} {
		if kind != migrate.IntKey && kind != migrate.TextKey {
			return fmt.Errorf("unknown kind of key %q", kind)
		}
	}
	return nil
}
