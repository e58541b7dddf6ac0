variable "cluster_id" { type = string }
variable "job_id" { type = string }

# No gate: what a check finds is a warning, and terraform_data.search is made anyway.
check "articles_are_imported" {
  data "zilliz_import_progress" "articles" {
    cluster_id = var.cluster_id
    job_id     = var.job_id
  }

  assert {
    condition     = data.zilliz_import_progress.articles.completed
    error_message = "The import of the articles is not complete."
  }
}

resource "terraform_data" "search" {
  input = "live, whatever became of the import"
}
