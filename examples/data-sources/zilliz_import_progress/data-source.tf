variable "cluster_id" { type = string }
variable "job_id" { type = string }

# Returns once the import has completed. A failed import is an error, and so are
# 45 minutes without an end.
data "zilliz_import_progress" "articles" {
  cluster_id = var.cluster_id
  job_id     = var.job_id

  wait_for_completion = true
  timeouts            = { read = "45m" }
}

# Stands for whatever needs the data: the switch of an alias, a roll-out, a DNS change.
resource "terraform_data" "search" {
  triggers_replace = data.zilliz_import_progress.articles.id # runs again after the next import
}
