// Command simulator runs a simulator of Zilliz Cloud's import API, for configurations and
// tests without an account. It listens on the loopback interface only, and prints a line
// for each request, without keys.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

//go:embed jobs.json
var exampleJobs []byte

// options are the flags.
type options struct {
	jobs              string
	address           string
	apiKey            string
	milvus            bool
	requestsPerSecond int
}

func main() {
	var o options
	flag.StringVar(&o.jobs, "jobs", "", "`file` of jobs, collections and faults (default: three example jobs)")
	flag.StringVar(&o.address, "address", "127.0.0.1:8089", "loopback `address` to listen on; port 0 picks a free port")
	flag.StringVar(&o.apiKey, "api-key", "demo-key-of-the-simulator", "the API `key` that the simulator accepts")
	flag.BoolVar(&o.milvus, "milvus", false, "answer like open-source Milvus, which has no v1 and does not import URLs")
	flag.IntVar(&o.requestsPerSecond, "requests-per-second", 0,
		"the `number` of requests in any second above which the answer is HTTP 429 (default: no limit)")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := serve(ctx, os.Stdout, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulator:", err)
		os.Exit(1)
	}
}

// serve runs the simulator until ctx ends.
func serve(ctx context.Context, w io.Writer, o options) error {
	if o.apiKey == "" {
		return errors.New("-api-key is empty")
	}
	file, err := loadJobs(o.jobs)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, o.address)
	if err != nil {
		return err
	}
	sim := zillizsim.New(zillizsim.Options{
		APIKeys: []string{o.apiKey}, Milvus: o.milvus, RequestsPerSecond: o.requestsPerSecond, Log: w,
	})
	sim.AddJobsFile(file)
	printUsage(w, "http://"+listener.Addr().String(), o, file)

	server := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// loadJobs reads a jobs file. If name is empty, it returns the example jobs.
func loadJobs(name string) (zillizsim.JobsFile, error) {
	content := exampleJobs
	if name != "" {
		var err error
		if content, err = os.ReadFile(name); err != nil {
			return zillizsim.JobsFile{}, err
		}
	}
	jobs, err := zillizsim.LoadJobsFile(bytes.NewReader(content))
	if err != nil {
		return jobs, fmt.Errorf("%s: %w", name, err)
	}
	return jobs, nil
}

// listen listens on a loopback address only: everyone who can reach the simulator can use
// it, and clients send API keys to it without encryption.
func listen(ctx context.Context, address string) (net.Listener, error) {
	if port, found := strings.CutPrefix(address, "localhost:"); found {
		address = "127.0.0.1:" + port // whatever the system resolves it to
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsLoopback() {
		return nil, fmt.Errorf("-address %q is not a loopback address with a port, such as localhost:8089", address)
	}
	var config net.ListenConfig
	return config.Listen(ctx, "tcp", address)
}

func printUsage(w io.Writer, endpoint string, o options, file zillizsim.JobsFile) {
	fmt.Fprintf(w, "Simulator of the import API: %s\n\n", endpoint)
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "CLUSTER\tJOB\tCOLLECTION\tRESULT")
	for _, job := range file.Jobs {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", job.ClusterID, job.ID, job.CollectionName, result(job))
	}
	_ = table.Flush() // an error means that the terminal is gone
	if !o.milvus {
		fmt.Fprintf(w, "\nAn import that is started %s", result(file.Start))
		for text := range file.FailingURLs {
			fmt.Fprintf(w, ", and fails with %q in a URL", text)
		}
		fmt.Fprintln(w, ".")
	}
	fmt.Fprintf(w, "\nIn another terminal:\n\n  export ZILLIZ_ENDPOINT=%s\n  export ZILLIZ_API_KEY=%s\n",
		endpoint, shellQuote(o.apiKey))
	if o.milvus {
		fmt.Fprintln(w, "  export ZILLIZ_API_VERSION=v2")
	}
	fmt.Fprintln(w, "\nEach job starts with the first request for it. Ctrl-C stops the simulator.")
}

// result describes how a job ends.
func result(job zillizsim.Job) string {
	last := job.Steps[len(job.Steps)-1]
	switch {
	case last.Reason != "" || last.State == "Failed":
		return fmt.Sprintf("fails after %s", last.After)
	case last.State != "Completed" && (last.State != "" || last.Progress < 1):
		return fmt.Sprintf("stays at %.0f%% after %s", last.Progress*100, last.After)
	case job.TwoPhase:
		return fmt.Sprintf("waits for a commit after %s", last.After)
	default:
		return fmt.Sprintf("completes after %s", last.After)
	}
}

func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
