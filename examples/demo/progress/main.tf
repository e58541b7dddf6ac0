# make demo applies this configuration. It uses the simulator through ZILLIZ_ENDPOINT and
# ZILLIZ_API_KEY.

terraform {
  required_providers {
    zilliz = {
      source = "zilliz-community/zilliz"
    }
  }
}

provider "zilliz" {}

variable "cluster_id" {
  type        = string
  description = "Cluster of the import."
}

variable "job_id" {
  type        = string
  description = "Import job to wait for."
}

# Waits until the import has completed, for up to 45 minutes. A failed import is an error.
data "zilliz_import_progress" "articles" {
  cluster_id = var.cluster_id
  job_id     = var.job_id

  wait_for_completion = true
  timeouts            = { read = "45m" }
}

# Placeholder for a resource that needs the data, such as the rollout of a service. It is
# replaced after the next import.
resource "terraform_data" "search" {
  triggers_replace = data.zilliz_import_progress.articles.job_id
  input            = "search over ${data.zilliz_import_progress.articles.collection_name} is live"

  lifecycle {
    create_before_destroy = true # keeps the old one until the import has completed
  }
}

output "state" {
  value = data.zilliz_import_progress.articles.state
}

output "progress_percent" {
  value = data.zilliz_import_progress.articles.progress_percent
}

output "file_size" {
  value = data.zilliz_import_progress.articles.file_size
}

output "complete_time" {
  value = data.zilliz_import_progress.articles.complete_time
}

output "files" {
  value = data.zilliz_import_progress.articles.files
}

output "search" {
  value = terraform_data.search.output
}
