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
  description = "Cluster of the import, such as in01-0123456789abcde."
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

# Stands for a resource that needs the data, such as the switch of an alias. It is
# replaced after the next import.
resource "terraform_data" "search" {
  triggers_replace = data.zilliz_import_progress.articles.id
  input            = "search over ${coalesce(data.zilliz_import_progress.articles.collection_name, "the collection")} is live"
}

output "complete_time" {
  value = data.zilliz_import_progress.articles.complete_time
}

output "search" {
  value = terraform_data.search.output
}
