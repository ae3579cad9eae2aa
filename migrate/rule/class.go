package rule

import (
	"sync/atomic"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// class is what a character is to words.
type class uint16

// The classes; from cjk on, a letter's script. Han and Kana mix within a word
// and count as one.
const (
	separator   class = iota // neither letter, mark nor number
	invisible                // formatting that means nothing
	mark                     // belongs to the character before it
	shared                   // a digit, or a letter of every script
	cjk                      // Han and Kana, written without spaces
	thai                     // likewise
	firstSpaced              // the other scripts
)

// unspaced reports whether the class's script is written without spaces.
func (c class) unspaced() bool { return c == cjk || c == thai }

// word reports whether the class is part of a word.
func (c class) word() bool { return c >= mark }

// char is what words need to know of a character.
type char struct {
	class class
	inert bool // normalised already, whatever stands before it
	lower rune // without its case
}

// Characters are looked up in pages, made when first met.
const pageBits = 8

type page [1 << pageBits]char

var pages [(unicode.MaxRune + 1) >> pageBits]atomic.Pointer[page]

// charOf looks a character up.
func charOf(r rune) *char {
	if r < 0 || r > unicode.MaxRune {
		r = unicode.ReplacementChar
	}
	p := pages[r>>pageBits].Load()
	if p == nil {
		p = makePage(r >> pageBits << pageBits)
		pages[r>>pageBits].Store(p)
	}
	return &p[r&(1<<pageBits-1)]
}

func makePage(first rune) *page {
	p := new(page)
	for i := range p {
		r := first + rune(i)
		p[i] = char{classify(r), inert(r), unicode.ToLower(unicode.ToUpper(r))}
	}
	return p
}

func inert(r rune) bool {
	s := string(r)
	return norm.NFKC.IsNormalString(s) && norm.NFKC.PropertiesString(s).BoundaryBefore()
}

// classOf gives a character's class.
func classOf(r rune) class { return charOf(r).class }

func classify(r rune) class {
	switch {
	case unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
		return invisible
	case unicode.IsLetter(r):
		return scriptOf(r)
	case unicode.IsMark(r):
		return mark
	case unicode.IsNumber(r):
		return scriptOf(r) // 〇 is Han, 7 is shared
	}
	return separator
}
