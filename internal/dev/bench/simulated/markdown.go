package simulated

import (
	"fmt"
	"strings"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/bench/tables"
)

const (
	// The picture is in a folder of docs/ that tfplugindocs leaves alone.
	pictureFile = "docs/images/waiting.svg"
	// The Terraform Registry shows no picture by a relative path.
	pictureURL = "https://raw.githubusercontent.com/zilliz-community/terraform-provider-zilliz/main/" + pictureFile

	guideTemplate = "templates/guides/how-waiting-works.md.tmpl"
	guide         = "docs/guides/how-waiting-works.md"

	// What is between these lines of the guide is written by the benchmark.
	beginMark = "<!-- The benchmark writes what follows: make bench -->\n"
	endMark   = "<!-- End of what the benchmark writes -->\n"
)

// markdown is the part of the guide that quotes numbers.
func (r report) markdown() string {
	var s strings.Builder
	r.introduce(&s)
	s.WriteString(tables.Markdown(r.whole()))
	fmt.Fprintf(&s, "\n![Mean delay against requests for one wait, both on a log scale, with a curve for each schedule](%s)\n\n", pictureURL)
	s.WriteString("Delay as part of the import's own time, and requests, for imports of one length:\n\n")
	s.WriteString(tables.Markdown(r.byLength("import of", func(c cost) string {
		return percent(c.meanPart) + ", " + number(c.requests)
	})))
	s.WriteString("\n")
	r.weigh(&s)
	r.tell(&s)
	return s.String()
}

func (r report) introduce(s *strings.Builder) {
	fmt.Fprintf(s, "`make bench` measures this in simulated time, which makes the numbers exact: imports of %s to %s, %d of about each length, "+
		"each waited for from its start and from a quarter, half and three quarters of its time. "+
		"`%s` is this provider; the others are what is used instead: a fixed pause of 5 s, as in Zilliz's notebooks, or of 10 s, "+
		"100 ms doubled up to 10 s, as the state waiter of Terraform's SDK does, and 2 s times 1.5 up to 30 s. "+
		"Answers take no time. Each length counts the same in the means, the delay as part of the import's own time:\n\n",
		short(lengths()[0]), short(lengths()[len(lengths())-1]), variations, ours)
}

// weigh says where this provider's schedule is ahead, and where it is not.
func (r report) weigh(s *strings.Builder) {
	provider, soonest, quietest := r.curves[0].whole(), r.soonest(), r.quietest()
	fmt.Fprintf(s, "Over all lengths no other notices as soon: the next, `%s`, is late by %s, with %s requests in place of %s. "+
		"`%s` asks less, %s times, and is late by %s. ",
		soonest.name, percent(soonest.whole().meanPart), number(soonest.whole().requests), number(provider.requests),
		quietest.name, number(quietest.whole().requests), percent(quietest.whole().meanPart))
	s.WriteString("A schedule that happens to suit a length can be better for that one: long imports are noticed sooner with a short fixed pause, for several times the requests. ")
	if lines := r.behind(); len(lines) > 0 {
		fmt.Fprintf(s, "With fewer requests, and no more than a tenth later, some are ahead in both: %s. ", strings.Join(lines, "; "))
	}
	s.WriteString("What this schedule holds at any length is the bound: 5 % of the time waited, or 1 s in the first 20 s. But for the jitter, which costs some 5 % more requests, nothing that holds it can ask less often.\n\n")
}

// behind names the schedules that ask less often than this provider's and are as
// good as it is in time, and the lengths of which that is true.
func (r report) behind() []string {
	var lines []string
	for _, c := range r.curves[1:] {
		var at []string
		for i, length := range lengths() {
			own, other := r.curves[0].costs[i], c.costs[i]
			if other.requests < own.requests && other.mean <= own.mean*11/10 {
				at = append(at, short(length))
			}
		}
		if len(at) > 0 {
			lines = append(lines, "`"+c.name+"` at "+strings.Join(at, ", "))
		}
	}
	return lines
}

// tell says what came of the rules that look at progress.
func (r report) tell(s *strings.Builder) {
	s.WriteString("The progress that the service tells does not steer the pauses. Two rules that predict the end from it were tried, " +
		"one that asks at the predicted end where that comes before the next poll, and one that pauses for a quarter of the predicted rest; " +
		"both are the plain rule wherever progress stands still. Delay, its 95th percentile in brackets, and requests, by the course that progress takes; the last course was never seen, but nothing rules it out:\n\n")
	s.WriteString(tables.Markdown(r.progress()))
	recorded, rush := r.tried[0].curves, r.tried[len(r.tried)-1].curves
	fmt.Fprintf(s, "\nThe first is never worse, but saves no request, and notices sooner only where progress is straight, as it is in no recording. "+
		"The second sends fewer requests where progress moves, but next to none fewer on the recorded course (%s in place of %s), and it breaks the promise of 5 %%: "+
		"an import that makes its last 60 %% at once is noticed %s late. So neither was kept.\n",
		number(recorded[2].whole().requests), number(recorded[0].whole().requests), percent(rush[2].whole().meanPart))
}
