variable "cluster_id" { type = string }
variable "job_id" { type = string }

# Waits during apply until the import has completed, for up to 45 minutes. A failed
# import is an error.
resource "zilliz_import_completion" "articles" {
  cluster_id = var.cluster_id
  job_id     = var.job_id

  timeouts = { create = "45m", update = "45m" }
}

# Placeholder for a resource that needs the data, such as the rollout of a service. It is
# replaced after the next import.
resource "terraform_data" "search" {
  triggers_replace = zilliz_import_completion.articles.id

  lifecycle {
    create_before_destroy = true # keeps the old one until the import has completed
  }
}
