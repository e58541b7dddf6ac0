variable "cluster_id" { type = string }

variable "releases" {
  type    = set(string)
  default = ["2026-10", "2026-11"]
}

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

# Imports each release once.
resource "zilliz_import_job" "articles" {
  for_each = var.releases

  cluster_id      = var.cluster_id
  collection_name = "articles"
  object_urls     = ["s3://my-bucket/articles/${each.key}/"]
  access_key_wo   = var.access_key
  secret_key_wo   = var.secret_key
}

# Waits for each import. A failed import is an error.
resource "zilliz_import_completion" "articles" {
  for_each = zilliz_import_job.articles

  cluster_id = each.value.cluster_id
  job_id     = each.value.job_id
}

# Placeholder for a service that needs the data. It changes in place, once all imports have
# completed.
resource "terraform_data" "search" {
  input = values(zilliz_import_completion.articles)[*].id
}
