package simulated

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// The picture, in pixels, and what its axes reach from and to.
const (
	width, height            = 840, 560
	left, right, top, bottom = 84, 812, 64, 496

	fewest, most    = 1.0, 5000.0 // requests
	soonest, latest = 0.3, 30.0   // seconds of delay
)

// look is how a curve is drawn. The colours are those of Okabe and Ito, which
// everybody can tell apart; the marks do without colour.
type look struct {
	colour string
	width  float64
	mark   string // a path around 0,0
}

func looks() []look {
	return []look{
		{"#0072B2", 3.5, "M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0z"},
		{"#D55E00", 1.5, "M-4.5,-4.5h9v9h-9z"},
		{"#CC79A7", 1.5, "M0,-6l6,6l-6,6l-6,-6z"},
		{"#009E73", 1.5, "M0,-5.5l5.5,9.5h-11z"},
		{"#E69F00", 1.5, "M0,5.5l5.5,-9.5h-11z"},
	}
}

func xOf(requests float64) float64 {
	return left + (right-left)*math.Log(requests/fewest)/math.Log(most/fewest)
}

func yOf(seconds float64) float64 {
	return bottom - (bottom-top)*math.Log(seconds/soonest)/math.Log(latest/soonest)
}

func (c cost) x() float64 { return xOf(c.requests) }
func (c cost) y() float64 { return yOf(c.mean.Seconds()) }

// drawing collects the elements of an SVG.
type drawing struct{ strings.Builder }

func (d *drawing) add(format string, arguments ...any) {
	fmt.Fprintf(d, format+"\n", arguments...)
}

// picture draws delay against requests, both as logarithms, with a curve for each
// schedule and a point for each length.
func (r report) picture() []byte {
	var d drawing
	d.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" font-family="Helvetica, Arial, sans-serif" font-size="13" fill="#222">`, width, height)
	d.add(`<title>Delay against requests, by schedule and length of the import</title>`)
	d.add(`<rect width="%d" height="%d" fill="#fff"/>`, width, height)
	d.add(`<text x="%d" y="28" font-size="17" font-weight="bold">How late the end of an import is noticed, and for how many requests</text>`, left)
	d.add(`<text x="%d" y="48">Lower and further left is better. Each point: imports of about one length, 3 s to 6 h. Dotted: the same length.</text>`, left)
	d.axes()
	for i, c := range slices.Backward(r.curves) { // this provider's on top
		d.curve(c, looks()[i])
	}
	d.sameLengths(r.curves)
	d.legend(r.curves)
	d.add(`</svg>`)
	return []byte(d.String())
}

func (d *drawing) axes() {
	for _, n := range []float64{1, 10, 100, 1000} {
		x := xOf(n)
		d.add(`<path d="M%.1f,%dV%d" stroke="#ddd"/>`, x, top, bottom)
		d.add(`<text x="%.1f" y="%d" text-anchor="middle">%g</text>`, x, bottom+18, n)
	}
	for _, seconds := range []float64{0.5, 1, 2, 5, 10, 20} {
		y := yOf(seconds)
		d.add(`<path d="M%d,%.1fH%d" stroke="#ddd"/>`, left, y, right)
		d.add(`<text x="%d" y="%.1f" text-anchor="end">%g s</text>`, left-8, y+4.5, seconds)
	}
	d.add(`<path d="M%d,%dV%dH%d" fill="none" stroke="#222"/>`, left, top, bottom, right)
	d.add(`<text x="%d" y="%d" text-anchor="middle">requests for one wait (log scale)</text>`, (left+right)/2, bottom+42)
	d.add(`<text transform="translate(22,%d) rotate(-90)" text-anchor="middle">mean delay, in seconds (log scale)</text>`, (top+bottom)/2)
}

// sameLengths joins the points of one length, so that they can be found and
// compared, and names the length at this provider's.
func (d *drawing) sameLengths(curves []curve) {
	for i, length := range lengths() {
		if !slices.Contains(namedLengths(), length) {
			continue
		}
		costs := make([]cost, len(curves))
		for j, c := range curves {
			costs[j] = c.costs[i]
		}
		byRequests := slices.SortedFunc(slices.Values(costs), func(a, b cost) int {
			return cmp.Compare(a.requests, b.requests)
		})
		d.add(`<path d="%s" fill="none" stroke="#888" stroke-dasharray="2 3"/>`, path(byRequests))
		d.add(`<text x="%.1f" y="%.1f" fill="#0072B2" stroke="#fff" stroke-width="4" paint-order="stroke">%s</text>`,
			costs[0].x()+8, costs[0].y()+17, short(length))
	}
}

func namedLengths() []time.Duration {
	return []time.Duration{3 * time.Second, 10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour}
}

func (d *drawing) curve(c curve, l look) {
	d.add(`<path d="%s" fill="none" stroke="%s" stroke-width="%g"/>`, path(c.costs), l.colour, l.width)
	for i, cost := range c.costs {
		d.add(`<path d="%s" transform="translate(%.1f,%.1f)" fill="%s"><title>%s, import of %s: %s late, %s requests</title></path>`,
			l.mark, cost.x(), cost.y(), l.colour, c.name, short(lengths()[i]), percent(cost.meanPart), number(cost.requests))
	}
}

func (d *drawing) legend(curves []curve) {
	const x, y, line = 600, bottom - 120, 24
	d.add(`<rect x="%d" y="%d" width="190" height="%d" fill="#fff"/>`, x-8, y-16, line*len(curves)+8)
	for i, c := range curves {
		l := looks()[i]
		d.add(`<path d="M%d,%dh36" stroke="%s" stroke-width="%g"/>`, x, y+line*i, l.colour, l.width)
		d.add(`<path d="%s" transform="translate(%d,%d)" fill="%s"/>`, l.mark, x+18, y+line*i, l.colour)
		weight := "normal"
		if i == 0 {
			weight = "bold"
		}
		d.add(`<text x="%d" y="%d" font-weight="%s">%s</text>`, x+46, y+line*i+4, weight, c.name)
	}
}

func path(costs []cost) string {
	points := make([]string, len(costs))
	for i, c := range costs {
		points[i] = fmt.Sprintf("%.1f,%.1f", c.x(), c.y())
	}
	return "M" + strings.Join(points, "L")
}
