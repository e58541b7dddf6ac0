//go:build linux

// Command shim stands in for a provider, starts the real one, and notes how much
// memory that took at its peak, which nobody but the parent of a process is told.
// It hands everything through and never looks at it.
//
// BENCH_PROVIDER is the provider to start, BENCH_PEAKS the file to add a line to.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "shim:", err)
		os.Exit(1)
	}
}

func run() error {
	// The kernel means this thread, and not the process, when it says parent.
	runtime.LockOSThread()
	provider := exec.Command(os.Getenv("BENCH_PROVIDER"), os.Args[1:]...) //nolint:gosec,noctx // the benchmark's own; it ends when terraform says so
	provider.Stdin, provider.Stdout, provider.Stderr = os.Stdin, os.Stdout, os.Stderr
	provider.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := provider.Start(); err != nil {
		return err
	}
	ended := provider.Wait()
	usage, ok := provider.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.Join(ended, errors.New("the system does not tell what a process used"))
	}
	return errors.Join(ended, note(usage.Maxrss))
}

// note adds a line, which is short enough to be written whole beside those of others.
func note(kilobytes int64) error {
	file, err := os.OpenFile(os.Getenv("BENCH_PEAKS"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, kilobytes)
	return errors.Join(err, file.Close())
}
