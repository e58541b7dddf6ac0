package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/bench/tables"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// polls measures the client's share of a poll, and counts connections.
func polls(ctx context.Context, _ string) error {
	rows := [][]string{{"poll", "answer", "time", "memory", "allocations"}}
	for _, p := range pollSizes() {
		reader, size, err := p.reader(ctx)
		if err != nil {
			return err
		}
		result := testing.Benchmark(func(b *testing.B) {
			b.Helper()
			benchmark(ctx, b, reader)
		})
		rows = append(rows, []string{
			p.String(), fmt.Sprintf("%.1f KiB", float64(size)/1024),
			fmt.Sprintf("%.2f ms", float64(result.NsPerOp())/1e6), fmt.Sprintf("%.1f KiB", float64(result.AllocedBytesPerOp())/1024),
			fmt.Sprint(result.AllocsPerOp()),
		})
	}
	fmt.Printf("A poll through the client, with no network.\n\n%s\n", tables.Text(rows))

	const inTurn, atOnce = 100, 10
	one, err := connections(ctx, inTurn, 1)
	if err != nil {
		return err
	}
	many, err := connections(ctx, inTurn/atOnce, atOnce)
	if err != nil {
		return err
	}
	fmt.Printf("Connections opened, HTTP/1.1: %d for %d polls one after another, %d for as many by %d at a time.\n\n", one, inTurn, many, atOnce)
	return nil
}

// pollSize is a kind of answer.
type pollSize struct {
	version zilliz.APIVersion
	files   int
}

func (p pollSize) String() string {
	if p.files == 1 {
		return string(p.version) + ", 1 file"
	}
	return fmt.Sprintf("%s, %d files", p.version, p.files)
}

func pollSizes() []pollSize {
	return []pollSize{{zilliz.V1, 1}, {zilliz.V2, 1}, {zilliz.V1, 10_000}, {zilliz.V2, 10_000}}
}

// reader returns a reader that gets the simulator's answer, always the same, and the
// size of that.
func (p pollSize) reader(ctx context.Context) (importjob.Reader, int, error) {
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}})
	job := zillizsim.Job{ClusterID: clusterID, ID: "job-0", CollectionName: "articles", Steps: zillizsim.Linear(time.Hour)}
	for i := range p.files {
		job.Files = append(job.Files, zillizsim.File{Name: fmt.Sprintf("folder/1/part-%05d.parquet", i), Size: 26571700})
	}
	sim.AddJob(job)
	answer := &replay{next: zillizsim.Transport(sim)}
	client, err := newClient(p.version, "https://zilliz.example", answer)
	if err != nil {
		return nil, 0, err
	}
	reader := client.ImportJob(importjob.ID{ClusterID: clusterID, JobID: "job-0"})
	_, err = reader.Read(ctx)
	return reader, len(answer.body), err
}

func newClient(version zilliz.APIVersion, endpoint string, transport http.RoundTripper) (*zilliz.Client, error) {
	return zilliz.New(zilliz.Config{
		APIVersion: version, Endpoint: endpoint, APIKey: apiKey, Transport: transport,
		RequestTimeout: 30 * time.Second, MaxRetries: 0, MaxRequestsPerSecond: 1_000_000_000,
	})
}

func benchmark(ctx context.Context, b *testing.B, reader importjob.Reader) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := reader.Read(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

// replay gives each request the answer that the first one got, so that nothing but
// the client is measured.
type replay struct {
	next   http.RoundTripper
	header http.Header
	body   []byte
}

// RoundTrip implements [http.RoundTripper].
func (r *replay) RoundTrip(request *http.Request) (*http.Response, error) {
	if r.body == nil {
		response, err := r.next.RoundTrip(request)
		if err != nil {
			return nil, err
		}
		defer response.Body.Close() //nolint:errcheck // it is in memory
		r.header = response.Header
		if r.body, err = io.ReadAll(response.Body); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: r.header, Request: request,
		Body: io.NopCloser(bytes.NewReader(r.body)), ContentLength: int64(len(r.body)),
	}, nil
}

// connections counts the connections that polls open to a server on the loopback
// interface: rounds of some at the same time.
func connections(ctx context.Context, rounds, atOnce int) (int64, error) {
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}})
	sim.AddJob(zillizsim.Job{ClusterID: clusterID, ID: "job-0", Steps: zillizsim.Linear(time.Hour)})
	server := httptest.NewUnstartedServer(sim)
	var opened atomic.Int64
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client, err := newClient(zilliz.V1, server.URL, nil)
	if err != nil {
		return 0, err
	}
	for range rounds {
		if err := together(ctx, client, atOnce); err != nil {
			return 0, err
		}
	}
	return opened.Load(), nil
}

// together reads by some readers at the same time.
func together(ctx context.Context, client *zilliz.Client, n int) error {
	var all sync.WaitGroup
	failed := make(chan error, n)
	for range n {
		all.Go(func() {
			if _, err := client.ImportJob(importjob.ID{ClusterID: clusterID, JobID: "job-0"}).Read(ctx); err != nil {
				failed <- err
			}
		})
	}
	all.Wait()
	close(failed)
	return <-failed
}
