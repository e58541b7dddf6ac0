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

// serveOptions are the flags that belong to -serve.
type serveOptions struct {
	jobs    string
	address string
	apiKey  string
}

// serve runs the simulator until ctx ends. The jobs start when the simulator starts.
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
	printUsage(w, "http://"+listener.Addr().String(), o, file.Jobs)

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
	defer func() { _ = file.Close() }() // opened for reading only
	jobs, err := zillizsim.LoadJobsFile(file)
	if err != nil {
		return jobs, fmt.Errorf("%s: %w", name, err)
	}
	return jobs, nil
}

// listen accepts only loopback addresses: everyone who can reach the simulator can use
// it, and clients send API keys to it without encryption.
func listen(ctx context.Context, address string) (net.Listener, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsLoopback() {
		return nil, fmt.Errorf("-address %q is not a loopback address with a port, such as 127.0.0.1:8089", address)
	}
	var config net.ListenConfig
	return config.Listen(ctx, "tcp", address)
}

func printUsage(w io.Writer, endpoint string, o serveOptions, jobs []zillizsim.Job) {
	fmt.Fprintf(w, "Simulator of Zilliz Cloud's import API, v1 and v2: %s\n\n", endpoint)
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "CLUSTER\tJOB\tCOLLECTION\tRESULT")
	for _, job := range jobs {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", job.ClusterID, job.ID, job.CollectionName, result(job))
	}
	_ = table.Flush() // an error means that the terminal is gone
	fmt.Fprintf(w, "\nIn another terminal:\n\n  export ZILLIZ_ENDPOINT=%s\n  export ZILLIZ_API_KEY=%s\n\nCtrl-C stops the simulator. To start the jobs again, run it again.\n",
		endpoint, shellQuote(o.apiKey))
}

// result describes how a job ends.
func result(job zillizsim.Job) string {
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
