// Package planfile keeps plans in files.
//
// A plan is UTF-8 text, JSON Lines, every line ended by LF:
//
//	{"recat_plan":1,…}                     the header, a migrate.Header
//	{"provenance":{…}}                     a migrate.Provenance
//	{"category":"10","do":"remove",…}      the changes, one a line, each a
//	{"product":"7","title":"…",…}          migrate.CategoryChange,
//	{"reference":"menu","column":"c",…}    ProductChange or ReferenceChange
//	{"trailer":{"totals":{…},"digest":"sha256:…","paths":{…},"sum":"sha256:…"}}
//
// Categories come first, in the order of the header's category_key, then
// products in the order of product_key, then references, ordered by table,
// column, row and category: table, column and the elements of row compare by
// bytes, a row before its extensions, and categories by category_key. No two
// changes are equal in that order.
//
// The digest is SHA-256, in lower-case hex, over what decides what runs: the
// header line and every change line, each with its LF, then the trailer line
// as far as the end of its totals, which is just before `,"digest"`. The
// provenance line is left out. The sum is SHA-256 over every byte of the file
// that comes before the sum's value, the last of them being the colon of
// `"sum":`. A shell can compute the digest of a plan:
//
//	(sed '2d;$d' p.plan; tail -n1 p.plan | sed 's/,"digest".*//' | tr -d '\n') | sha256sum
//
// There is one spelling of every plan. Keys stand in the order of the struct
// fields, without white space; what is tagged omitempty is left out where
// empty; numbers are decimal. In strings only the quote, the backslash and
// what could move a terminal or turn its text around are escaped: controls
// (C0, DEL, C1), U+2028, U+2029 and the bidirectional controls, as \b \f \n \r
// \t where JSON has these and else as \u with four lower-case hex digits. Any
// other spelling is refused, so that equal plans have equal bytes.
//
// A file whose name ends in .zst is the same text compressed with Zstandard;
// sum and digest are of the text. Reading goes by the content, not the name.
package planfile
