// Command demo shows the provider at work: the real terraform, the provider built from
// this checkout, and a simulator in place of Zilliz Cloud.
//
// It needs no account and listens on the loopback interface only. It writes to a
// temporary directory, which it removes at the end.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	clusterID = "in01-0123456789abcde"
	apiKey    = "demo-key-of-the-simulator"
)

// step is an apply, which starts one import. All steps with the same configuration, a
// directory below examples/demo, share a state.
type step struct {
	title, text   string
	configuration string
	variables     []string
	// fails reports whether apply must fail. Then it must not change the dependent resource,
	// and otherwise it must.
	fails bool
	// commits is the number of commits that apply must send.
	commits int
	// outcome is printed once it has been checked.
	outcome string
}

func steps() []step {
	return []step{{
		title: "Import a release, and let a service use it",
		text: "An apply starts the import, waits until it has completed, and then creates\n" +
			"terraform_data.search, which stands for the service.",
		configuration: "import",
		outcome:       "search uses the import, 1 import started",
	}, {
		title:         "The next release has a broken file",
		text:          "The import fails, and so does apply. The service keeps the release that it has.",
		configuration: "import", variables: []string{"-var=release=2026-12"}, fails: true,
		outcome: "search is unchanged, 1 import started",
	}, {
		title: "The file is repaired",
		text: "A change of triggers starts a new import. Once that has completed, the service\n" +
			"changes in place.",
		configuration: "import", variables: []string{"-var=release=2026-12", "-var=attempt=2"},
		outcome: "search uses the new import, 1 import started",
	}, {
		title: "Two phases (preview)",
		text: "The rows of this import stay invisible until they are committed, and they are\n" +
			"committed only if there are enough of them.",
		configuration: "two-phases", commits: 1,
		outcome: "search uses the import, 1 import started, 1 commit sent",
	}}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}})
	sim.AddCluster(clusterID)
	sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
		job := zillizsim.Job{Steps: zillizsim.Milvus(5 * time.Second), TotalRows: 1_000_000}
		if len(sim.Started()) == 2 {
			job.Steps = zillizsim.FailAt(3*time.Second, 0.4,
				"the field 'embedding' has dimension 512, the collection wants 768")
		}
		return job
	})
	environment := []string{"TF_VAR_cluster_id=" + clusterID, "ZILLIZ_API_KEY=" + apiKey}
	if info, err := os.Stdout.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		environment = append(environment, "TF_CLI_ARGS=") // colors
	}
	sandbox, err := tfcli.NewSandbox(ctx, sim, tfcli.Options{Environment: environment})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sandbox.Close()) }()

	directories := map[string]string{}
	for i, s := range steps() {
		if directories[s.configuration] == "" {
			files := os.DirFS(filepath.Join("examples", "demo", s.configuration))
			if directories[s.configuration], err = sandbox.DirectoryOf(ctx, files); err != nil {
				return err
			}
		}
		fmt.Printf("\n=== %d. %s\n\n%s\n\n", i+1, s.title, s.text)
		if err := s.apply(ctx, sandbox, directories[s.configuration]); err != nil {
			return err
		}
	}
	fmt.Print("\n=== Next: write your own configuration\n\n" +
		"  make serve   runs the simulator for it, as docs/guides/get-started.md shows\n" +
		"  make test    runs all tests\n")
	return nil
}

// apply runs the step and checks its outcome.
func (s step) apply(ctx context.Context, sandbox *tfcli.Sandbox, directory string) error {
	search := func() string { // is empty before the first apply
		out, _ := sandbox.CLI.Command(ctx, directory, "state", "show", "terraform_data.search").Output()
		return string(out)
	}
	sim, before := sandbox.Simulator, search()
	started, commits := len(sim.Started()), sim.Count("commit", "")
	plan := append([]string{"plan", "-out=plan"}, s.variables...)
	fmt.Printf("$ terraform %s\n$ terraform apply plan\n", strings.Join(plan, " "))
	if _, err := sandbox.CLI.Run(ctx, directory, plan...); err != nil {
		return err
	}
	apply := sandbox.CLI.Command(ctx, directory, "apply", "plan")
	apply.Stdout, apply.Stderr = os.Stdout, os.Stdout
	failed := apply.Run() != nil

	changed := search() != before
	started, commits = len(sim.Started())-started, sim.Count("commit", "")-commits
	if failed != s.fails || changed == s.fails || started != 1 || commits != s.commits {
		return fmt.Errorf("terraform apply failed: %t, search changed: %t, imports started: %d, commits: %d; want %s",
			failed, changed, started, commits, s.outcome)
	}
	fmt.Printf("\nChecked: %s.\n", s.outcome)
	return nil
}
