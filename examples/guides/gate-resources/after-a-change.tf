variable "cluster_id" { type = string }
variable "job_id" { type = string }

# Stands for something that has to happen before the question is asked.
resource "terraform_data" "permissions" {
  input = "read access for the importer"
}

# As long as terraform_data.permissions has changes to be applied, the read is
# deferred to apply. Once it has none, the read happens in plan.
data "zilliz_import_progress" "articles" {
  cluster_id          = var.cluster_id
  job_id              = var.job_id
  wait_for_completion = true

  depends_on = [terraform_data.permissions]
}

resource "terraform_data" "search" {
  depends_on = [data.zilliz_import_progress.articles]
}
