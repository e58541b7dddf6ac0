package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestPictureIsUpToDate(t *testing.T) {
	t.Parallel()
	committed, err := os.ReadFile(filepath.Join("..", "..", "..", filepath.FromSlash(pictureFile)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, picture()) {
		t.Errorf("%s is out of date: run make bench", pictureFile)
	}
}

func TestScheduleHoldsItsBound(t *testing.T) {
	t.Parallel()
	random := newRandom()
	for _, about := range lengths() {
		for _, length := range around(about) {
			if delay, _ := schedules()[0].wait(length, random); delay > bound(length) {
				t.Errorf("delay of an import of %s = %s, want at most %s", length, delay, bound(length))
			}
		}
	}
}
