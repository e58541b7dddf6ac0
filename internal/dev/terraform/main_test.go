package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// isolate sets the PATH to an empty directory, and the cache to another one.
func isolate(t *testing.T) (path, cache string) {
	t.Helper()
	path, cache = t.TempDir(), t.TempDir()
	t.Setenv("PATH", path)
	t.Setenv("TF_ACC_TERRAFORM_PATH", "")
	for _, variable := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
		t.Setenv(variable, cache)
	}
	return path, cache
}

// writeCLI writes an executable file to a directory, and returns its path.
func writeCLI(t *testing.T, directory, name string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(directory, name)
	if err := os.WriteFile(path, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFindInstallsOnce(t *testing.T) {
	_, cache := isolate(t)
	downloads := 0
	download := func(_ context.Context, directory string) (string, error) {
		downloads++
		return writeCLI(t, directory, "terraform"), nil
	}
	for range 2 {
		path, err := find(t.Context(), download)
		if err != nil || !strings.HasPrefix(path, cache) {
			t.Fatalf("find() = %q, %v, want a path in %s", path, err, cache)
		}
		if _, err := os.Stat(path); err != nil {
			t.Fatal(err)
		}
		if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
			t.Fatalf("files in the cache = %v, %v, want only terraform", files, err)
		}
	}
	if downloads != 1 {
		t.Errorf("%d downloads, want 1", downloads)
	}
}

func TestFindWithoutDownload(t *testing.T) {
	directory, _ := isolate(t)
	download := func(context.Context, string) (string, error) { return "", errors.New("no such host") }
	_, err := find(t.Context(), download)
	if err == nil || !strings.Contains(err.Error(), "no such host") || !strings.Contains(err.Error(), "Install it yourself") {
		t.Errorf("offline: %v", err)
	}
	terraform := writeCLI(t, directory, "terraform")
	if path, err := find(t.Context(), download); err != nil || path != terraform {
		t.Errorf("on the PATH: %q, %v, want %q", path, err, terraform)
	}
	tofu := writeCLI(t, directory, "tofu")
	t.Setenv("TF_ACC_TERRAFORM_PATH", "tofu")
	if path, err := find(t.Context(), download); err != nil || path != tofu {
		t.Errorf("TF_ACC_TERRAFORM_PATH: %q, %v, want %q", path, err, tofu)
	}
	t.Setenv("TF_ACC_TERRAFORM_PATH", filepath.Join(directory, "missing"))
	if path, err := find(t.Context(), download); err == nil {
		t.Errorf("missing TF_ACC_TERRAFORM_PATH: %q, want an error", path)
	}
}
