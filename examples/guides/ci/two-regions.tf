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
  alias     = "europe"
  region_id = "gcp-europe-west3"
}

variable "cluster_id" { type = string }
variable "job_id" { type = string }
variable "cluster_id_europe" { type = string }
variable "job_id_europe" { type = string }

resource "zilliz_import_completion" "america" {
  cluster_id = var.cluster_id
  job_id     = var.job_id
}

resource "zilliz_import_completion" "europe" {
  provider = zilliz.europe

  cluster_id = var.cluster_id_europe
  job_id     = var.job_id_europe
}

# After the imports in both regions.
resource "terraform_data" "search" {
  triggers_replace = [zilliz_import_completion.america.id, zilliz_import_completion.europe.id]

  lifecycle {
    create_before_destroy = true # keeps the old one until the imports have completed
  }
}
