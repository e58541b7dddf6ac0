variable "cluster_id" { type = string }
variable "job_id" { type = string }

resource "zilliz_import_completion" "articles" {
  cluster_id = var.cluster_id
  job_id     = var.job_id
}

# Placeholder for a resource that can only be replaced.
resource "terraform_data" "search" {
  triggers_replace = zilliz_import_completion.articles.id

  lifecycle {
    create_before_destroy = true
  }
}
