# The ID has the form cluster_id/job_id, or cluster_id/db_name/job_id.
terraform import zilliz_import_job.articles in01-0123456789abcde/job-0123456789
