variable "cluster_id" { type = string }
variable "job_id" { type = string }

# Placeholder for a resource that starts the import and returns its job ID.
resource "terraform_data" "import" {
  input = var.job_id
}

# The ID is unknown in the first plan, so the data source is read during apply.
data "zilliz_import_progress" "articles" {
  cluster_id          = var.cluster_id
  job_id              = terraform_data.import.output
  wait_for_completion = true
}

resource "terraform_data" "search" {
  triggers_replace = data.zilliz_import_progress.articles.job_id

  lifecycle {
    create_before_destroy = true # keeps the old one until the import has completed
  }
}
