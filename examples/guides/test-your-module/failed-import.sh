#!/usr/bin/env bash
# Checks that terraform apply fails, and does not create the dependent resource, if the
# import fails. Run it in the directory of the module. To use a simulator that is already
# built, set SIMULATOR to its path.
set -euo pipefail

address=${SIMULATOR_ADDRESS:-127.0.0.1:8090}
export ZILLIZ_ENDPOINT=http://$address
export ZILLIZ_API_KEY=key-of-this-test

work=$(mktemp -d)
simulator=
trap '[ -z "$simulator" ] || kill "$simulator" || true; rm -rf "$work"' EXIT
export TF_DATA_DIR=$work/data # keeps the .terraform directory of the module as it is

# A job that fails after 2 seconds.
cat > "$work/jobs.json" <<'JSON'
{
  "jobs": [{
    "cluster_id": "in01-0123456789abcde", "job_id": "job-broken", "collection_name": "articles",
    "duration": "2s", "fail_at": 0.4, "reason": "wrong dimension"
  }]
}
JSON

if [ -z "${SIMULATOR:-}" ]; then
  GOBIN=$work go install github.com/zilliz-community/terraform-provider-zilliz/internal/dev/simulator@main
  SIMULATOR=$work/simulator
fi
"$SIMULATOR" -jobs "$work/jobs.json" -address "$address" -api-key "$ZILLIZ_API_KEY" &
simulator=$!
until curl --silent --output /dev/null "$ZILLIZ_ENDPOINT"; do
  kill -0 "$simulator" # fails if the simulator has ended
  sleep 0.1
done

terraform init
if output=$(terraform apply -auto-approve -no-color -state="$work/terraform.tfstate" \
  -var=cluster_id=in01-0123456789abcde -var=job_id=job-broken 2>&1); then
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
