# make demo applies this configuration. It uses the simulator through ZILLIZ_ENDPOINT and
# ZILLIZ_API_KEY.

terraform {
  required_providers {
    zilliz = { source = "zilliz-community/zilliz" }
  }
}

provider "zilliz" {
  api_version = "v2"
}

variable "cluster_id" { type = string }

# Loads the rows, which stay invisible.
resource "zilliz_import_job" "photos" {
  cluster_id      = var.cluster_id
  collection_name = "photos"
  object_urls     = ["s3://my-bucket/photos/2026-11/"]
  auto_commit     = false
}

# Commits them, if there are enough of them.
resource "zilliz_import_commit" "photos" {
  cluster_id = zilliz_import_job.photos.cluster_id
  job_id     = zilliz_import_job.photos.job_id
  min_rows   = 1000000
}

# Placeholder for a service that needs the data. It changes in place, once the job is
# committed.
resource "terraform_data" "search" {
  input = zilliz_import_commit.photos.id
}
