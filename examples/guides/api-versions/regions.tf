terraform {
  required_providers {
    zilliz = {
      source  = "zilliz-community/zilliz"
      version = "~> 0.1"
    }
  }
}

provider "zilliz" {
  region_id = "aws-us-west-2"
}

provider "zilliz" {
  alias     = "frankfurt"
  region_id = "gcp-europe-west3"
}

variable "cluster_id" { type = string }
variable "job_id" { type = string }

data "zilliz_import_progress" "articles" {
  provider = zilliz.frankfurt

  cluster_id = var.cluster_id
  job_id     = var.job_id
}
