import {
  to = zilliz_import_completion.articles
  id = "in01-0123456789abcde/job-0123456789"
}

resource "zilliz_import_completion" "articles" {
  cluster_id = "in01-0123456789abcde"
  job_id     = "job-0123456789"
}
