variable "cluster_id" { type = string }

data "zilliz_import_jobs" "articles" {
  cluster_id      = var.cluster_id
  collection_name = "articles"
}

# Waits for the newest job, whatever its state. A failed job is an error, and so is a
# collection without jobs.
data "zilliz_import_progress" "newest" {
  cluster_id          = var.cluster_id
  job_id              = data.zilliz_import_jobs.articles.jobs[0].job_id
  wait_for_completion = true
}

resource "terraform_data" "search" {
  input = data.zilliz_import_progress.newest.id
}
