provider "zilliz" {
  api_version = "v2"
}

variable "cluster_id" { type = string }

# Loads the rows of two collections, which stay invisible.
resource "zilliz_import_job" "release" {
  for_each = toset(["articles", "photos"])

  cluster_id       = var.cluster_id
  collection_name  = each.key
  object_urls      = ["s3://my-bucket/2026-11/${each.key}/"]
  auto_commit      = false
  abort_on_destroy = true
}

resource "zilliz_import_staging" "release" {
  for_each = zilliz_import_job.release

  cluster_id = each.value.cluster_id
  job_id     = each.value.job_id
}

# Commits none of the jobs until the rows of all are loaded.
resource "zilliz_import_commit" "release" {
  for_each   = zilliz_import_job.release
  depends_on = [zilliz_import_staging.release]

  cluster_id = each.value.cluster_id
  job_id     = each.value.job_id
}
