package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// serveOptions are the command's flags that go with -serve.
type serveOptions struct {
	jobs    string
	address string
	apiKey  string
}

// serve keeps the simulator running, for the user's own configurations, until the
// context ends. The jobs begin when it begins.
func serve(ctx context.Context, w io.Writer, o serveOptions) error {
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
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{o.apiKey}})
	sim.AddJobsFile(file)
	announce(w, "http://"+listener.Addr().String(), o, file.Jobs)

	server := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func loadJobs(name string) (zillizsim.JobsFile, error) {
	file, err := os.Open(name)
	if err != nil {
		return zillizsim.JobsFile{}, err
	}
	defer func() { _ = file.Close() }() // it was only read
	jobs, err := zillizsim.LoadJobsFile(file)
	if err != nil {
		return jobs, fmt.Errorf("%s: %w", name, err)
	}
	return jobs, nil
}

// listen refuses every address but one of this machine's own: whoever reaches the
// simulator can use it, and keys are sent to it without encryption.
func listen(ctx context.Context, address string) (net.Listener, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsLoopback() {
		return nil, fmt.Errorf("-address %q: not a loopback address with a port, such as 127.0.0.1:8089", address)
	}
	var config net.ListenConfig
	return config.Listen(ctx, "tcp", address)
}

// announce prints what is there and how to use it.
func announce(w io.Writer, endpoint string, o serveOptions, jobs []zillizsim.Job) {
	fmt.Fprintf(w, "A simulator of Zilliz Cloud's import API, versions 1 and 2, at %s\n\n", endpoint)
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "CLUSTER\tJOB\tCOLLECTION\tFROM NOW ON")
	for _, job := range jobs {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", job.ClusterID, job.ID, job.CollectionName, course(job))
	}
	_ = table.Flush() // nothing is left to be done if the terminal is gone
	fmt.Fprintf(w, "\nTo use it, in another terminal:\n\n  export ZILLIZ_ENDPOINT=%s\n  export ZILLIZ_API_KEY=%s\n\nCtrl-C ends it. To begin the jobs again, start it again.\n",
		endpoint, shellQuote(o.apiKey))
}

// course describes how a job ends.
func course(job zillizsim.Job) string {
	last := job.Steps[len(job.Steps)-1]
	switch {
	case last.Reason != "" || last.State == "Failed":
		return fmt.Sprintf("fails after %s", last.After)
	case last.State == "Completed" || last.State == "" && last.Progress >= 1:
		return fmt.Sprintf("completes after %s", last.After)
	default:
		return fmt.Sprintf("stays at %.0f %% after %s", last.Progress*100, last.After)
	}
}

func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
