package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestPictureIsUpToDate(t *testing.T) {
	t.Parallel()
	committed, err := os.ReadFile(filepath.Join("..", "..", "..", filepath.FromSlash(pictureFile)))
	if err != nil || !bytes.Equal(committed, picture(compare(schedules()))) {
		t.Errorf("%v: run make bench to draw the picture again", err)
	}
}

// TestScheduleHoldsItsBound: 5 % of the time waited, at least 1 s and at most 30 s.
func TestScheduleHoldsItsBound(t *testing.T) {
	t.Parallel()
	for _, length := range lengths() {
		c := schedules()[0].cost(length)
		if most := min(max(time.Second, length*11/10/20), 30*time.Second); c.delay > most {
			t.Errorf("imports of %s are noticed %s late", length, c.delay)
		}
	}
}
