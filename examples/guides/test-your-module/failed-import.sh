#!/usr/bin/env bash
# Checks that a failed import leaves terraform_data.search as it is. Run it in the directory
# of the module.
set -euo pipefail

address=${SIMULATOR_ADDRESS:-127.0.0.1:8090}
export ZILLIZ_ENDPOINT=http://$address ZILLIZ_API_KEY=key-of-this-test
export TF_VAR_cluster_id=in01-0123456789abcde

work=$(mktemp -d)
simulator=
trap '[ -z "$simulator" ] || kill "$simulator" || true; rm -rf "$work"' EXIT
export TF_DATA_DIR=$work/data

cat > "$work/jobs.json" <<'JSON'
{
  "clusters": ["in01-0123456789abcde"],
  "start": { "duration": "1s" },
  "failing_urls": { "broken": "wrong dimension" }
}
JSON

if [ -z "${SIMULATOR:-}" ]; then
  GOBIN=$work go install github.com/zilliz-community/terraform-provider-zilliz/internal/dev/simulator@v0.1.0
  SIMULATOR=$work/simulator
fi
"$SIMULATOR" -jobs "$work/jobs.json" -address "$address" -api-key "$ZILLIZ_API_KEY" &
simulator=$!
until curl --silent --output /dev/null "$ZILLIZ_ENDPOINT"; do
  kill -0 "$simulator"
  sleep 0.1
done

state=$work/terraform.tfstate
apply() { terraform apply -auto-approve -no-color -state="$state" -var=object_url="$1"; }
search() { terraform state show -no-color -state="$state" terraform_data.search; }

terraform init
apply s3://my-bucket/articles/2026-11/
before=$(search)
if output=$(apply s3://my-bucket/articles/broken/ 2>&1); then
  echo "terraform apply succeeded, although the import failed"
  exit 1
fi
echo "$output"
grep -q 'Import job failed' <<< "$output"
if [ "$(search)" != "$before" ]; then
  echo "terraform_data.search has changed, although the import failed"
  exit 1
fi
echo "ok: terraform_data.search has not changed"
