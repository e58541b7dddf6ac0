package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// cookie is what Terraform shows a provider, so that it knows who starts it.
const cookie = "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"

// binaries returns lines of a table about the binaries and how long each takes to
// serve.
func binaries(ctx context.Context, both []contender, folder string) ([][]string, error) {
	sizes, starts := make([][]float64, len(both)), make([][]float64, len(both))
	for i, c := range both {
		info, err := os.Stat(c.binary)
		if err != nil {
			return nil, err
		}
		sizes[i] = []float64{float64(info.Size())}
	}
	for range startRounds {
		for i, c := range both {
			took, err := start(ctx, c.binary, folder)
			if err != nil {
				return nil, fmt.Errorf("starting %s: %w", c.name, err)
			}
			starts[i] = append(starts[i], float64(took))
		}
	}
	return [][]string{
		compared("binary, as it is released: size", sizes, "%.1f MiB", 1<<20),
		compared("  start until it serves", starts, "%.1f ms", float64(time.Millisecond)),
	}, nil
}

// start starts a provider as Terraform does, ends it as soon as it says where it
// serves, and returns the time until then.
func start(ctx context.Context, binary, folder string) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, binary)
	// What a provider that is killed leaves behind, it leaves in that folder.
	c.Env = append(os.Environ(), cookie, "PLUGIN_PROTOCOL_VERSIONS=6", "TMPDIR="+folder, "TEMP="+folder, "TMP="+folder)
	out, err := c.StdoutPipe()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := c.Start(); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	took = time.Since(began)
	err = errors.Join(err, c.Process.Kill())
	_ = c.Wait() // it was killed
	if err == nil && !strings.HasPrefix(line, "1|6|") {
		err = fmt.Errorf("it said %q", line)
	}
	return took, err
}
