// Package zillizsim plays Zilliz Cloud's bulk import API, so that tests, demos
// and users' own modules can run without an account.
//
// It is as strict as the service, and stricter where the service is not known:
// what it lets pass, the service should let pass too. It shares no code with
// the client, for a mistake made once must not hide in both.
//
// It is a plain [http.Handler]. It never opens a connection, never listens,
// never writes a file, and imports nothing of the project. What it does to a
// connection, it does to the one that brought the request, and only when a
// [Fault] says so.
//
//	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{"key"}})
//	sim.AddJob(zillizsim.Job{
//		ClusterID: "in01-1", ID: "job-1", CollectionName: "articles",
//		Steps: zillizsim.Linear(10 * time.Second),
//		Files: []zillizsim.File{{Name: "folder/1/", Size: 26571700}},
//	})
//	server := httptest.NewServer(sim)
//
// Comments say of facts of the API whether they were recorded from the live
// service, are documented, or are inferred from either.
package zillizsim
