variable "cluster_id" { type = string }
variable "job_id" { type = string }

# Waits until the import has completed, for up to 45 minutes. A failed import is an error.
data "zilliz_import_progress" "articles" {
  cluster_id          = var.cluster_id
  job_id              = var.job_id
  wait_for_completion = true
  timeouts            = { read = "45m" }
}

# Placeholder for a service that needs the data. It changes in place, once the import has
# completed.
resource "terraform_data" "search" {
  input = data.zilliz_import_progress.articles.id
}
