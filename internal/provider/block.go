package provider

import (
	"fmt"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// verb says what a block does with its job or jobs.
type verb int

const (
	verbRead verb = iota
	verbList
	verbWait
	verbCommit
	verbAbort
	verbStart
)

// block describes the block that an error is reported for.
type block struct {
	verb verb
	// id has no JobID if the block has no job yet, or several.
	id importjob.ID
	// collection is the collection of an import to start, or of an address. It is empty for
	// other blocks.
	collection string
	// address is the endpoint of the cluster that the block is about. It is empty for others.
	address string
	// arguments are those that an error can point at.
	arguments []string
	// timeoutKey is the key of the timeouts argument that is in force. It is empty if the
	// block has no such argument.
	timeoutKey string
	// notFoundStep says what to do in this block about a job without a record.
	notFoundStep string
}

// jobBlock describes a block with the arguments cluster_id and job_id.
func jobBlock(v verb, id importjob.ID, timeoutKey string) block {
	return block{verb: v, id: id, arguments: []string{"cluster_id", "job_id"}, timeoutKey: timeoutKey}
}

// String names the import job or jobs, or the collection.
func (b block) String() string {
	switch {
	case b.address != "":
		return fmt.Sprintf("Collection %s, %s.", b.collection, b.address)
	case b.id.JobID != "":
		return fmt.Sprintf("Import job %s, cluster %s.", b.id.JobID, b.id.ClusterID)
	case b.collection != "":
		return fmt.Sprintf("Import into collection %s, cluster %s.", b.collection, b.id.ClusterID)
	default:
		return fmt.Sprintf("Import jobs of cluster %s.", b.id.ClusterID)
	}
}

// orMoreTime names the timeout that is in force, if the block has one.
func (b block) orMoreTime() string {
	if b.timeoutKey == "" {
		return ""
	}
	return ", or allow more time with " + timeoutName(b.timeoutKey)
}

// checkHost names the arguments that determine the host.
func (b block) checkHost() string {
	if b.address != "" {
		return "Check connect_address."
	}
	return "Check " + regionSetting + " and " + endpointSetting + "."
}
