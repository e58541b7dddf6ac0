mock_provider "zilliz" {}

variables {
  cluster_id = "in01-0123456789abcde"
  object_url = "s3://my-bucket/articles/2026-11/"
}

run "search_waits_for_the_import" {
  assert {
    condition     = terraform_data.search.output == zilliz_import_completion.articles.id
    error_message = "terraform_data.search does not refer to the gate."
  }
}
