package provider

// Descriptions that several schemas share.
const (
	clusterIDDescription = "ID of the cluster, such as `in01-0123456789abcde`."
	jobIDDescription     = "ID of the import job."
	dbNameDescription    = "Database of the job. API v2 only. Defaults to the default database."
	idDescription        = "ID in the form `cluster_id/job_id`."
)
