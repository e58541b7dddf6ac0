// Command terraform prints the path of the CLI for the tests and the demo: that in
// TF_ACC_TERRAFORM_PATH, the terraform on the PATH, or the one in the user's cache
// directory. If there is none, it downloads the newest release to that directory.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	path, err := find(ctx, download)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(path)
}

// find returns the absolute path of the CLI. Only if there is none, it calls download, which
// downloads one to a directory and returns its path.
func find(ctx context.Context, download func(context.Context, string) (string, error)) (string, error) {
	if name := os.Getenv("TF_ACC_TERRAFORM_PATH"); name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("TF_ACC_TERRAFORM_PATH: %w", err)
		}
		return filepath.Abs(path)
	}
	if path, err := exec.LookPath("terraform"); err == nil {
		return filepath.Abs(path)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	directory := filepath.Join(cache, "terraform-provider-zilliz")
	path := filepath.Join(directory, "terraform")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	fmt.Fprintf(os.Stderr, "There is no terraform on the PATH. Installing the newest release once, in %s\n", directory)
	// In a directory beside it, so that neither an interrupted nor a concurrent download
	// leaves a broken CLI behind.
	if err := os.MkdirAll(directory, 0o750); err != nil {
		return "", err
	}
	temporary, err := os.MkdirTemp(directory, "download-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	downloaded, err := download(ctx, temporary)
	if err != nil {
		return "", fmt.Errorf("terraform could not be installed: %w\n"+
			"Install it yourself: https://developer.hashicorp.com/terraform/install\n"+
			"Then add it to the PATH, or set TF_ACC_TERRAFORM_PATH to its path; OpenTofu works too", err)
	}
	return path, os.Rename(downloaded, path)
}

// download downloads the newest release. It checks the checksum and HashiCorp's signature
// too.
func download(ctx context.Context, directory string) (string, error) {
	latest := releases.LatestVersion{Product: product.Terraform, InstallDir: directory}
	return latest.Install(ctx)
}
