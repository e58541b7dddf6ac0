# make demo applies this configuration. It uses the simulator through ZILLIZ_ENDPOINT and
# ZILLIZ_API_KEY.

terraform {
  required_providers {
    zilliz = {
      source = "zilliz-community/zilliz"
    }
  }
}

provider "zilliz" {
  api_version = "v2"
}

variable "cluster_id" {
  type        = string
  description = "Cluster to import into."
}

variable "data_version" {
  type        = string
  description = "Version of the data. A change starts another import."
  default     = "1"
}

# Starts the import. Its rows stay invisible.
resource "zilliz_import_job" "articles" {
  cluster_id      = var.cluster_id
  collection_name = "articles"
  object_urls     = ["s3://my-bucket/articles/1.parquet"]
  auto_commit     = false
  triggers        = { data_version = var.data_version }
}

# Waits until all rows are loaded, and checks them.
resource "zilliz_import_staging" "articles" {
  cluster_id = zilliz_import_job.articles.cluster_id
  job_id     = zilliz_import_job.articles.job_id

  lifecycle {
    postcondition {
      condition     = self.state == "uncommitted" && self.imported_rows == 1000000
      error_message = "Expected 1000000 uncommitted rows. Nothing was committed."
    }
  }
}

# Makes all rows visible at once.
resource "zilliz_import_commit" "articles" {
  cluster_id = zilliz_import_staging.articles.cluster_id
  job_id     = zilliz_import_staging.articles.job_id
}

# Placeholder for a resource that needs the data, such as the rollout of a service. It is
# replaced after the next import.
resource "terraform_data" "search" {
  triggers_replace = zilliz_import_commit.articles.id
  input            = "search over ${zilliz_import_commit.articles.collection_name} is live"

  lifecycle {
    create_before_destroy = true # keeps the old one until the rows are visible
  }
}

output "search" {
  value = terraform_data.search.output
}
