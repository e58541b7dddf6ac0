package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// The picture, in pixels, and the range of its axes.
const (
	width, height            = 840, 560
	left, right, top, bottom = 84, 812, 64, 496

	fewest, most      = 1.0, 5000.0 // requests
	shortest, longest = 0.3, 30.0   // seconds of delay
)

// colors are those of Okabe and Ito, which everybody can tell apart.
func colors() []string { return []string{"#0072B2", "#D55E00", "#CC79A7", "#009E73", "#E69F00"} }

func (c cost) x() float64 { return xOf(c.requests) }
func (c cost) y() float64 { return yOf(c.delay.Seconds()) }

func xOf(requests float64) float64 {
	return left + (right-left)*math.Log(requests/fewest)/math.Log(most/fewest)
}

func yOf(seconds float64) float64 {
	return bottom - (bottom-top)*math.Log(seconds/shortest)/math.Log(longest/shortest)
}

// picture draws delay against requests as an SVG, both on a log scale, with a curve
// for each schedule and a point for each length.
func picture(costs [][]cost) []byte {
	var b strings.Builder
	add := func(format string, arguments ...any) { fmt.Fprintf(&b, format+"\n", arguments...) }
	add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" font-family="Helvetica, Arial, sans-serif" font-size="13" fill="#222">`, width, height)
	add(`<title>Delay against requests, by schedule and length of the import</title>`)
	add(`<rect width="%d" height="%d" fill="#fff"/>`, width, height)
	add(`<text x="%d" y="28" font-size="17" font-weight="bold">How late the end of an import is noticed, and for how many requests</text>`, left)
	add(`<text x="%d" y="48">Lower and further left is better. Each point: imports of about one length, 3 s to 6 h.</text>`, left)
	for _, n := range []float64{1, 10, 100, 1000} {
		add(`<path d="M%.1f,%dV%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%g</text>`, xOf(n), top, bottom, xOf(n), bottom+18, n)
	}
	for _, s := range []float64{0.5, 1, 2, 5, 10, 20} {
		add(`<path d="M%d,%.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g s</text>`, left, yOf(s), right, left-8, yOf(s)+4.5, s)
	}
	add(`<path d="M%d,%dV%dH%d" fill="none" stroke="#222"/>`, left, top, bottom, right)
	add(`<text x="%d" y="%d" text-anchor="middle">requests for one wait (log scale)</text>`, (left+right)/2, bottom+42)
	add(`<text transform="translate(22,%d) rotate(-90)" text-anchor="middle">mean delay (log scale)</text>`, (top+bottom)/2)
	for i := len(costs) - 1; i >= 0; i-- { // the provider's own on top
		addCurve(add, i, costs[i])
	}
	for i, length := range lengths() {
		c := costs[0][i]
		add(`<text x="%.1f" y="%.1f" fill="%s" stroke="#fff" stroke-width="4" paint-order="stroke">%s</text>`, c.x()+8, c.y()+17, colors()[0], label(length))
	}
	add(`</svg>`)
	return []byte(b.String())
}

func addCurve(add func(string, ...any), i int, costs []cost) {
	const x, y, line = 600, bottom - 120, 24
	color, name := colors()[i], schedules()[i].name
	points := make([]string, len(costs))
	for j, c := range costs {
		points[j] = fmt.Sprintf("%.1f,%.1f", c.x(), c.y())
		add(`<circle cx="%.1f" cy="%.1f" r="5" fill="%s"/>`, c.x(), c.y(), color)
	}
	add(`<path d="M%s" fill="none" stroke="%s" stroke-width="2"/>`, strings.Join(points, "L"), color)
	add(`<path d="M%d,%dh36" stroke="%s" stroke-width="4"/><text x="%d" y="%d">%s</text>`, x, y+line*i, color, x+46, y+line*i+4, name)
}

// label is a duration without its zero parts.
func label(d time.Duration) string {
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}
