# The import id is cluster_id/job_id. The job must have completed, and its record must
# not have expired yet.
terraform import zilliz_import_completion.articles in01-0123456789abcde/job-0123456789
