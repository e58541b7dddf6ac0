mock_provider "zilliz" {
  mock_data "zilliz_import_progress" {
    defaults = {
      state           = "completed"
      completed       = true
      collection_name = "articles"
    }
  }
}

variables {
  cluster_id = "in01-0123456789abcde"
  job_id     = "job-articles"
}

run "search_goes_live" {
  assert {
    condition     = terraform_data.search.output == "search over articles is live"
    error_message = "The resource does not use the imported collection."
  }
}

run "another_collection_fails" {
  command = plan

  override_data {
    target = data.zilliz_import_progress.articles
    values = {
      collection_name = "photos"
    }
  }

  expect_failures = [data.zilliz_import_progress.articles]
}
