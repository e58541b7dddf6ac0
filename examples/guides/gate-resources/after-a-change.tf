variable "cluster_id" { type = string }
variable "job_id" { type = string }

# Placeholder for something that must exist before the job can be read.
resource "terraform_data" "permissions" {
  input = "read access for the importer"
}

# Read during apply while terraform_data.permissions has pending changes, and during plan
# otherwise.
data "zilliz_import_progress" "articles" {
  cluster_id          = var.cluster_id
  job_id              = var.job_id
  wait_for_completion = true

  depends_on = [terraform_data.permissions]
}

# job_id stays known, so that reading the data source again does not replace the resource.
# Every other attribute, such as id, would.
resource "terraform_data" "search" {
  triggers_replace = data.zilliz_import_progress.articles.job_id

  lifecycle {
    create_before_destroy = true # keeps the old one until the import has completed
  }
}
