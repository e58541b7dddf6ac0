variable "cluster_id" { type = string }
variable "job_id" { type = string }

action "zilliz_import_wait" "articles" {
  config {
    cluster_id = var.cluster_id
    job_id     = var.job_id
    timeouts   = { invoke = "45m" }
  }
}

# The gate. It changes only with the job, and only after the wait.
resource "terraform_data" "articles_imported" {
  input = "${var.cluster_id}/${var.job_id}"

  lifecycle {
    action_trigger {
      events  = [before_create, before_update]
      actions = [action.zilliz_import_wait.articles]
    }
  }
}

# Placeholder for a service that needs the data.
resource "terraform_data" "search" {
  input = terraform_data.articles_imported.output
}
