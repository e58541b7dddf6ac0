variable "cluster_id" { type = string }
variable "job_id" { type = string }

data "zilliz_import_progress" "articles" {
  cluster_id          = var.cluster_id
  job_id              = var.job_id
  wait_for_completion = true
  ignore_not_found    = true
}

# Refers to job_id, which stays the same when the record of the job expires.
resource "terraform_data" "search" {
  triggers_replace = data.zilliz_import_progress.articles.job_id

  lifecycle {
    create_before_destroy = true # keeps the old one until the import has completed
  }
}
