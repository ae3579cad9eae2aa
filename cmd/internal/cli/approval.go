package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"recat/migrate"
)

// approvalVersion is the version of the approval file written and read here.
const approvalVersion = 1

// approval is one person's word for one plan or several, by digest.
type approval struct {
	Version int       `json:"format_version"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Ref     string    `json:"ref,omitempty"`
	Digests []string  `json:"digests"`
}

// handed is an approval as it was handed over: its exact text and, where there
// is one beside it, its signature.
type handed struct {
	approval
	path            string
	text, signature []byte
}

// readGiven reads an approval file with the signature beside it.
func readGiven(path string) (handed, error) {
	text, err := readSmall(path)
	if err != nil {
		return handed{}, missing("approval", path, err)
	}
	a, err := parseApproval(path, text)
	if err != nil {
		return handed{}, err
	}
	signature, err := readSignature(path)
	return handed{approval: a, path: path, text: text, signature: signature}, err
}

// parseApproval reads the text of an approval file strictly.
func parseApproval(path string, text []byte) (approval, error) {
	var a approval
	dec := json.NewDecoder(bytes.NewReader(text))
	err := decodeApproval(dec, &a)
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		err = errors.New("the file is empty")
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the file is cut short")
	case err == nil && a.Version != approvalVersion:
		err = fmt.Errorf("format_version is %d; this recat reads %d", a.Version, approvalVersion)
	case err == nil && strings.TrimSpace(a.By) == "":
		err = errors.New("it does not say by whom")
	}
	if err != nil {
		return approval{}, &migrate.FileError{Pos: position(path, text, dec.InputOffset(), err), Msg: "not an approval: " + err.Error()}
	}
	return a, nil
}

// decodeApproval reads one object whose keys are known and stand there once.
// encoding/json alone would take By for by, and the last of two.
func decodeApproval(dec *json.Decoder, a *approval) error {
	if open, err := dec.Token(); err != nil {
		return err
	} else if open != json.Delim('{') {
		return errors.New("it is no object")
	}
	fields := map[string]any{"format_version": &a.Version, "by": &a.By, "at": &a.At, "ref": &a.Ref, "digests": &a.Digests}
	seen := map[string]bool{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		field, known := fields[name]
		switch {
		case !known:
			return fmt.Errorf("unknown field %q", name)
		case seen[name]:
			return fmt.Errorf("the field %q stands there twice", name)
		}
		seen[name] = true
		if err := dec.Decode(field); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if _, err := dec.Token(); err == nil || !errors.Is(err, io.EOF) {
		return errors.New("something follows the approval")
	}
	return nil
}

// position finds the line and column of a JSON error.
func position(path string, text []byte, offset int64, err error) migrate.Pos {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = syntax.Offset
	}
	before := text[:min(max(offset, 0), int64(len(text)))]
	return migrate.Pos{File: path, Line: 1 + bytes.Count(before, []byte("\n")), Column: len(before) - bytes.LastIndexByte(before, '\n')}
}

// checkExpected holds a plan's digest against the one that was demanded: the
// whole or its first digits, with or without "sha256:".
func checkExpected(expect, digest string) error {
	const prefix, least = "sha256:", 8
	want := strings.ToLower(strings.TrimPrefix(expect, prefix))
	if want == "" {
		return nil
	}
	if strings.Trim(want, "0123456789abcdef") != "" || len(want) < least {
		return &usageError{msg: fmt.Sprintf("--expect %q is no digest: at least %d hex digits are needed", expect, least)}
	}
	if !strings.HasPrefix(strings.TrimPrefix(digest, prefix), want) {
		return migrate.Refuse("the plan's digest is %s, not %s: it is not the plan that was approved", digest, expect)
	}
	return nil
}
