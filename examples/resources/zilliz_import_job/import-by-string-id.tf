import {
  to = zilliz_import_job.articles
  id = "in01-0123456789abcde/job-0123456789"
}

resource "zilliz_import_job" "articles" {
  cluster_id      = "in01-0123456789abcde"
  collection_name = "articles"
  object_urls     = ["s3://my-bucket/articles/2026-11/"]
}
