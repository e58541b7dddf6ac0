variable "cluster_id" { type = string }
variable "job_id" { type = string }

# Created once the import has completed, and never asked about again.
resource "zilliz_import_completion" "articles" {
  cluster_id = var.cluster_id
  job_id     = var.job_id

  timeouts = { create = "45m" }
}

resource "terraform_data" "search" {
  # A new job is a new wait, and then a new roll-out.
  triggers_replace = zilliz_import_completion.articles.id
}
