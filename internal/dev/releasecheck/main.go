// Command releasecheck checks that the committed code can be released. It builds the
// release for this platform twice, compares the results, checks the archive, and
// installs and applies it with the real terraform.
//
// It works on clones of HEAD in a temporary folder: it ignores uncommitted changes and
// leaves the checkout as it is. It signs and publishes nothing, and needs neither a
// tag, a remote, nor a network beyond the Go modules.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
)

const (
	project = "terraform-provider-zilliz"
	version = tfcli.ProviderVersion
	release = project + "_" + version

	archiveName   = release + "_" + runtime.GOOS + "_" + runtime.GOARCH + ".zip"
	configuration = ".goreleaser.yml"
)

func binaryName() string { return project + "_v" + version + tfcli.ExeSuffix() }

func main() {
	log.SetFlags(0)
	log.SetPrefix("release-check: ")
	goreleaser := flag.String("goreleaser", "", "`version` of goreleaser, such as v2.16.0")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *goreleaser)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, goreleaser string) (err error) {
	start := time.Now()
	folder, err := os.MkdirTemp("", "zilliz-release-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()

	commit, err := tfcli.Output(tfcli.Command(ctx, "", "git", "log", "-1", "--format=%h %s"))
	if err != nil {
		return err
	}
	log.Printf("checking commit %s", strings.TrimSpace(commit))
	first, second := filepath.Join(folder, "first"), filepath.Join(folder, "another", "place")
	if err := buildTwice(ctx, folder, goreleaser, first, second); err != nil {
		return err
	}
	log.Print("checking the archive and the checksums")
	if err := check(ctx, folder, first, second); err != nil {
		return err
	}
	cli, err := install(ctx, folder, first)
	if err != nil {
		return err
	}
	log.Printf("ok: %s: valid configuration, identical builds, archive and checksums as the registry requires, installed and applied by %s (%s)",
		archiveName, cli, time.Since(start).Round(time.Second))
	return nil
}

// buildTwice builds the release in two clones of HEAD. The second build has another
// path, another time zone, another mode and time of LICENSE, and an empty build cache.
func buildTwice(ctx context.Context, folder, goreleaserVersion, first, second string) error {
	log.Printf("building goreleaser %s; the first time, this takes minutes", goreleaserVersion)
	install := tfcli.Command(ctx, folder, "go", "install", "github.com/goreleaser/goreleaser/v2@"+goreleaserVersion)
	install.Env = append(os.Environ(), "GOBIN="+folder)
	if _, err := tfcli.Output(install); err != nil {
		return err
	}
	goreleaser := filepath.Join(folder, "goreleaser"+tfcli.ExeSuffix())
	for _, clone := range []string{first, second} {
		if _, err := tfcli.Output(tfcli.Command(ctx, "", "git", "clone", "--quiet", ".", clone)); err != nil {
			return err
		}
	}
	if _, err := tfcli.Output(tfcli.Command(ctx, first, goreleaser, "check", configuration)); err != nil {
		return err
	}
	log.Print("building the release")
	if err := build(ctx, goreleaser, first); err != nil {
		return err
	}
	log.Print("building the release again, without a build cache")
	license, lastYear := filepath.Join(second, "LICENSE"), time.Now().AddDate(-1, 0, 0)
	if err := errors.Join(os.Chmod(license, 0o600), os.Chtimes(license, lastYear, lastYear)); err != nil {
		return err
	}
	return build(ctx, goreleaser, second, "GOCACHE="+filepath.Join(folder, "cache"), "TZ=Pacific/Auckland")
}

// build builds a snapshot for this platform into the folder dist of a clone.
func build(ctx context.Context, goreleaser, clone string, environment ...string) error {
	all, err := os.ReadFile(filepath.Join(clone, configuration))
	if err != nil {
		return err
	}
	var config struct {
		Builds []map[string]any `yaml:"builds"`
		Rest   map[string]any   `yaml:",inline"`
	}
	if err := yaml.Unmarshal(all, &config); err != nil {
		return fmt.Errorf("%s: %w", configuration, err)
	}
	for _, b := range config.Builds {
		b["targets"] = []string{runtime.GOOS + "_" + runtime.GOARCH}
	}
	narrowed, err := yaml.Marshal(config)
	if err != nil {
		return err
	}
	// A snapshot implies --skip=publish,announce,validate.
	c := tfcli.Command(ctx, clone, goreleaser, "release", "--snapshot", "--skip=sign,sbom", "--config=-")
	c.Env = append(os.Environ(), environment...)
	c.Stdin = bytes.NewReader(narrowed)
	_, err = tfcli.Output(c)
	return err
}

// install installs the release with the real terraform, and runs the tests of the demo
// with it. It returns the name and version of the CLI.
func install(ctx context.Context, folder, clone string) (string, error) {
	log.Print("installing the release and applying the demo")
	mirror := filepath.Join(folder, "mirror")
	for _, registry := range []string{tfcli.TerraformRegistry, tfcli.OpenTofuRegistry} {
		packages := filepath.Join(mirror, registry, "zilliz-community", "zilliz")
		err := errors.Join(os.MkdirAll(packages, 0o750), os.Link(filepath.Join(clone, "dist", archiveName), filepath.Join(packages, archiveName)))
		if err != nil {
			return "", err
		}
	}
	out, err := tfcli.Output(tfcli.Command(ctx, clone, "go", "test", "-count=1", "-v", "-run=^TestExamples$/^demo$", "./examples", "-mirror="+mirror))
	if err != nil {
		return "", err
	}
	for _, name := range []string{"import", "progress"} {
		if !strings.Contains(out, "--- PASS: TestExamples/demo/"+name+" ") {
			return "", fmt.Errorf("examples/demo/%s was not tested:\n%s", name, out)
		}
	}
	// Without standard error, which reports problems of the user's CLI configuration.
	printed, err := tfcli.Command(ctx, "", tfcli.Terraform(), "version").Output()
	cli, _, _ := strings.Cut(string(printed), "\n")
	return cli, err
}
