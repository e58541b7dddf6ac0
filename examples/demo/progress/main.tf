# The configuration that `make demo` runs: a resource that must not be made before
# an import has completed. Region, endpoint and API key come from the environment.

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
  description = "Cluster that the import goes into."
}

variable "job_id" {
  type        = string
  description = "Import job to wait for."
}

# Waits until the import has completed. A failed import, or 45 minutes without an
# end, is an error.
data "zilliz_import_progress" "articles" {
  cluster_id = var.cluster_id
  job_id     = var.job_id

  wait_for_completion = true
  timeouts            = { read = "45m" }
}

# Stands for the switch of an alias, a roll-out, a DNS change: made only once the
# data is there.
resource "terraform_data" "search" {
  input = "search over ${data.zilliz_import_progress.articles.collection_name} is live"
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
