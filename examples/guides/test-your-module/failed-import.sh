#!/usr/bin/env bash
# Checks that terraform apply fails, and does not create the dependent resource, if the
# import fails. Run it in the directory of the module. SIMULATOR is the path of a clone of
# the provider's repository.
set -euo pipefail

export ZILLIZ_ENDPOINT=${ZILLIZ_ENDPOINT:-http://127.0.0.1:8089}
export ZILLIZ_API_KEY=key-of-this-test

# A job that fails after 2 seconds.
jobs=$(mktemp)
cat > "$jobs" <<'JSON'
{
  "jobs": [{
    "cluster_id": "in01-0123456789abcde", "job_id": "job-broken", "collection_name": "articles",
    "duration": "2s", "fail_at": 0.4, "reason": "wrong dimension"
  }]
}
JSON

(cd "$SIMULATOR" && go build -o "$jobs.simulator" ./internal/dev/simulator)
"$jobs.simulator" -jobs "$jobs" -address "${ZILLIZ_ENDPOINT#http://}" -api-key "$ZILLIZ_API_KEY" &
trap 'kill $! || true; rm -f "$jobs" "$jobs.simulator"' EXIT
until curl --silent --output /dev/null "$ZILLIZ_ENDPOINT"; do
  kill -0 $! # fails if the simulator has ended
  sleep 0.1
done

terraform init
if output=$(terraform apply -auto-approve -no-color -var=cluster_id=in01-0123456789abcde -var=job_id=job-broken 2>&1); then
  echo "terraform apply succeeded, although the import failed"
  exit 1
fi
echo "$output"
grep -q 'Import job failed' <<< "$output" # apply must not fail for another reason
if grep -q 'terraform_data.search: Creat' <<< "$output"; then
  echo "the dependent resource was created, although the import failed"
  exit 1
fi
echo "ok: the gate stayed closed"
