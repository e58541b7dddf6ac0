variable "cluster_id" { type = string }
variable "job_id" { type = string }

data "zilliz_import_progress" "articles" {
  cluster_id          = var.cluster_id
  job_id              = var.job_id
  wait_for_completion = true
  ignore_not_found    = true
}

resource "terraform_data" "search" {
  triggers_replace = data.zilliz_import_progress.articles.id
}

# false once the record has expired, and for a wrong job_id.
output "job_is_on_record" {
  value = data.zilliz_import_progress.articles.exists
}
