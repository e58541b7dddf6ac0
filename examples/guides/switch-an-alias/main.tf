terraform {
  required_providers {
    zillizcloud = {
      source = "zilliztech/zillizcloud"
    }
    zilliz = {
      source  = "zilliz-community/zilliz"
      version = "~> 0.1"
    }
  }
}

# Both providers read the API key from ZILLIZCLOUD_API_KEY.
provider "zillizcloud" {}

provider "zilliz" {
  region_id = data.zillizcloud_cluster.main.region_id
}

variable "cluster_id" { type = string }
variable "releases" { type = map(string) } # URLs of the data, by release
variable "live" { type = string }          # release that the alias refers to

data "zillizcloud_cluster" "main" {
  id = var.cluster_id
}

# A collection for each release. It is imported into once.
resource "zillizcloud_collection" "articles" {
  for_each = var.releases

  connect_address = data.zillizcloud_cluster.main.connect_address
  db_name         = "default"
  collection_name = "articles_${each.key}"

  schema = {
    fields = [
      { field_name = "id", data_type = "Int64", is_primary = true },
      { field_name = "vector", data_type = "FloatVector", element_type_params = { dim = "768" } },
    ]
  }

  lifecycle {
    ignore_changes = [schema] # see the notes below
  }
}

resource "zillizcloud_index" "articles" {
  for_each = var.releases

  connect_address = data.zillizcloud_cluster.main.connect_address
  db_name         = "default"
  collection_name = zillizcloud_collection.articles[each.key].collection_name
  field_name      = "vector"
  index_name      = "vector"
  index_type      = "AUTOINDEX"
  metric_type     = "COSINE"
}

# Refers to the index, which must exist before the import.
resource "zilliz_import_job" "articles" {
  for_each = var.releases

  cluster_id      = var.cluster_id
  collection_name = zillizcloud_index.articles[each.key].collection_name
  object_urls     = [each.value]
}

# Waits until the rows are imported.
resource "zilliz_import_completion" "articles" {
  for_each = zilliz_import_job.articles

  cluster_id = each.value.cluster_id
  job_id     = each.value.job_id
}

# Loads the collection, and waits until it can be searched.
resource "zilliz_collection_readiness" "articles" {
  for_each = zilliz_import_completion.articles

  connect_address = data.zillizcloud_cluster.main.connect_address
  collection_name = "articles_${each.key}"
  import_id       = each.value.id
}

resource "zillizcloud_alias" "articles" {
  connect_address = data.zillizcloud_cluster.main.connect_address
  db_name         = "default"
  alias_name      = "articles"
  collection_name = zillizcloud_collection.articles[var.live].collection_name

  depends_on = [zilliz_collection_readiness.articles]
}
