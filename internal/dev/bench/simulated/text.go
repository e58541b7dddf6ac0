package simulated

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/bench/tables"
)

// report is all that is measured about schedules.
type report struct {
	// curves are this provider's, first, and the others'.
	curves []curve
	// tried are the rules that look at progress, by course.
	tried []trial
}

// trial is how the rules that look at progress do on one course. The first is the
// plain one.
type trial struct {
	course string
	curves []curve
}

func newReport(provider curve) report {
	r := report{curves: []curve{provider}}
	for _, other := range others() {
		r.curves = append(r.curves, measure(other, courses()[0]))
	}
	for _, course := range append(courses(), rushing()) {
		t := trial{course: course.name}
		for _, alternative := range alternatives() {
			t.curves = append(t.curves, measure(alternative, course))
		}
		r.tried = append(r.tried, t)
	}
	return r
}

// soonest is the other schedule with the least delay.
func (r report) soonest() curve {
	return slices.MinFunc(r.curves[1:], func(a, b curve) int {
		return cmp.Compare(a.whole().meanPart, b.whole().meanPart)
	})
}

// quietest is the other schedule with the fewest requests.
func (r report) quietest() curve {
	return slices.MinFunc(r.curves[1:], func(a, b curve) int {
		return cmp.Compare(a.whole().requests, b.whole().requests)
	})
}

// text is the report for a terminal. It ends with the summary.
func (r report) text() string {
	var s strings.Builder
	fmt.Fprintf(&s, "Schedules, in simulated time. A line is for %d imports of about that length, each waited for from its start\n"+
		"and from a quarter, half and three quarters of its time. Answers take no time.\n\n", variations)
	for _, rows := range [][][]string{
		r.byLength("delay, mean", func(c cost) string { return seconds(c.mean) }),
		r.byLength("delay, 95th percentile", func(c cost) string { return seconds(c.p95) }),
		r.byLength("delay, of the import's time", func(c cost) string { return percent(c.meanPart) }),
		r.byLength("requests", func(c cost) string { return number(c.requests) }),
	} {
		s.WriteString(tables.Text(rows) + "\n")
	}
	s.WriteString("Rules that look at progress too: delay, its 95th percentile in brackets, and requests; mean over the lengths.\n\n")
	s.WriteString(tables.Text(r.progress()) + "\n")
	s.WriteString("Over the lengths, each of which counts the same; drawn in " + pictureFile + ".\n\n")
	s.WriteString(tables.Text(r.whole()) + "\n")
	return s.String() + r.summary()
}

// byLength has a line for each length and a column for each schedule.
func (r report) byLength(title string, cell func(cost) string) [][]string {
	head := []string{title}
	for _, c := range r.curves {
		head = append(head, c.name)
	}
	rows := [][]string{head}
	for i, length := range lengths() {
		row := []string{short(length)}
		for _, c := range r.curves {
			row = append(row, cell(c.costs[i]))
		}
		rows = append(rows, row)
	}
	return rows
}

// whole has a line for each schedule.
func (r report) whole() [][]string {
	rows := [][]string{{"schedule", "delay, mean", "delay, 95th percentile", "requests"}}
	for _, c := range r.curves {
		whole := c.whole()
		rows = append(rows, []string{c.name, percent(whole.meanPart), percent(whole.p95Part), number(whole.requests)})
	}
	return rows
}

// progress has a line for each course and a column for each rule that was tried.
func (r report) progress() [][]string {
	head := []string{"progress"}
	for _, a := range alternatives() {
		head = append(head, a.name)
	}
	rows := [][]string{head}
	for _, t := range r.tried {
		row := []string{t.course}
		for _, c := range t.curves {
			whole := c.whole()
			row = append(row, fmt.Sprintf("%s (%s), %s", percent(whole.meanPart), percent(whole.p95Part), number(whole.requests)))
		}
		rows = append(rows, row)
	}
	return rows
}

// summary is what `make bench` ends with.
func (r report) summary() string {
	provider, soonest, quietest := r.curves[0].whole(), r.soonest(), r.quietest()
	return fmt.Sprintf("Delay and requests as in the last table. Best other: the one with the least delay, %s.\n"+
		"The one with the fewest requests, %s: %.1f %% delay, %.0f requests.\n"+
		"waiting: %.1f %% delay, %.0f requests (best other: %.1f %%, %.0f)\n",
		soonest.name,
		quietest.name, 100*quietest.whole().meanPart, quietest.whole().requests,
		100*provider.meanPart, provider.requests, 100*soonest.whole().meanPart, soonest.whole().requests)
}

// number has two or three digits, which is as much as anybody compares.
func number(n float64) string {
	switch {
	case n >= 9.95:
		return fmt.Sprintf("%.0f", n)
	case n >= 0.995:
		return fmt.Sprintf("%.1f", n)
	default:
		return fmt.Sprintf("%.2f", n)
	}
}

func percent(part float64) string { return number(100*part) + " %" }

func seconds(d time.Duration) string { return number(d.Seconds()) + " s" }

// short is like "30 s", "5 min" or "2 h".
func short(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= time.Minute:
		return fmt.Sprintf("%d min", d/time.Minute)
	default:
		return fmt.Sprintf("%d s", d/time.Second)
	}
}
