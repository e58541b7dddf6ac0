provider "zilliz" {
  api_version = "v2"
}

variable "cluster_id" { type = string }
variable "expected_rows" { type = number }

# Loads the rows, which stay invisible. Another import first discards what this one has
# loaded, unless it was committed.
resource "zilliz_import_job" "articles" {
  cluster_id       = var.cluster_id
  collection_name  = "articles"
  object_urls      = ["s3://my-bucket/articles/"]
  triggers         = { version = "2026-11" }
  auto_commit      = false
  abort_on_destroy = true
}

# Waits until the rows are loaded, and checks them.
resource "zilliz_import_staging" "articles" {
  cluster_id = zilliz_import_job.articles.cluster_id
  job_id     = zilliz_import_job.articles.job_id

  lifecycle {
    postcondition {
      condition     = self.state == "uncommitted"
      error_message = "The rows are visible already: it is too late to check them."
    }

    # imported_rows is null if an older server does not return it. Nothing is committed then.
    postcondition {
      condition     = self.imported_rows == var.expected_rows
      error_message = "Loaded ${coalesce(self.imported_rows, "an unknown number of")} rows, not ${var.expected_rows}."
    }
  }
}

# Commits the job, so that all rows become visible, only if both conditions hold.
resource "zilliz_import_commit" "articles" {
  cluster_id = zilliz_import_staging.articles.cluster_id
  job_id     = zilliz_import_staging.articles.job_id
}

# Placeholder for a resource that needs the data. It is replaced after the next import.
resource "terraform_data" "search" {
  triggers_replace = zilliz_import_commit.articles.id

  lifecycle {
    create_before_destroy = true # keeps the old one until the job is committed
  }
}
