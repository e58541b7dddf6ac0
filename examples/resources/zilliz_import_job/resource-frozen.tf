variable "cluster_id" { type = string }
variable "release" { type = string }

# Starts one import. No later change of the configuration starts another.
resource "zilliz_import_job" "seed" {
  cluster_id      = var.cluster_id
  collection_name = "articles"
  object_urls     = ["s3://my-bucket/seed/"]

  lifecycle {
    ignore_changes = all
  }
}

# Refuses to start an import of any other release.
resource "zilliz_import_job" "archive" {
  cluster_id      = var.cluster_id
  collection_name = "archive"
  object_urls     = ["s3://my-bucket/${var.release}/"]

  lifecycle {
    precondition {
      condition     = var.release == "2026-11"
      error_message = "The archive holds release 2026-11, and importing another one would add its rows."
    }
  }
}
