variable "cluster_id" { type = string }
variable "job_id" { type = string }

# Reads the job once. The postcondition is an error unless the import has completed.
data "zilliz_import_progress" "articles" {
  cluster_id = var.cluster_id
  job_id     = var.job_id

  lifecycle {
    postcondition {
      condition     = self.completed
      error_message = "The import has not completed: ${coalesce(self.error_message, self.state, "no state")}."
    }
  }
}

resource "terraform_data" "search" {
  triggers_replace = data.zilliz_import_progress.articles.job_id

  lifecycle {
    create_before_destroy = true # keeps the old one until the import has completed
  }
}
