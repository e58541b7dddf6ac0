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

// run plays the demo.
func run(ctx context.Context) (err error) {
	say("Building the provider.")
	d, err := newDemo(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.sandbox.Close()) }()

	if err := importAndGate(ctx, d); err != nil {
		return err
	}
	return importFails(ctx, d)
}

// importAndGate starts an import, waits for it, and creates what depends on it.
func importAndGate(ctx context.Context, d *demo) error {
	say("Start an import of 10 s, wait for it, and create a resource that depends on it: in one apply.")
	if err := d.open(ctx, "import"); err != nil {
		return err
	}
	sim := d.sandbox.Simulator
	sim.AddCluster(clusterID)
	sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
		return zillizsim.Job{Steps: zillizsim.Milvus(10 * time.Second), Files: []zillizsim.File{{Name: "articles/1.parquet", Size: 3 << 30}}}
	})
	if err := d.terraform(ctx, "apply", "-auto-approve"); err != nil {
		return err
	}
	say("Days later the service has deleted the record of the job. A plan sends no request, and changes nothing.")
	const jobNotFound = 90144
	sim.Refuse(clusterID, jobNotFound)
	defer sim.Refuse(clusterID, 0)
	before := len(sim.Requests())
	if err := d.terraform(ctx, "plan", "-detailed-exitcode"); err != nil {
		return err
	}
	if sent := len(sim.Requests()) - before; sent > 0 {
		return fmt.Errorf("terraform plan sent %d requests, want none", sent)
	}
	if n := len(sim.Started()); n != 1 {
		return fmt.Errorf("%d imports were started, want 1", n)
	}
	return nil
}

// importFails shows that the gate stays shut.
func importFails(ctx context.Context, d *demo) error {
	say("Now the data source, on an import from elsewhere that fails after 3 s. The gate has to stay shut.")
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
		return errors.New("the dependent resource was created although the import failed")
	}
	say("terraform apply ended with the error above, and created nothing.")
	return nil
}

func say(text string) {
	fmt.Printf("\n=== %s\n\n", text)
}
