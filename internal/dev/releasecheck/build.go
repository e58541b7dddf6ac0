package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	// Newer ones need modules that can't be had everywhere, or a newer Go.
	goreleaserVersion = "v2.16.0"
	goreleaserModule  = "github.com/goreleaser/goreleaser/v2@" + goreleaserVersion

	configuration = ".goreleaser.yml"
	workflows     = ".github/workflows"

	// snapshotVersion is what the configuration calls a build that is no release.
	snapshotVersion = "0.0.1"
	project         = "terraform-provider-zilliz"
)

// release is the same release, built twice.
type release struct {
	commit string
	clones [2]string // the folders it was built in
}

// name is how the archive is called, without ".zip".
func (release) name() string {
	return project + "_" + snapshotVersion + "_" + runtime.GOOS + "_" + runtime.GOARCH
}

// file is the path of a file of the first build's, or of the second's.
func (r release) file(build int, name string) string {
	return filepath.Join(r.clones[build], "dist", name)
}

func (r release) archive(build int) string { return r.file(build, r.name()+".zip") }

// build makes the release twice: once with the user's build cache, and once in
// another place and time zone, from files that look older, and with no cache, so that
// nothing of the first is taken for the second.
func build(ctx context.Context, folder string) (release, error) {
	r := release{clones: [2]string{filepath.Join(folder, "first"), filepath.Join(folder, "at", "another", "place")}}
	if err := r.clone(ctx); err != nil {
		return r, err
	}
	goreleaser, err := installGoreleaser(ctx, folder)
	if err != nil {
		return r, err
	}
	if err := validate(ctx, goreleaser, r.clones[0]); err != nil {
		return r, err
	}
	if err := snapshot(ctx, goreleaser, r.clones[0]); err != nil {
		return r, err
	}
	return r, snapshot(ctx, goreleaser, r.clones[1], "GOCACHE="+filepath.Join(folder, "cache"), "TZ=Pacific/Auckland")
}

func (r *release) clone(ctx context.Context) (err error) {
	for _, clone := range r.clones {
		if _, err := output(command(ctx, "", "git", "clone", "--quiet", ".", clone)); err != nil {
			return err
		}
	}
	r.commit, err = output(command(ctx, r.clones[0], "git", "rev-parse", "--short", "HEAD"))
	return errors.Join(err, disguise(r.clones[1]))
}

// disguise makes files look as those of somebody else, who cloned long ago and lets
// nobody read them. Git does not mind.
func disguise(clone string) (err error) {
	root, err := os.OpenRoot(clone)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	return fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		longAgo := info.ModTime().AddDate(-1, 0, 0)
		return errors.Join(root.Chmod(path, info.Mode()&^0o077), root.Chtimes(path, longAgo, longAgo))
	})
}

func installGoreleaser(ctx context.Context, folder string) (string, error) {
	say("Building goreleaser " + goreleaserVersion + ", which takes minutes the first time.")
	install := command(ctx, folder, "go", "install", goreleaserModule)
	install.Env = append(os.Environ(), "GOBIN="+folder)
	_, err := output(install)
	return filepath.Join(folder, "goreleaser"+exe()), err
}

// validate checks the configuration, and that the workflows run the goreleaser that
// is tried here.
func validate(ctx context.Context, goreleaser, clone string) error {
	if _, err := output(command(ctx, clone, goreleaser, "check", configuration)); err != nil {
		return err
	}
	for _, workflow := range []string{"release.yml", "test.yml"} {
		steps, err := os.ReadFile(filepath.Join(clone, workflows, workflow))
		if err != nil {
			return err
		}
		if !strings.Contains(string(steps), "version: "+goreleaserVersion+"\n") {
			return fmt.Errorf("%s/%s does not run goreleaser %s, the version that this program tries", workflows, workflow, goreleaserVersion)
		}
	}
	return nil
}

func snapshot(ctx context.Context, goreleaser, clone string, environment ...string) error {
	say("Building the release in " + clone + ".")
	file, err := writeConfiguration(clone)
	if err != nil {
		return err
	}
	// goreleaser implies skipping all that publishes.
	c := command(ctx, clone, goreleaser, "release", "--snapshot", "--skip=sign,sbom", "--config", file)
	c.Env = append(os.Environ(), environment...)
	_, err = output(c)
	return err
}

// writeConfiguration narrows the configuration to this machine's platform, beside
// the clone, which has to stay as it was committed.
func writeConfiguration(clone string) (string, error) {
	all, err := os.ReadFile(filepath.Join(clone, configuration))
	if err != nil {
		return "", err
	}
	const build = "\nbuilds:\n  - id: provider\n"
	if strings.Count(string(all), build) != 1 {
		return "", errors.New(configuration + " does not begin its builds as this program expects it")
	}
	one := strings.Replace(string(all), build, build+"    targets: ["+runtime.GOOS+"_"+runtime.GOARCH+"]\n", 1)
	file := clone + ".yml"
	return file, os.WriteFile(file, []byte(one), 0o600)
}
