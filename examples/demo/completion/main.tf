# The second configuration that `make demo` runs: a gate that waits in apply alone.
# Region, endpoint and API key come from the environment.

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

# Created once the import has completed, and never asked about again.
resource "zilliz_import_completion" "books" {
  cluster_id = var.cluster_id
  job_id     = var.job_id

  timeouts = { create = "45m" }
}

resource "terraform_data" "search" {
  input = "search over ${zilliz_import_completion.books.collection_name} is live"
}

output "complete_time" {
  value = zilliz_import_completion.books.complete_time
}

output "search" {
  value = terraform_data.search.output
}
