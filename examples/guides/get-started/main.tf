terraform {
  required_providers {
    zilliz = {
      source  = "zilliz-community/zilliz"
      version = "~> 0.1"
    }
  }
}

# The API key comes from the environment variable ZILLIZ_API_KEY.
provider "zilliz" {
  region_id = "aws-us-west-2"
}

variable "cluster_id" {
  type        = string
  description = "Cluster that the import goes into, such as in01-0123456789abcde."
}

variable "job_id" {
  type        = string
  description = "Import job to wait for, as the call that started it returned it."
}

# Returns once the import has completed. A failed import is an error, and so are
# 45 minutes without an end.
data "zilliz_import_progress" "articles" {
  cluster_id = var.cluster_id
  job_id     = var.job_id

  wait_for_completion = true
  timeouts            = { read = "45m" }
}

# Stands for whatever needs the data: the switch of an alias, a roll-out, a DNS change.
resource "terraform_data" "search" {
  input = "search over ${coalesce(data.zilliz_import_progress.articles.collection_name, "the collection")} is live"
}

output "complete_time" {
  value = data.zilliz_import_progress.articles.complete_time
}

output "search" {
  value = terraform_data.search.output
}
