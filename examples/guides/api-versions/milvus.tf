# The address of Milvus comes from ZILLIZ_ENDPOINT, and username:password from
# ZILLIZ_API_KEY.
provider "zilliz" {
  api_version = "v2"
}

variable "job_id" { type = string }

resource "zilliz_import_completion" "articles" {
  cluster_id = "milvus"  # any name, because Milvus has no clusters
  db_name    = "default" # the database that the job imports into
  job_id     = var.job_id
}
