variable "cluster_id" { type = string }
variable "job_id" { type = string }

# Stands for a resource that starts the import and returns the job's id.
resource "terraform_data" "import" {
  input = var.job_id
}

# The id is not known in the first plan, so Terraform defers the read, and with it the
# wait, to apply.
data "zilliz_import_progress" "articles" {
  cluster_id          = var.cluster_id
  job_id              = terraform_data.import.output
  wait_for_completion = true
}

resource "terraform_data" "search" {
  depends_on = [data.zilliz_import_progress.articles]
}
