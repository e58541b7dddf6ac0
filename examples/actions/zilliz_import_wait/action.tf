variable "cluster_id" { type = string }
variable "job_id" { type = string }

action "zilliz_import_wait" "articles" {
  config {
    cluster_id = var.cluster_id
    job_id     = var.job_id
    timeouts   = { invoke = "45m" }
  }
}

resource "terraform_data" "search" {
  input = var.job_id

  lifecycle {
    # before_…: the resource is created or updated only after the import has completed.
    action_trigger {
      events  = [before_create, before_update]
      actions = [action.zilliz_import_wait.articles]
    }
  }
}
