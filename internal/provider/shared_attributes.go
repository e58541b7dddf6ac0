package provider

// Descriptions that several schemas share.
const (
	clusterIDDescription = "Id of the cluster, such as `in01-0123456789abcde`."
	jobIDDescription     = "Id of the import job."
	replacesDescription  = " A change replaces the resource."
	timeoutsDescription  = "Time limits."
	waitDescription      = "Longest time to wait, as a duration such as `45m` or `1h30m`. The last poll begins at this time and can take up to a minute. Defaults to `30m`."
)
