provider "zilliz" {
  api_version = "v2"
}

variable "cluster_id" { type = string }

# Loads the rows, which stay invisible.
resource "zilliz_import_job" "articles" {
  cluster_id       = var.cluster_id
  collection_name  = "articles"
  object_urls      = ["s3://my-bucket/articles/"]
  auto_commit      = false
  abort_on_destroy = true
}

# Waits until the rows are loaded, and makes all of them visible.
resource "zilliz_import_commit" "articles" {
  cluster_id = zilliz_import_job.articles.cluster_id
  job_id     = zilliz_import_job.articles.job_id
}

# Placeholder for a resource that needs the data. It is replaced after the next import.
resource "terraform_data" "search" {
  triggers_replace = zilliz_import_commit.articles.id

  lifecycle {
    create_before_destroy = true # keeps the old one until the job is committed
  }
}
