package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
)

// The size of the picture, the x axis and its range.
const (
	width, height     = 800, 644 // pixels
	left, right       = 66, 776  // pixels
	shortest, longest = 3 * time.Second, 6 * time.Hour
)

// panel is a chart of one value against the length of the import, on log scales.
type panel struct {
	title       string
	top, bottom float64 // pixels
	low, high   float64
	ticks       []float64
	unit        string
	names       [][2]int // x and y of the names of schedules(), in pixels
}

// lengths returns the points on the x axis, evenly spaced on its scale.
func lengths() []time.Duration {
	all := make([]time.Duration, 40)
	for i := range all {
		all[i] = time.Duration(float64(shortest) * math.Pow(float64(longest/shortest), float64(i)/float64(len(all)-1)))
	}
	return all
}

func x(length time.Duration) float64 {
	return left + (right-left)*math.Log(float64(length)/float64(shortest))/math.Log(float64(longest/shortest))
}

func (p panel) y(value float64) float64 {
	return p.bottom - (p.bottom-p.top)*math.Log(value/p.low)/math.Log(p.high/p.low)
}

// picture returns the SVG.
func picture() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" role="img" aria-labelledby="title desc" font-family="Helvetica, Arial, sans-serif" font-size="14" fill="#222">
<title id="title">Delay and requests of a wait, by schedule and length of the import</title>
<desc id="desc">Two line charts on log scales, for imports of 3 s to 6 h. This provider's mean delay is about half its maximum, which is 5 %% of the length, but at least 1 s and at most 30 s. Polls every 5 s have the smaller delay from about 2 minutes on, and are more from about 7 minutes on. Polls every 30 s are the fewest.</desc>
<rect width="%[1]d" height="%[2]d" fill="#fff"/>
<text x="12" y="28" font-size="18" font-weight="bold">How soon a wait notices the end, and with how many requests</text>
<text x="12" y="50">By polling schedule and length of the import. All scales are logarithmic.</text>
<text x="%d" y="%d" text-anchor="middle">length of the import</text>
`, width, height, (left+right)/2, height-10)
	delays := panel{"Mean delay in noticing the end, in % of the import's length", 92, 342, 0.01, 1000, []float64{0.01, 0.1, 1, 10, 100, 1000}, " %", [][2]int{{100, 230}, {600, 322}, {285, 152}, {150, 108}}}
	requests := panel{"Requests", 412, 592, 1, 5000, []float64{1, 10, 100, 1000}, "", [][2]int{{200, 498}, {560, 440}, {570, 530}, {262, 584}}}
	delays.drawAxes(&b)
	requests.drawAxes(&b)
	delays.drawBound(&b)
	for i, s := range slices.Backward(schedules()) { // the provider's lines on top
		var percent, count []float64
		for _, length := range lengths() {
			delay, n := s.cost(length)
			percent, count = append(percent, 100*delay/length.Seconds()), append(count, n)
		}
		delays.drawSchedule(&b, i, percent)
		requests.drawSchedule(&b, i, count)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func (p panel) drawAxes(w io.Writer) {
	fmt.Fprintf(w, `<text x="12" y="%g" font-weight="bold">%s</text>`+"\n", p.top-14, p.title)
	for _, v := range p.ticks {
		fmt.Fprintf(w, `<path d="M%d,%.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g%s</text>`+"\n", left, p.y(v), right, left-7, p.y(v)+5, v, p.unit)
	}
	for _, length := range roundLengths() {
		fmt.Fprintf(w, `<path d="M%.1f,%gV%g" stroke="#ddd"/><text x="%.1f" y="%g" text-anchor="middle">%s</text>`+"\n", x(length), p.top, p.bottom, x(length), p.bottom+19, label(length))
	}
}

func (p panel) drawBound(w io.Writer) {
	var percent []float64
	for _, length := range lengths() {
		percent = append(percent, 100*bound(length).Seconds()/length.Seconds())
	}
	fmt.Fprintf(w, `<g fill="#0072B2" text-anchor="end"><path d="%sV%gH%dZ" opacity="0.12"/><path d="%[1]s" fill="none" stroke="#0072B2" stroke-dasharray="5 4"/>
<text x="774" y="165">maximum delay of this provider:</text><text x="774" y="183">5 %% of the length, at least 1 s, at most 30 s</text></g>
`, p.path(percent), p.bottom, left)
}

func (p panel) drawSchedule(w io.Writer, i int, values []float64) {
	s, at := schedules()[i], p.names[i]
	fmt.Fprintf(w, `<path d="%s" fill="none" stroke="%s" stroke-width="2.5"/><text x="%d" y="%d" fill="%[2]s" font-weight="bold">%[5]s</text>`+"\n", p.path(values), s.color, at[0], at[1], s.name)
}

// path returns an SVG path through the values at lengths().
func (p panel) path(values []float64) string {
	points := make([]string, len(values))
	for i, length := range lengths() {
		points[i] = fmt.Sprintf("%.1f,%.1f", x(length), p.y(values[i]))
	}
	return "M" + strings.Join(points, "L")
}
