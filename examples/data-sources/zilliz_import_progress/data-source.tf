variable "cluster_id" { type = string }
variable "job_id" { type = string }

# Waits until the import has completed, for up to 45 minutes. A failed import is an error.
data "zilliz_import_progress" "articles" {
  cluster_id = var.cluster_id
  job_id     = var.job_id

  wait_for_completion = true
  timeouts            = { read = "45m" }
}

# Placeholder for a resource that needs the data, such as the rollout of a service. It is
# replaced after the next import. It refers to job_id, since id is not always known in the
# plan.
resource "terraform_data" "search" {
  triggers_replace = data.zilliz_import_progress.articles.job_id

  lifecycle {
    create_before_destroy = true # keeps the old one until the import has completed
  }
}
