package rule

import (
	"cmp"
	"slices"
	"sort"
	"sync"
	"unicode"
)

// scriptRange says that the characters from lo to hi are of one script.
type scriptRange struct {
	lo, hi rune
	script class
}

// scriptRanges is made from the standard library's tables, sorted.
var scriptRanges = sync.OnceValue(func() []scriptRange {
	names := make([]string, 0, len(unicode.Scripts))
	for name := range unicode.Scripts {
		names = append(names, name)
	}
	slices.Sort(names)
	var ranges []scriptRange
	next := firstSpaced
	for _, name := range names {
		script := next
		switch name {
		case "Common", "Inherited":
			continue
		case "Han", "Hiragana", "Katakana":
			script = cjk
		case "Thai":
			script = thai
		default:
			next++
		}
		ranges = appendTable(ranges, unicode.Scripts[name], script)
	}
	slices.SortFunc(ranges, func(a, b scriptRange) int { return cmp.Compare(a.lo, b.lo) })
	return ranges
})

func appendTable(to []scriptRange, t *unicode.RangeTable, script class) []scriptRange {
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			to = append(to, scriptRange{lo, hi, script})
			return
		}
		for r := lo; r <= hi; r += stride {
			to = append(to, scriptRange{r, r, script})
		}
	}
	for _, r := range t.R16 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range t.R32 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return to
}

// scriptOf gives a letter's script, or shared.
func scriptOf(r rune) class {
	if r == 'ー' { // the long-vowel mark is Kana's, by use
		return cjk
	}
	ranges := scriptRanges()
	i := sort.Search(len(ranges), func(i int) bool { return ranges[i].hi >= r })
	if i < len(ranges) && ranges[i].lo <= r {
		return ranges[i].script
	}
	return shared
}
