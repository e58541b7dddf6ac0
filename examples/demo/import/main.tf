# make demo applies this configuration. It uses the simulator through ZILLIZ_ENDPOINT and
# ZILLIZ_API_KEY.

terraform {
  required_providers {
    zilliz = { source = "zilliz-community/zilliz" }
  }
}

provider "zilliz" {}

variable "cluster_id" { type = string }

variable "release" {
  type    = string
  default = "2026-11"
}

variable "attempt" {
  type    = string
  default = "1"
}

# Starts the import, once. A change of its arguments starts another.
resource "zilliz_import_job" "articles" {
  cluster_id      = var.cluster_id
  collection_name = "articles"
  object_urls     = ["s3://my-bucket/articles/${var.release}/"]
  triggers        = { attempt = var.attempt }
}

# Waits until the import has completed. A failed import is an error.
resource "zilliz_import_completion" "articles" {
  cluster_id = zilliz_import_job.articles.cluster_id
  job_id     = zilliz_import_job.articles.job_id
}

# Placeholder for a service that needs the data. It changes in place, once the import has
# completed.
resource "terraform_data" "search" {
  input = zilliz_import_completion.articles.id
}
