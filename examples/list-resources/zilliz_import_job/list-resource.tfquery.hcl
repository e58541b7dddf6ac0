list "zilliz_import_job" "articles" {
  provider = zilliz

  config {
    cluster_id      = "in01-0123456789abcde"
    collection_name = "articles"
    state           = "importing"
  }
}
