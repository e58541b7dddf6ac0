# Starts the import on the primary cluster. Its job is replicated with the same ID.
resource "zilliz_import_job" "articles" {
  cluster_id      = zillizcloud_global_cluster.main.cluster[0].cluster_id
  collection_name = "articles"
  object_urls     = ["s3://my-bucket/articles/2026-11/"]
  auto_commit     = false
}

# Waits on each cluster until the rows are loaded.
resource "zilliz_import_staging" "articles" {
  count = 2

  cluster_id = zillizcloud_global_cluster.main.cluster[count.index].cluster_id
  job_id     = zilliz_import_job.articles.job_id
}

# Commits once, on the primary cluster.
resource "zilliz_import_commit" "articles" {
  cluster_id = zilliz_import_job.articles.cluster_id
  job_id     = zilliz_import_job.articles.job_id

  depends_on = [zilliz_import_staging.articles]
}
