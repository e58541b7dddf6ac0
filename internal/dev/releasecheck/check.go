package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	binary   = project + "_v" + snapshotVersion
	sums     = project + "_" + snapshotVersion + "_SHA256SUMS"
	manifest = "terraform-registry-manifest.json"
)

// check looks at what was built as the registry and a suspicious user would.
func (r release) check(ctx context.Context) error {
	if err := r.checkChecksums(); err != nil {
		return err
	}
	first, err := contents(r.archive(0))
	if err != nil {
		return err
	}
	second, err := contents(r.archive(1))
	if err != nil {
		return err
	}
	return errors.Join(checkNames(first), r.checkSame(first, second), r.checkPaths(ctx, first[binary+exe()]))
}

// contents returns the files of an archive by name.
func contents(archive string) (_ map[string][]byte, err error) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", archive, err)
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	files := map[string][]byte{}
	for _, f := range z.File {
		if files[f.Name], err = content(f); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", archive, f.Name, err)
		}
	}
	return files, nil
}

func content(f *zip.File) (_ []byte, err error) {
	file, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return io.ReadAll(file)
}

func checkNames(files map[string][]byte) error {
	want := []string{"LICENSE", binary + exe()}
	var names []string
	for name := range files {
		names = append(names, name)
	}
	if slices.Sort(names); !slices.Equal(names, want) {
		return fmt.Errorf("the archive holds %q instead of %q", names, want)
	}
	return nil
}

// checkSame compares the files first, whose difference says more.
func (r release) checkSame(first, second map[string][]byte) error {
	for name, data := range first {
		if !bytes.Equal(data, second[name]) {
			return fmt.Errorf("%s is not the same when it is built again", name)
		}
	}
	one, err := os.ReadFile(r.archive(0))
	if err != nil {
		return err
	}
	other, err := os.ReadFile(r.archive(1))
	if err != nil {
		return err
	}
	if !bytes.Equal(one, other) {
		return errors.New("the archive is not the same when it is built again, although the files in it are")
	}
	return nil
}

// checkPaths looks in the binary for the folders that it was made from.
func (r release) checkPaths(ctx context.Context, provider []byte) error {
	folders := slices.Clone(r.clones[:])
	for _, variable := range []string{"GOMODCACHE", "GOROOT", "GOCACHE"} {
		folder, err := output(command(ctx, r.clones[0], "go", "env", variable))
		if err != nil {
			return err
		}
		folders = append(folders, folder)
	}
	for _, folder := range folders {
		if bytes.Contains(provider, []byte(folder)) || bytes.Contains(provider, []byte(filepath.ToSlash(folder))) {
			return fmt.Errorf("the binary names the folder %s, which is of the machine it was built on", folder)
		}
	}
	return nil
}

// checkChecksums wants the archive and the registry's manifest listed, each with its
// checksum, and nothing else.
func (r release) checkChecksums() error {
	listed, err := os.ReadFile(r.file(0, sums))
	if err != nil {
		return err
	}
	var want []string
	for name, path := range map[string]string{
		r.name() + ".zip": r.archive(0),
		project + "_" + snapshotVersion + "_manifest.json": filepath.Join(r.clones[0], manifest),
	} {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		want = append(want, fmt.Sprintf("%x  %s", sha256.Sum256(data), name))
	}
	got := strings.Split(strings.TrimSpace(string(listed)), "\n")
	slices.Sort(want)
	if slices.Sort(got); !slices.Equal(got, want) {
		return fmt.Errorf("%s lists\n%s\ninstead of\n%s", sums, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return nil
}
