package main

import "testing"

// TestPollsReuseConnections holds that a wait keeps to one connection.
func TestPollsReuseConnections(t *testing.T) {
	t.Parallel()
	opened, err := connections(t.Context(), 20, 1)
	if err != nil || opened != 1 {
		t.Errorf("20 polls opened %d connections, %v; want 1", opened, err)
	}
}

// BenchmarkPoll is for `go test -bench Poll -cpuprofile`.
func BenchmarkPoll(b *testing.B) {
	for _, p := range pollSizes() {
		b.Run(p.String(), func(b *testing.B) {
			reader, _, err := p.reader(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			benchmark(b.Context(), b, reader)
		})
	}
}
