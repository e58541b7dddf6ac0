// Command terraform prints the path of the CLI for the tests and the demo: that in
// TF_ACC_TERRAFORM_PATH, the terraform on the PATH, or one in the user's cache folder.
// If there is none, it downloads the newest release into the cache folder.
package main

import (
	"context"
	"errors"
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

// find returns the absolute path of the CLI. It calls download with a temporary folder
// if it has to install one.
func find(ctx context.Context, download func(ctx context.Context, folder string) (string, error)) (string, error) {
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
	folder := filepath.Join(cache, "terraform-provider-zilliz")
	path := filepath.Join(folder, "terraform")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	fmt.Fprintf(os.Stderr, "There is no terraform on the PATH. Installing the newest release once, in %s\n", folder)
	if err := install(ctx, folder, path, download); err != nil {
		return "", fmt.Errorf("terraform could not be installed: %w\n"+
			"Install it yourself: https://developer.hashicorp.com/terraform/install\n"+
			"Then add it to the PATH, or set TF_ACC_TERRAFORM_PATH to its path; OpenTofu works too", err)
	}
	return path, nil
}

// install downloads into a folder beside path, so that an interrupted or a concurrent
// download leaves no broken CLI behind.
func install(ctx context.Context, folder, path string, download func(ctx context.Context, folder string) (string, error)) (err error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(folder, "download-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	downloaded, err := download(ctx, temporary)
	if err != nil {
		return err
	}
	return os.Rename(downloaded, path)
}

// download checks the checksum and HashiCorp's signature too.
func download(ctx context.Context, folder string) (string, error) {
	latest := releases.LatestVersion{Product: product.Terraform, InstallDir: folder}
	return latest.Install(ctx)
}
