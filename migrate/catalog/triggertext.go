package catalog

import "strings"

// triggerEvent reads the event of a CREATE TRIGGER statement, and the columns
// of an UPDATE OF. SQLite keeps the statement as it was written, but for what
// stands before the trigger's name.
func triggerEvent(sql string) (event string, of []string) {
	words := sqlWords(sql)
	start := 0
	for start < len(words) && words[start].keyword() != "TRIGGER" {
		start++
	}
	for _, w := range words[min(start+2, len(words)):] { // behind the name
		switch word := w.keyword(); word {
		case "ON":
			return event, of
		case "INSERT", "DELETE", "UPDATE":
			event = word
		case "BEFORE", "AFTER", "INSTEAD", "OF", ",":
		default:
			if event != "" {
				of = append(of, w.text)
			}
		}
	}
	return event, of
}

// sqlWord is a word or a sign of a statement; a quoted one without its quotes.
type sqlWord struct {
	text   string
	quoted bool
}

// keyword is the word in capitals, "" where quotes make a name of it.
func (w sqlWord) keyword() string {
	if w.quoted {
		return ""
	}
	return strings.ToUpper(w.text)
}

// sqlWords splits a statement as SQLite's tokenizer does (its tokenize.c), as
// far as names, keywords and comments go.
func sqlWords(sql string) []sqlWord {
	var words []sqlWord
	for sql != "" {
		n := 1
		switch c := sql[0]; {
		case strings.HasPrefix(sql, "--"):
			n = lengthTo(sql, "\n", 2)
		case strings.HasPrefix(sql, "/*"):
			n = lengthTo(sql, "*/", 2)
		case strings.IndexByte("\"`'[", c) >= 0:
			var name string
			name, n = quotedWord(sql)
			words = append(words, sqlWord{name, true})
		case inWord(c):
			for n < len(sql) && inWord(sql[n]) {
				n++
			}
			words = append(words, sqlWord{text: sql[:n]})
		case strings.IndexByte(" \t\n\f\r", c) < 0:
			words = append(words, sqlWord{text: sql[:1]})
		}
		sql = sql[n:]
	}
	return words
}

// lengthTo is how far it is behind the next end, from the given byte on.
func lengthTo(sql, end string, from int) int {
	if i := strings.Index(sql[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(sql)
}

// quotedWord reads what stands in quotes at the beginning of sql; a doubled
// quote stands for one, but for brackets, which cannot be doubled.
func quotedWord(sql string) (name string, length int) {
	if sql[0] == '[' {
		n := lengthTo(sql, "]", 1)
		return strings.TrimSuffix(sql[1:n], "]"), n
	}
	quote, n := sql[:1], 1
	for {
		n = lengthTo(sql, quote, n)
		if !strings.HasPrefix(sql[n:], quote) {
			break
		}
		n++
	}
	return strings.ReplaceAll(strings.TrimSuffix(sql[1:n], quote), quote+quote, quote), n
}

// inWord reports whether a byte may stand in a name without quotes.
func inWord(c byte) bool {
	return c >= 0x80 || c == '_' || c == '$' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
