variable "cluster_id" { type = string }
variable "files_version" { type = string }

# Imports the files again, and adds their rows, whenever files_version changes.
resource "zilliz_import_job" "articles" {
  cluster_id      = var.cluster_id
  collection_name = "articles"
  object_urls     = ["s3://my-bucket/articles/latest/"]
  triggers        = { files_version = var.files_version }
}
