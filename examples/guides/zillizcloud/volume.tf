# A folder of your bucket, which Zilliz Cloud reads with the rights of a storage integration.
resource "zillizcloud_volume" "articles" {
  project_id             = var.project_id
  region_id              = "aws-us-west-2"
  volume_name            = "articles"
  type                   = "EXTERNAL"
  storage_integration_id = var.storage_integration_id
  path                   = "articles/"
}

resource "zilliz_import_job" "articles" {
  cluster_id      = var.cluster_id
  collection_name = "articles"
  volume_name     = zillizcloud_volume.articles.volume_name
  data_paths      = ["2026-11/"]
}
