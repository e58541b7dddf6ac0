// Command demo shows the provider at work: the real terraform, the provider built
// from this checkout, and a simulator in place of Zilliz Cloud. With -serve it only
// keeps the simulator running, for configurations of the user's own.
//
// It needs no account, listens on the loopback interface only, keeps all that it
// makes in a temporary folder, and removes that at the end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	clusterID = "in01-0123456789abcde"
	apiKey    = "demo-key-of-the-simulator"
)

func main() {
	var o serveOptions
	serving := flag.Bool("serve", false, "keep the simulator running until Ctrl-C, in place of the demo")
	flag.StringVar(&o.jobs, "jobs", "examples/simulator/jobs.json", "with -serve: `file` of import jobs")
	flag.StringVar(&o.address, "address", "127.0.0.1:8089", "with -serve: loopback `address` to listen on; port 0 is any free one")
	flag.StringVar(&o.apiKey, "api-key", apiKey, "with -serve: the API `key` that the simulator accepts")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	play := run
	if *serving {
		play = func(ctx context.Context) error { return serve(ctx, os.Stdout, o) }
	}
	err := play(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	say("Building the provider.")
	d, err := newDemo(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.sandbox.Close()) }()

	if err := importCompletes(ctx, d); err != nil {
		return err
	}
	if err := importFails(ctx, d); err != nil {
		return err
	}
	return completionIsRemembered(ctx, d)
}

// importCompletes gates a resource on an import that takes about 10 s.
func importCompletes(ctx context.Context, d *demo) error {
	say("An import of 10 s begins. Both ids are known, so terraform plan reads the data source, and waits.")
	if err := d.open(ctx, "progress"); err != nil {
		return err
	}
	d.sandbox.Simulator.AddJob(zillizsim.Job{
		ClusterID: clusterID, ID: "job-articles", CollectionName: "articles",
		Files: []zillizsim.File{{Name: "articles/1.parquet", Size: 3 << 30}, {Name: "articles/2.parquet", Size: 2 << 30}},
		Steps: zillizsim.Milvus(10 * time.Second),
	})
	began := time.Now()
	if err := d.terraform(ctx, "plan", "-var=job_id=job-articles", "-out=plan"); err != nil {
		return err
	}
	say("terraform plan took %s. The data is there: terraform apply opens the gate at once.", time.Since(began).Round(time.Second))
	return d.terraform(ctx, "apply", "plan")
}

// importFails shows that the gate stays shut.
func importFails(ctx context.Context, d *demo) error {
	say("Now an import that fails after 3 s. The gate has to stay shut, and terraform has to say why.")
	if err := d.open(ctx, "progress"); err != nil {
		return err
	}
	d.sandbox.Simulator.AddJob(zillizsim.Job{
		ClusterID: clusterID, ID: "job-broken", CollectionName: "articles",
		Files: []zillizsim.File{{Name: "articles/3.parquet", Size: 1 << 30}},
		Steps: zillizsim.FailAt(3*time.Second, 0.4, "the field 'embedding' has dimension 512, the collection wants 768"),
	})
	if err := d.terraform(ctx, "apply", "-auto-approve", "-var=job_id=job-broken"); err == nil {
		return errors.New("terraform apply succeeded although the import failed")
	}
	created, err := d.created(ctx, "terraform_data")
	if err != nil {
		return err
	}
	if created {
		return errors.New("the gated resource was made although the import failed")
	}
	say("terraform apply ended with the error above, as it should, and made nothing.")
	return nil
}

// completionIsRemembered shows the gate that waits in apply alone.
func completionIsRemembered(ctx context.Context, d *demo) error {
	say("The second gate: the resource zilliz_import_completion waits in apply alone, and remembers.")
	if err := d.open(ctx, "completion"); err != nil {
		return err
	}
	d.sandbox.Simulator.AddJob(zillizsim.Job{
		ClusterID: clusterID, ID: "job-books", CollectionName: "books",
		Files: []zillizsim.File{{Name: "books/1.parquet", Size: 1 << 30}},
		Steps: zillizsim.Milvus(8 * time.Second),
	})
	before := len(d.sandbox.Simulator.Requests())
	began := time.Now()
	if err := d.terraform(ctx, "plan", "-var=job_id=job-books"); err != nil {
		return err
	}
	if asked := len(d.sandbox.Simulator.Requests()) - before; asked > 0 {
		return fmt.Errorf("terraform plan sent %d requests, want none", asked)
	}
	say("terraform plan took %s and sent no request. terraform apply waits.", time.Since(began).Round(time.Second/10))
	if err := d.terraform(ctx, "apply", "-auto-approve", "-var=job_id=job-books"); err != nil {
		return err
	}
	const jobNotFound = 90144
	d.sandbox.Simulator.Refuse(clusterID, jobNotFound)
	say("Some hours later the service has forgotten the job, and says so to all who ask. A plan does not ask.")
	before = len(d.sandbox.Simulator.Requests())
	if err := d.terraform(ctx, "plan", "-detailed-exitcode", "-var=job_id=job-books"); err != nil {
		return err
	}
	if asked := len(d.sandbox.Simulator.Requests()) - before; asked > 0 {
		return fmt.Errorf("terraform plan sent %d requests, want none", asked)
	}
	say("No changes, and no request.")
	return nil
}

func say(format string, arguments ...any) {
	fmt.Printf("\n=== "+format+"\n\n", arguments...)
}
