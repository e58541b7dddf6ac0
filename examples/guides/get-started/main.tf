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

# Waits during apply until the import has completed, for up to 45 minutes. A failed
# import is an error.
resource "zilliz_import_completion" "articles" {
  cluster_id = var.cluster_id
  job_id     = var.job_id

  timeouts = { create = "45m", update = "45m" }
}

# Placeholder for a resource that needs the data, such as the rollout of a service. It is
# replaced after the next import.
resource "terraform_data" "search" {
  triggers_replace = zilliz_import_completion.articles.id
  input            = "search over ${coalesce(zilliz_import_completion.articles.collection_name, "the collection")} is live"

  lifecycle {
    create_before_destroy = true # keeps the old one until the import has completed
  }
}

output "complete_time" {
  value = zilliz_import_completion.articles.complete_time
}

output "search" {
  value = terraform_data.search.output
}
