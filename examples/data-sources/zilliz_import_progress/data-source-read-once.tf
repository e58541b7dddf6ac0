variable "cluster_id" { type = string }
variable "job_id" { type = string }

# Asks once. A failed import is a result here, and it is the postcondition that
# stops Terraform.
data "zilliz_import_progress" "articles" {
  cluster_id = var.cluster_id
  job_id     = var.job_id

  lifecycle {
    postcondition {
      condition     = self.completed
      error_message = "The import is not complete: ${coalesce(self.error_message, self.state, "no state")}."
    }
  }
}

resource "terraform_data" "search" {
  depends_on = [data.zilliz_import_progress.articles]
}
