terraform {
  required_providers {
    zilliz = {
      source  = "zilliz-community/zilliz"
      version = "~> 0.1"
    }
  }
}

provider "zilliz" {
  region_id = "ali-cn-hangzhou"
  endpoint  = "https://controller.api.ali-cn-hangzhou.cloud.zilliz.com.cn"
}
