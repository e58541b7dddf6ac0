provider "zilliz" {
  api_version = "v2"
}

variable "cluster_id" { type = string }

# Loads the rows, which stay invisible.
resource "zilliz_import_job" "articles" {
  cluster_id       = var.cluster_id
  collection_name  = "articles"
  object_urls      = ["s3://my-bucket/articles/2026-11/"]
  auto_commit      = false
  abort_on_destroy = true
}

# Commits them, if their number is right.
resource "zilliz_import_commit" "articles" {
  cluster_id = zilliz_import_job.articles.cluster_id
  job_id     = zilliz_import_job.articles.job_id
  min_rows   = 1400000
  max_rows   = 1600000
}

# Placeholder for a service that needs the data. It changes in place, once the job is
# committed.
resource "terraform_data" "search" {
  input = zilliz_import_commit.articles.id
}
