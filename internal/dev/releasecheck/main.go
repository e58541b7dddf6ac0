// Command releasecheck proves that what is committed can be released: it builds the
// release of this machine's platform, twice, and uses it as a stranger would.
//
// It works on clones of HEAD in a temporary folder, so it leaves nothing in the
// checkout and says nothing of what is not committed. It signs and publishes nothing,
// needs neither a tag nor a remote, and no network beyond the Go modules.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release-check:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	began := time.Now()
	folder, err := os.MkdirTemp("", "zilliz-release-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()

	r, err := build(ctx, folder)
	if err != nil {
		return err
	}
	say("Checking the archive.")
	if err := r.check(ctx); err != nil {
		return err
	}
	cli, err := install(ctx, folder, r)
	if err != nil {
		return err
	}
	fmt.Printf("release-check: %s of commit %s: configuration valid, two builds the same, archive and checksums as the registry wants them, installed and applied by %s, in %s\n",
		r.name(), r.commit, cli, time.Since(began).Round(time.Second))
	return nil
}

func say(what string) { fmt.Fprintln(os.Stderr, "release-check:", what) }

// command returns a command that gets an interrupt when the context ends, so that
// it can end its own processes.
func command(ctx context.Context, directory, name string, arguments ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, arguments...) //nolint:gosec // the arguments are this program's own
	c.Dir = directory
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 10 * time.Second
	return c
}

// output runs a command and returns what it printed. An error has all of that too.
func output(c *exec.Cmd) (string, error) {
	var out, complaints bytes.Buffer
	c.Stdout, c.Stderr = &out, &complaints
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", strings.Join(c.Args, " "), err, &out, &complaints)
	}
	return strings.TrimSpace(out.String()), nil
}

func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}
