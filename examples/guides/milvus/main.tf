terraform {
  required_providers {
    zilliz = {
      source  = "zilliz-community/zilliz"
      version = "~> 0.1"
    }
  }
}

# The address of Milvus comes from ZILLIZ_ENDPOINT, and username:password from
# ZILLIZ_API_KEY.
provider "zilliz" {
  api_version = "v2"
}

variable "job_id" { type = string }

resource "zilliz_import_completion" "articles" {
  cluster_id = "in01-0123456789abcde" # any name, since Milvus has no clusters
  db_name    = "default"              # the database that the job imports into
  job_id     = var.job_id
}

resource "terraform_data" "search" {
  triggers_replace = zilliz_import_completion.articles.id

  lifecycle {
    create_before_destroy = true # keeps the old one until the import has completed
  }
}
