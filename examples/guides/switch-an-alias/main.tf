terraform {
  required_version = ">= 1.11"

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

variable "releases" {
  type        = map(string)
  description = "URLs of the data, by release."
}

variable "live" {
  type        = string
  description = "Release that the alias refers to."

  validation {
    condition     = contains(keys(var.releases), var.live)
    error_message = "live must be a key of releases."
  }
}

variable "access_key" {
  type      = string
  ephemeral = true
}

variable "secret_key" {
  type      = string
  ephemeral = true
}

data "zillizcloud_cluster" "main" {
  id = var.cluster_id
}

# One collection for each release.
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

resource "zilliz_import_job" "articles" {
  for_each = var.releases

  cluster_id      = var.cluster_id
  collection_name = zillizcloud_collection.articles[each.key].collection_name
  object_urls     = [each.value]

  access_key_wo = var.access_key
  secret_key_wo = var.secret_key

  lifecycle {
    # A collection that is replaced keeps its name and ID, but not its rows.
    replace_triggered_by = [zillizcloud_collection.articles[each.key].id]
  }
}

# Waits for each import. A failed import is an error.
resource "zilliz_import_completion" "articles" {
  for_each = var.releases

  cluster_id = var.cluster_id
  job_id     = zilliz_import_job.articles[each.key].job_id
}

# Replaced when the live collection is replaced, or when another release goes live.
resource "terraform_data" "live" {
  triggers_replace = zillizcloud_collection.articles[var.live].id
}

resource "zillizcloud_alias" "articles" {
  connect_address = data.zillizcloud_cluster.main.connect_address
  db_name         = "default"
  alias_name      = "articles"
  collection_name = "articles_${var.live}"

  # Created once the imports have completed.
  depends_on = [zilliz_import_completion.articles]

  lifecycle {
    replace_triggered_by = [terraform_data.live] # a collection with an alias can't be deleted
  }
}
