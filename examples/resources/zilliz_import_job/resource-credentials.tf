# Temporary keys need the session token too, and API v2.
provider "zilliz" {
  api_version = "v2"
}

variable "cluster_id" { type = string }

variable "access_key" {
  type      = string
  ephemeral = true
}

variable "secret_key" {
  type      = string
  ephemeral = true
}

variable "token" {
  type      = string
  ephemeral = true
}

resource "zilliz_import_job" "from_s3" {
  cluster_id      = var.cluster_id
  collection_name = "from_s3"
  object_urls     = ["s3://my-bucket/articles/"]

  access_key_wo    = var.access_key
  secret_key_wo    = var.secret_key
  session_token_wo = var.token
}

# The token is an access token.
resource "zilliz_import_job" "from_google_cloud" {
  cluster_id      = var.cluster_id
  collection_name = "from_google_cloud"
  object_urls     = ["gs://my-bucket/articles/"]

  session_token_wo = var.token
}

# The token is a SAS token: the query of a signed URL, which the URL itself must not have.
resource "zilliz_import_job" "from_azure" {
  cluster_id      = var.cluster_id
  collection_name = "from_azure"
  object_urls     = ["https://myaccount.blob.core.windows.net/my-container/articles/"]

  session_token_wo = var.token
}
