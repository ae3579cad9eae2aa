package planfile

import (
	"errors"
	"strconv"
	"unicode/utf8"

	"recat/migrate"
	"recat/taxonomy"
)

var errNotUTF8 = errors.New("a text is not UTF-8")

// appendChange writes a change's line, without its LF.
func appendChange(dst []byte, c migrate.Change) ([]byte, error) {
	from := len(dst)
	switch {
	case c.Category != nil:
		dst = appendCategory(dst, c.Category)
	case c.Product != nil:
		dst = appendProduct(dst, c.Product)
	default:
		dst = appendReference(dst, c.Reference)
	}
	if !utf8.Valid(dst[from:]) {
		return dst[:from], errNotUTF8
	}
	return dst, nil
}

func appendCategory(dst []byte, c *migrate.CategoryChange) []byte {
	dst = appendMember(dst, `{"category":`, string(c.ID))
	dst = appendMember(dst, `,"do":`, string(c.Do))
	dst = appendMember(dst, `,"why":`, string(c.Why))
	dst = appendMember(dst, `,"path":`, c.Path)
	dst = appendMember(dst, `,"name":`, c.Name)
	dst = appendMember(dst, `,"parent":`, string(c.Parent))
	dst = appendIDs(dst, `,"children":`, c.Children)
	dst = appendFlag(dst, `,"closed":true`, c.Closed)
	dst = appendFlag(dst, `,"prohibited":true`, c.Prohibited)
	dst = appendOptional(dst, `,"to":`, string(c.To))
	dst = appendOptional(dst, `,"successor":`, string(c.Successor))
	dst = appendOptional(dst, `,"reason":`, c.Reason)
	dst = appendPresent(dst, `,"url":`, c.URL)
	dst = appendRebuilt(dst, c.Rebuild)
	return append(dst, '}')
}

func appendRebuilt(dst []byte, all []migrate.Rebuilt) []byte {
	if len(all) == 0 {
		return dst
	}
	dst = append(dst, `,"rebuild":[`...)
	for i := range all {
		dst = appendComma(dst, i)
		dst = appendMember(dst, `{"column":`, all[i].Column)
		dst = append(dst, `,"before":`...)
		dst = appendNullable(dst, all[i].Before)
		dst = append(dst, `,"after":`...)
		dst = appendNullable(dst, all[i].After)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func appendProduct(dst []byte, p *migrate.ProductChange) []byte {
	dst = appendMember(dst, `{"product":`, p.ID)
	dst = append(dst, `,"title":`...)
	dst = appendNullable(dst, p.Title)
	dst = appendMember(dst, `,"fate":`, string(p.Fate))
	dst = appendOptional(dst, `,"to":`, string(p.To))
	dst = appendMember(dst, `,"rule":`, p.Rule)
	dst = appendOptional(dst, `,"reason":`, p.Reason)
	dst = appendOptional(dst, `,"cleared":`, p.Cleared)
	dst = appendOptional(dst, `,"by":`, p.By)
	dst = appendIDs(dst, `,"from":`, p.From)
	dst = appendOptional(dst, `,"follows":`, p.Follows)
	dst = appendFlag(dst, `,"outside":true`, p.Outside)
	dst = appendOverruled(dst, p.Overruled)
	dst = appendSome(dst, `,"missing":`, p.Missing)
	dst = appendFlag(dst, `,"live":true`, p.Live)
	dst = appendPresent(dst, `,"state":`, p.State)
	dst = appendPresent(dst, `,"seller":`, p.Seller)
	dst = appendPresent(dst, `,"url":`, p.URL)
	dst = appendFlag(dst, `,"hidden":true`, p.Hidden)
	dst = append(dst, `,"before":`...)
	dst = appendPlacement(dst, &p.Before)
	dst = append(dst, `,"after":`...)
	dst = appendPlacement(dst, &p.After)
	dst = appendWrites(dst, p.Writes)
	dst = appendInputs(dst, p.Read)
	return append(dst, '}')
}

func appendReference(dst []byte, r *migrate.ReferenceChange) []byte {
	dst = appendMember(dst, `{"reference":`, r.Table)
	dst = appendMember(dst, `,"column":`, r.Column)
	dst = append(dst, `,"row":`...)
	dst = appendTexts(dst, r.Row)
	dst = appendMember(dst, `,"category":`, string(r.Category))
	dst = appendMember(dst, `,"do":`, string(r.Do))
	dst = appendOptional(dst, `,"to":`, string(r.To))
	dst = appendOptional(dst, `,"label":`, r.Label)
	dst = appendOptional(dst, `,"reason":`, r.Reason)
	if len(r.Before) > 0 {
		dst = append(dst, `,"before":`...)
		dst = appendValues(dst, r.Before)
	}
	return append(dst, '}')
}

func appendOverruled(dst []byte, all []migrate.Overruled) []byte {
	if len(all) == 0 {
		return dst
	}
	dst = append(dst, `,"overruled":[`...)
	for i, o := range all {
		dst = appendComma(dst, i)
		dst = appendMember(dst, `{"category":`, string(o.Category))
		dst = appendMember(dst, `,"fate":`, string(o.Fate))
		dst = appendOptional(dst, `,"to":`, string(o.To))
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// appendPlacement writes an object none of whose keys need be there.
func appendPlacement(dst []byte, p *migrate.Placement) []byte {
	from := len(dst)
	dst = appendOptional(dst, `,"category":`, string(p.Category))
	dst = appendOptional(dst, `,"primary":`, string(p.Primary))
	if len(p.Memberships) > 0 {
		dst = append(dst, `,"memberships":[`...)
		for i := range p.Memberships {
			dst = appendComma(dst, i)
			dst = appendMembership(dst, &p.Memberships[i])
		}
		dst = append(dst, ']')
	}
	dst = appendIDs(dst, `,"others":`, p.Others)
	if len(dst) == from {
		return append(dst, `{}`...)
	}
	dst[from] = '{' // in place of the first comma
	return append(dst, '}')
}

func appendMembership(dst []byte, m *migrate.Membership) []byte {
	dst = appendMember(dst, `{"category":`, string(m.Category))
	if m.Position != nil {
		dst = append(dst, `,"position":`...)
		dst = strconv.AppendInt(dst, *m.Position, 10)
	}
	dst = appendFlag(dst, `,"primary":true`, m.Primary)
	return append(dst, '}')
}

func appendWrites(dst []byte, all []migrate.Write) []byte {
	if len(all) == 0 {
		return dst
	}
	dst = append(dst, `,"writes":[`...)
	for i := range all {
		dst = appendComma(dst, i)
		dst = append(dst, `{"delist":`...)
		dst = strconv.AppendInt(dst, int64(all[i].Delist), 10)
		if len(all[i].Row) > 0 {
			dst = append(dst, `,"row":`...)
			dst = appendTexts(dst, all[i].Row)
		}
		dst = append(dst, `,"values":`...)
		dst = appendValues(dst, all[i].Values)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func appendInputs(dst []byte, all []migrate.Input) []byte {
	if len(all) == 0 {
		return dst
	}
	dst = append(dst, `,"read":[`...)
	for i := range all {
		dst = appendComma(dst, i)
		dst = appendMember(dst, `{"name":`, all[i].Name)
		dst = append(dst, `,"value":`...)
		dst = appendNullable(dst, all[i].Value)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// appendMember writes a text under its key, which includes the punctuation.
func appendMember(dst []byte, key, s string) []byte {
	return appendText(append(dst, key...), s)
}

func appendOptional(dst []byte, key, s string) []byte {
	if s == "" {
		return dst
	}
	return appendMember(dst, key, s)
}

func appendPresent(dst []byte, key string, s *string) []byte {
	if s == nil {
		return dst
	}
	return appendMember(dst, key, *s)
}

func appendFlag(dst []byte, text string, on bool) []byte {
	if !on {
		return dst
	}
	return append(dst, text...)
}

func appendNullable(dst []byte, s *string) []byte {
	if s == nil {
		return append(dst, `null`...)
	}
	return appendText(dst, *s)
}

func appendIDs(dst []byte, key string, ids []taxonomy.ID) []byte {
	if len(ids) == 0 {
		return dst
	}
	dst = append(append(dst, key...), '[')
	for i, id := range ids {
		dst = appendComma(dst, i)
		dst = appendText(dst, string(id))
	}
	return append(dst, ']')
}

// appendSome is appendTexts under a key that is left out where there are none.
func appendSome(dst []byte, key string, all []string) []byte {
	if len(all) == 0 {
		return dst
	}
	return appendTexts(append(dst, key...), all)
}

func appendTexts(dst []byte, all []string) []byte {
	dst = append(dst, '[')
	for i, s := range all {
		dst = appendComma(dst, i)
		dst = appendText(dst, s)
	}
	return append(dst, ']')
}

func appendValues(dst []byte, all []*string) []byte {
	dst = append(dst, '[')
	for i, s := range all {
		dst = appendComma(dst, i)
		dst = appendNullable(dst, s)
	}
	return append(dst, ']')
}

func appendComma(dst []byte, i int) []byte {
	if i == 0 {
		return dst
	}
	return append(dst, ',')
}
