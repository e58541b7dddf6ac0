variable "cluster_id" { type = string }
variable "job_id" { type = string }

resource "zilliz_import_completion" "articles" {
  cluster_id = var.cluster_id
  job_id     = var.job_id
}

resource "terraform_data" "search" {
  lifecycle {
    # Waits for the import, and replaces the resource after the next one.
    replace_triggered_by  = [zilliz_import_completion.articles.id]
    create_before_destroy = true # keeps the old one until the import has completed
  }
}
