provider "zilliz" {
  api_version = "v2"
}

variable "cluster_id" { type = string }
variable "job_id" { type = string }

action "zilliz_import_abort" "articles" {
  config {
    cluster_id = var.cluster_id
    job_id     = var.job_id
  }
}
