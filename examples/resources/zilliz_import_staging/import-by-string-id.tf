provider "zilliz" {
  api_version = "v2"
}

import {
  to = zilliz_import_staging.articles
  id = "in01-0123456789abcde/job-0123456789"
}

resource "zilliz_import_staging" "articles" {
  cluster_id = "in01-0123456789abcde"
  job_id     = "job-0123456789"
}
