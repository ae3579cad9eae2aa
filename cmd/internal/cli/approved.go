package cli

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"recat/migrate"
)

// recorded is an approval as a run records it. Where the policy asks for
// signatures, it can be verified again from the run alone: the text that was
// signed, the signature and, in the plan's header, who might sign.
type recorded struct {
	approval
	Key       string `json:"key,omitempty"` // fingerprint: SHA256:…
	Text      string `json:"text,omitempty"`
	Signature string `json:"signature,omitempty"`
}

// approved holds the approvals that were given against what a plan needs, and
// returns them as a run records them.
func approved(ctx context.Context, h migrate.Header, digest string, files []string) (json.RawMessage, error) {
	var all []handed
	for _, path := range files {
		a, err := readGiven(path)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(a.Digests, digest) {
			return nil, migrate.Refuse("%s does not approve this plan: it names other digests than %s", path, digest)
		}
		all = append(all, a)
	}
	out, err := signed(ctx, h, all)
	if err != nil {
		return nil, err
	}
	if names := different(out); len(names) < h.Approvals {
		what := "different names"
		if h.Signers != "" {
			what = "different names and keys"
		}
		return nil, migrate.Refuse("the policy asks for %s by %s, %d given%s", count(h.Approvals, "approval"), what, len(names), namesGiven(names))
	}
	if len(out) == 0 {
		return nil, nil
	}
	return json.Marshal(out)
}

// signed makes records of approvals, their signatures verified where the
// policy asks for them.
func signed(ctx context.Context, h migrate.Header, all []handed) ([]recorded, error) {
	out := make([]recorded, len(all))
	for i, a := range all {
		out[i].approval = a.approval
	}
	if h.Signers == "" || len(all) == 0 {
		return out, nil
	}
	s, err := newSigner()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	for i, a := range all {
		if a.signature == nil {
			return nil, migrate.Refuse("%s is not signed: the policy asks for signatures, and there is no %s.sig", a.path, a.path)
		}
		if out[i].Key, err = s.verify(ctx, h.Files[h.Signers], a); err != nil {
			return nil, err
		}
		out[i].Text, out[i].Signature = string(a.text), string(a.signature)
	}
	return out, nil
}

func namesGiven(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return ": " + strings.Join(names, ", ")
}

// different are the names of those who count: of several approvals by one
// name or by one key, the first.
func different(all []recorded) []string {
	var names []string
	keys := map[string]bool{}
	for _, a := range all {
		name := oneSpaced(a.By)
		if a.Key != "" && keys[a.Key] || slices.ContainsFunc(names, func(n string) bool { return sameName(n, name) }) {
			continue
		}
		keys[a.Key] = true
		names = append(names, name)
	}
	return names
}

// oneSpaced is a name with one space between its words.
func oneSpaced(name string) string { return strings.Join(strings.Fields(name), " ") }

// sameName reports whether two names are a person's, as people write it: width,
// case and space apart, and what is not visible left out.
func sameName(a, b string) bool {
	plain := func(s string) string {
		s = strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Cf, r) {
				return -1
			}
			return r
		}, s)
		return oneSpaced(norm.NFKC.String(s))
	}
	return strings.EqualFold(plain(a), plain(b))
}

// author reports whether an approver is also who made the plan, whose name is
// that of an account: lin, or lin@desk.
func author(by string, who string) bool {
	account, _, _ := strings.Cut(who, "@")
	return sameName(by, who) || sameName(by, account)
}
