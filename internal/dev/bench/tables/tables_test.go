package tables

import "testing"

func TestTables(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"import of", "delay"}, {"3 s", "17 %"}, {"10 min", "1.3 %"}}
	const text = "  import of   delay\n  3 s          17 %\n  10 min      1.3 %\n"
	if got := Text(rows); got != text {
		t.Errorf("got\n%s\nwant\n%s", got, text)
	}
	const markdown = "| import of | delay |\n|---|---:|\n| 3 s | 17 % |\n| 10 min | 1.3 % |\n"
	if got := Markdown(rows); got != markdown {
		t.Errorf("got\n%s\nwant\n%s", got, markdown)
	}
}
