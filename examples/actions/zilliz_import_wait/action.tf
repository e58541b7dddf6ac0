variable "cluster_id" { type = string }
variable "job_id" { type = string }

action "zilliz_import_wait" "articles" {
  config {
    cluster_id = var.cluster_id
    job_id     = var.job_id
    timeouts   = { invoke = "45m" }
  }
}

# The gate. It is replaced for each job, and is created only after the import has
# completed.
resource "terraform_data" "articles_imported" {
  triggers_replace = [var.cluster_id, var.job_id]

  lifecycle {
    create_before_destroy = true

    action_trigger {
      events  = [before_create]
      actions = [action.zilliz_import_wait.articles]
    }
  }
}

# Placeholder for a resource that needs the data. It is replaced after the next import.
resource "terraform_data" "search" {
  triggers_replace = terraform_data.articles_imported.id

  lifecycle {
    create_before_destroy = true # keeps the old one until the import has completed
  }
}
