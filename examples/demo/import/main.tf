# What `make demo` applies. Region, endpoint and API key come from the environment.

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
  description = "Cluster to import into."
}

# Starts the import.
resource "zilliz_import_job" "articles" {
  cluster_id      = var.cluster_id
  collection_name = "articles"
  object_urls     = [["s3://my-bucket/articles/"]]
}

# Waits until it has completed.
resource "zilliz_import_completion" "articles" {
  cluster_id = zilliz_import_job.articles.cluster_id
  job_id     = zilliz_import_job.articles.job_id
}

# Stands for whatever needs the data, such as the switch of an alias.
resource "terraform_data" "search" {
  triggers_replace = zilliz_import_completion.articles.id
  input            = "search over ${zilliz_import_completion.articles.collection_name} is live"
}

output "search" {
  value = terraform_data.search.output
}
