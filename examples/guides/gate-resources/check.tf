variable "cluster_id" { type = string }
variable "job_id" { type = string }

# Not a gate: a failed check is a warning, and terraform_data.search is created anyway.
check "articles_are_imported" {
  data "zilliz_import_progress" "articles" {
    cluster_id = var.cluster_id
    job_id     = var.job_id
  }

  assert {
    condition     = data.zilliz_import_progress.articles.completed
    error_message = "The import of the articles has not completed."
  }
}

resource "terraform_data" "search" {
  input = "created in any case"
}
