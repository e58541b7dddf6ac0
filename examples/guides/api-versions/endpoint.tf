terraform {
  required_providers {
    zilliz = {
      source  = "zilliz-community/zilliz"
      version = "~> 0.1"
    }
  }
}

provider "zilliz" {
  endpoint = "https://controller.api.ali-cn-hangzhou.cloud.zilliz.com.cn"
}
