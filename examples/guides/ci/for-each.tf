variable "cluster_id" { type = string }

variable "jobs" {
  type        = map(string)
  description = "Import jobs by collection."
}

resource "zilliz_import_completion" "all" {
  for_each = var.jobs

  cluster_id = var.cluster_id
  job_id     = each.value
}

# One rollout per collection. It is replaced after the next import of its collection.
resource "terraform_data" "search" {
  for_each = var.jobs

  triggers_replace = zilliz_import_completion.all[each.key].id

  lifecycle {
    create_before_destroy = true # keeps the old one until the import has completed
  }
}

# One announcement for all collections.
resource "terraform_data" "announcement" {
  triggers_replace = [for completion in zilliz_import_completion.all : completion.id]

  lifecycle {
    create_before_destroy = true # keeps the old one until the imports have completed
  }
}
