// Package zillizsim simulates the bulk import calls of Zilliz Cloud, API v1 and v2, and
// those of Milvus, so that tests, demos and users' modules need no account. It also serves
// the calls that load a collection and count its rows, at the same address.
//
// A client that works with the simulator should work with the service. The simulator
// therefore checks everything that the service is known to check, and is strict where the
// behavior of the service is not known. It shares no code with the client under test, so
// that a mistake in one can't hide in the other.
//
// A [Server] is an [http.Handler]. It does not listen, open connections or write files,
// and closes a connection only for a [Fault].
//
//	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{"key"}})
//	sim.AddJob(zillizsim.Job{
//		ClusterID: "in01-1", ID: "job-1", CollectionName: "articles",
//		Steps: zillizsim.Linear(10 * time.Second),
//		Files: []zillizsim.File{{Name: "folder/1/", Size: 26571700}},
//	})
//	server := httptest.NewServer(sim)
//
// Comments on facts of the API say where they are known from: documented, by Zilliz or in
// the code of its clients; recorded, from the live service; or inferred.
package zillizsim
