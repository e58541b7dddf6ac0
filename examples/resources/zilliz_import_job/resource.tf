variable "cluster_id" { type = string }

variable "access_key" {
  type      = string
  ephemeral = true
  default   = null
}

variable "secret_key" {
  type      = string
  ephemeral = true
  default   = null
}

# Starts the import, once. A change of triggers starts another import, which adds its
# rows to the collection.
resource "zilliz_import_job" "articles" {
  cluster_id      = var.cluster_id
  collection_name = "articles"
  object_urls     = ["s3://my-bucket/articles/"]
  triggers        = { version = "2026-11" }

  access_key_wo = var.access_key
  secret_key_wo = var.secret_key
}

# Waits until the import has completed. A failed import is an error.
resource "zilliz_import_completion" "articles" {
  cluster_id = zilliz_import_job.articles.cluster_id
  job_id     = zilliz_import_job.articles.job_id
}

# Placeholder for a resource that needs the data, such as the rollout of a service. It is
# replaced after the next import.
resource "terraform_data" "search" {
  triggers_replace = zilliz_import_completion.articles.id

  lifecycle {
    create_before_destroy = true # keeps the old one until the import has completed
  }
}
