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

  # Half of the default, since two pipelines share the API key.
  max_requests_per_second = 5
}
