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

  # Four pipelines share one API key, and Zilliz Cloud allows it 20 requests a second.
  max_requests_per_second = 5
}
