variable "cluster_id" { type = string }

data "zilliz_import_jobs" "articles" {
  cluster_id      = var.cluster_id
  collection_name = "articles"
}

locals {
  # The API lists the newest job first.
  running = [
    for job in data.zilliz_import_jobs.articles.jobs : job.job_id
    if job.state != "completed" && job.state != "failed"
  ]
}

# Waits for the newest running job, if there is one.
data "zilliz_import_progress" "running" {
  count = min(1, length(local.running))

  cluster_id          = var.cluster_id
  job_id              = local.running[0]
  wait_for_completion = true
}

# Created after the import. It has depends_on instead of a reference, since the list of
# running jobs changes often and must not replace the resource.
resource "terraform_data" "search" {
  depends_on = [data.zilliz_import_progress.running]
}
