package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
)

// check checks what was built in two clones.
func check(ctx context.Context, folder, first, second string) error {
	archive, files, err := readArchive(first)
	if err != nil {
		return err
	}
	want := []string{"LICENSE", binaryName()}
	if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, want) {
		return fmt.Errorf("%s contains %q, want %q", archiveName, got, want)
	}
	if err := checkChecksums(first, archive); err != nil {
		return err
	}
	rebuilt, rebuiltFiles, err := readArchive(second)
	if err != nil {
		return err
	}
	for name, data := range files {
		if !bytes.Equal(data, rebuiltFiles[name]) {
			return fmt.Errorf("two builds of %s differ", name)
		}
	}
	if !bytes.Equal(archive, rebuilt) {
		return fmt.Errorf("two builds of %s differ, but not the files in them", archiveName)
	}
	return checkPaths(ctx, folder, files[binaryName()])
}

// readArchive returns the archive that was built in a clone, and the files in it.
func readArchive(clone string) ([]byte, map[string][]byte, error) {
	archive, err := os.ReadFile(filepath.Join(clone, "dist", archiveName))
	if err != nil {
		return nil, nil, err
	}
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", archiveName, err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		if files[f.Name], err = fs.ReadFile(z, f.Name); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", archiveName, err)
		}
	}
	return archive, files, nil
}

// checkChecksums checks that the list has the archive and the manifest, as the registry
// requires, and nothing else.
func checkChecksums(clone string, archive []byte) error {
	listed, err := os.ReadFile(filepath.Join(clone, "dist", release+"_SHA256SUMS"))
	if err != nil {
		return err
	}
	manifest, err := os.ReadFile(filepath.Join(clone, "terraform-registry-manifest.json"))
	if err != nil {
		return err
	}
	got := strings.Split(strings.TrimSpace(string(listed)), "\n")
	want := []string{
		fmt.Sprintf("%x  %s", sha256.Sum256(archive), archiveName),
		fmt.Sprintf("%x  %s", sha256.Sum256(manifest), release+"_manifest.json"),
	}
	slices.Sort(want)
	if slices.Sort(got); !slices.Equal(got, want) {
		return fmt.Errorf("SHA256SUMS contains\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return nil
}

// checkPaths checks that the binary contains no path of the machine that built it.
func checkPaths(ctx context.Context, folder string, binary []byte) error {
	out, err := tfcli.Output(tfcli.Command(ctx, "", "go", "env", "GOMODCACHE", "GOROOT", "GOCACHE"))
	if err != nil {
		return err
	}
	for _, path := range append(strings.Split(strings.TrimSpace(out), "\n"), folder) {
		path = strings.TrimSpace(path)
		if bytes.Contains(binary, []byte(path)) || bytes.Contains(binary, []byte(filepath.ToSlash(path))) {
			return fmt.Errorf("%s contains the path %s", binaryName(), path)
		}
	}
	return nil
}
