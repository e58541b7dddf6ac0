terraform {
  required_providers {
    zilliz = {
      source  = "zilliz-community/zilliz"
      version = "~> 0.1"
    }
  }
}

variable "cluster_id" { type = string }
variable "job_id" { type = string }

data "zilliz_import_progress" "articles" {
  cluster_id = var.cluster_id
  job_id     = var.job_id

  wait_for_completion = true

  lifecycle {
    postcondition {
      condition     = self.collection_name == "articles"
      error_message = "This job imports into another collection."
    }
  }
}

resource "terraform_data" "search" {
  triggers_replace = data.zilliz_import_progress.articles.job_id
  input            = "search over ${data.zilliz_import_progress.articles.collection_name} is live"

  lifecycle {
    create_before_destroy = true # keeps the old one until the import has completed
  }
}
