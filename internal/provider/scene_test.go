package provider

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// scene is the real terraform, with a configuration and the simulator.
type scene struct {
	t       *testing.T
	cli     *tfcli.CLI
	folder  string
	work    string
	printed bytes.Buffer
	// asked is closed at the first request.
	asked chan struct{}

	mu       sync.Mutex
	peakKiB  int
	exposing []string
}

func newScene(t *testing.T, sim *zillizsim.Server, configuration string, environment ...string) *scene {
	t.Helper()
	s := &scene{t: t, folder: t.TempDir(), asked: make(chan struct{})}
	s.work = filepath.Join(s.folder, "work")
	url, stop, err := tfcli.Serve(t.Context(), s.watching(sim))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	environment = append([]string{"ZILLIZ_API_KEY=" + testKey, "ZILLIZ_ENDPOINT=" + url, "TF_CLI_ARGS=-no-color"}, environment...)
	if s.cli, err = tfcli.New(t.Context(), s.folder, environment...); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(s.work, "main.tf"), `
terraform {
  required_providers {
    zilliz = { source = "zilliz-community/zilliz" }
  }
}
`+configuration)
	s.terraform(true, "init")
	return s
}

// terraform runs a command, keeps what it prints, and checks whether it succeeds.
func (s *scene) terraform(succeeds bool, arguments ...string) {
	s.t.Helper()
	out, err := s.cli.Command(s.t.Context(), s.work, arguments...).CombinedOutput()
	s.printed.Write(out)
	if (err == nil) != succeeds {
		s.t.Fatalf("terraform %s: %v\n%s", arguments, err, out)
	}
}

// watching looks at the running processes while they ask.
func (s *scene) watching(next http.Handler) http.Handler {
	var first sync.Once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first.Do(func() { close(s.asked) })
		s.look(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		next.ServeHTTP(w, r)
	})
}

// look reads the arguments of all processes, and the peak memory of the provider's,
// where the system shows them as files.
func (s *scene) look(key string) {
	if runtime.GOOS != "linux" {
		return
	}
	processes, _ := filepath.Glob("/proc/[0-9]*")
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, process := range processes {
		arguments, err := os.ReadFile(filepath.Join(process, "cmdline"))
		if err != nil {
			continue // it has ended meanwhile
		}
		if bytes.Contains(arguments, []byte(key)) {
			s.exposing = append(s.exposing, string(arguments))
		}
		if bytes.Contains(arguments, []byte("terraform-provider-zilliz")) && s.owns(process) {
			s.peakKiB = max(s.peakKiB, peakOf(process))
		}
	}
}

// owns tells whether a process runs in the scene's folder: other tests run providers too.
func (s *scene) owns(process string) bool {
	directory, err := os.Readlink(filepath.Join(process, "cwd"))
	return err == nil && strings.HasPrefix(directory, s.folder)
}

func peakOf(process string) int {
	status, _ := os.ReadFile(filepath.Join(process, "status"))
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			kib, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
			return kib
		}
	}
	return 0
}

// peak is the most memory that the provider took, in bytes. 0 where that is not known.
func (s *scene) peak() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peakKiB << 10
}
