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

variable "cluster_id" { type = string }

# Starts the import, once. A private bucket also needs access_key_wo and secret_key_wo.
resource "zilliz_import_job" "articles" {
  cluster_id      = var.cluster_id
  collection_name = "articles"
  object_urls     = ["s3://my-bucket/articles/2026-11/"]
}

# Waits until the import has completed. A failed import is an error.
resource "zilliz_import_completion" "articles" {
  cluster_id = zilliz_import_job.articles.cluster_id
  job_id     = zilliz_import_job.articles.job_id
}

# Placeholder for a service that needs the data. It changes in place, once the import has
# completed.
resource "terraform_data" "search" {
  input = zilliz_import_completion.articles.id
}
