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
  description = "Cluster to import into."
}

# Starts the import.
resource "zilliz_import_job" "articles" {
  cluster_id      = var.cluster_id
  collection_name = "articles"
  object_urls     = ["s3://my-bucket/articles/"]
}

# Waits until it has completed.
resource "zilliz_import_completion" "articles" {
  cluster_id = zilliz_import_job.articles.cluster_id
  job_id     = zilliz_import_job.articles.job_id
}

# Placeholder for a resource that needs the data, such as the rollout of a service. It is
# replaced after the next import.
resource "terraform_data" "search" {
  triggers_replace = zilliz_import_completion.articles.id
  input            = "search over ${zilliz_import_completion.articles.collection_name} is live"

  lifecycle {
    create_before_destroy = true # keeps the old one until the import has completed
  }
}

output "search" {
  value = terraform_data.search.output
}
