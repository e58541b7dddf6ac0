variable "cluster_id" { type = string }
variable "connect_address" { type = string }

resource "zilliz_import_job" "articles" {
  cluster_id      = var.cluster_id
  collection_name = "articles"
  object_urls     = ["s3://my-bucket/articles/2026-11/"]
}

resource "zilliz_import_completion" "articles" {
  cluster_id = zilliz_import_job.articles.cluster_id
  job_id     = zilliz_import_job.articles.job_id
}

# Loads the collection, and waits until a query finds at least min_rows rows in it.
resource "zilliz_collection_readiness" "articles" {
  connect_address = var.connect_address
  collection_name = "articles"
  import_id       = zilliz_import_completion.articles.id
  min_rows        = 1500000
}

# Placeholder for a service that searches the collection. It changes in place, once a query
# finds the rows.
resource "terraform_data" "search" {
  input = zilliz_collection_readiness.articles.id
}
