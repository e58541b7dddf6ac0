package provider

// What several schemas say in the same words.
const (
	clusterIDDescription = "Id of the cluster that the import goes into, such as `in01-0123456789abcde`. Not empty."
	jobIDDescription     = "Id of the import job, as the call that started it returned it. Not empty."
	replacesDescription  = " Another value replaces the resource."
	timeoutsDescription  = "Time limits. Null: the default."
	waitDescription      = "Longest time to wait, as a duration such as `45m` or `1h30m`; more than 0. When it is over, the service is asked one last time, which may take up to a minute more. Null: `30m`."
)
