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

  # A quarter of the 20 requests per second that Zilliz Cloud allows, for four pipelines.
  max_requests_per_second = 5
}
