// Package tables lays out rows of text, for the terminal and for the documentation,
// so that both show the same numbers. It never computes or rounds one.
package tables

import (
	"strings"
	"unicode/utf8"
)

// Text lays rows out in columns: the first to the left, the others to the right.
// The first row is the head.
func Text(rows [][]string) string {
	widths := widths(rows)
	var s strings.Builder
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				line = "  " + cell + padding
				continue
			}
			line += "   " + padding + cell
		}
		s.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return s.String()
}

func widths(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// Markdown is the same as a table of Markdown.
func Markdown(rows [][]string) string {
	var s strings.Builder
	for i, row := range rows {
		s.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			s.WriteString("|---|" + strings.Repeat("---:|", len(row)-1) + "\n")
		}
	}
	return s.String()
}
