variable "cluster_id" { type = string }
variable "job_id" { type = string }

data "zilliz_import_progress" "articles" {
  cluster_id          = var.cluster_id
  job_id              = var.job_id
  wait_for_completion = true
  ignore_not_found    = true
}

resource "terraform_data" "search" {
  depends_on = [data.zilliz_import_progress.articles]
}

# False from the day that the service has forgotten the job, and for a wrong job_id too.
output "job_is_on_record" {
  value = data.zilliz_import_progress.articles.exists
}
