variable "cluster_id" { type = string }
variable "job_id" { type = string }

# Reads the job once. It is an error if the import has not completed.
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
  input = data.zilliz_import_progress.articles.id
}
