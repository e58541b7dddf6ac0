package zilliz

import (
	"html"
	"strconv"
	"strings"
	"unicode"
)

const (
	// maxEscapes is how many levels of escaping are decoded. JSON in HTML in a URL has
	// three.
	maxEscapes = 3

	// maxEntity is the length of the longest HTML entity that is decoded, without the
	// ampersand. It leaves room for leading zeros.
	maxEntity = 12
)

// decoded is a character that a text has at some place if escapes are decoded.
type decoded struct {
	char byte
	end  int // where the next character begins
}

// decodeAt returns the characters that a text can have at start: the character itself,
// and the one it stands for if it begins an escape. The characters of the escape can be
// escaped in turn. depth is how many levels of escaping are decoded.
func decodeAt(text string, start, depth int) []decoded {
	if start >= len(text) {
		return nil
	}
	plain := decoded{text[start], start + 1}
	if depth == 0 || !strings.ContainsRune(`%&\+`, rune(plain.char)) {
		return []decoded{plain}
	}
	all := []decoded{plain}
	for _, first := range decodeAt(text, start, depth-1) {
		all = append(all, decodeEscape(text, first, depth-1)...)
		if first != plain {
			all = append(all, first)
		}
	}
	return all
}

// decodeEscape decodes the escape that a character begins. It returns nil if there is
// none.
func decodeEscape(text string, first decoded, depth int) []decoded {
	switch first.char {
	case '+':
		return []decoded{{' ', first.end}}
	case '%':
		return decodeHex(text, first.end, 2, depth)
	case '\\':
		return decodeBackslash(text, first.end, depth)
	case '&':
		return decodeEntity(text, first.end, depth)
	default:
		return nil
	}
}

// decodeBackslash decodes an escape of JSON or JavaScript after its backslash.
func decodeBackslash(text string, start, depth int) []decoded {
	var all []decoded
	for _, next := range decodeAt(text, start, depth) {
		switch next.char {
		case '\\', '"', '\'', '/':
			all = append(all, next)
		case 'u':
			all = append(all, decodeHex(text, next.end, 4, depth)...)
		case 'x':
			all = append(all, decodeHex(text, next.end, 2, depth)...)
		}
	}
	return all
}

// decodeHex decodes the digits of an escape such as %2F or \u002f.
func decodeHex(text string, start, digits, depth int) []decoded {
	number, end := "", start
	for range digits {
		next, found := decodeLast(text, end, depth)
		if !found {
			return nil
		}
		number, end = number+string(rune(next.char)), next.end
	}
	value, err := strconv.ParseUint(number, 16, 16)
	if err != nil || value > unicode.MaxASCII {
		return nil
	}
	return []decoded{{byte(value), end}}
}

// decodeEntity decodes an HTML entity such as &amp; or &#x2f; after its ampersand, with
// or without the semicolon.
func decodeEntity(text string, start, depth int) []decoded {
	entity, end := "&", start
	var all []decoded
	for range maxEntity {
		next, found := decodeLast(text, end, depth)
		if !found || !inEntity(next.char) {
			break
		}
		entity, end = entity+string(rune(next.char)), next.end
		if s := html.UnescapeString(entity); len(s) == 1 {
			all = append(all, decoded{s[0], end})
		}
		if next.char == ';' {
			break
		}
	}
	return all
}

// inEntity reports whether an HTML entity can contain a character after its ampersand.
func inEntity(char byte) bool {
	return char == '#' || char == ';' || char >= '0' && char <= '9' || char >= 'A' && char <= 'Z' || char >= 'a' && char <= 'z'
}

// decodeLast returns the last character of decodeAt, which is a decoded one if there is
// any.
func decodeLast(text string, start, depth int) (decoded, bool) {
	all := decodeAt(text, start, depth)
	if len(all) == 0 {
		return decoded{}, false
	}
	return all[len(all)-1], true
}
