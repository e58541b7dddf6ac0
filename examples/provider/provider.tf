terraform {
  required_providers {
    zilliz = {
      source  = "zilliz-community/zilliz"
      version = "~> 0.1"
    }
  }
}

# The API key comes from the environment variable ZILLIZ_API_KEY.
provider "zilliz" {
  region_id = "aws-us-west-2"
}
