#!/usr/bin/env bash
# Update the stack on AWS to this checkout and one image. It names only what belongs to the code: all other parameters keep
# the values that they have. Needs the AWS CLI, credentials and python3; .github/workflows/deploy.yml runs it.
set -euo pipefail
cd "$(dirname "$0")/.."

: "${STACK:?the name of the stack}"
: "${CODE_BUCKET:?the bucket for the definitions and the template}"
: "${IMAGE_URI:?the image of the functions, by digest, in a repository of this account and region}"
: "${ARCHITECTURE:?x86_64 or arm64, as the image}"
[[ $IMAGE_URI == *@sha256:* ]] || { echo "IMAGE_URI has no digest: $IMAGE_URI" >&2; exit 1; }

parameters=("PackageType=Image" "ImageUri=$IMAGE_URI" "Architecture=$ARCHITECTURE" "CodeBucket=$CODE_BUCKET")
# Each machine's definition has its content's digest in its key, as `fraudflow up` gives it.
list="from infra.deployment.package import DEFINITIONS, definition
for parameter, path in DEFINITIONS.items(): print(parameter, definition(path).key, path)"
definitions=$(python3 -c "$list")
while read -r parameter key path; do
  aws s3 cp --only-show-errors "$path" "s3://$CODE_BUCKET/$key"
  parameters+=("$parameter=$key")
done <<<"$definitions"

role=()
[[ -z ${EXECUTION_ROLE:-} ]] || role=(--role-arn "$EXECUTION_ROLE")
aws cloudformation deploy --stack-name "$STACK" --template-file infra/template.yaml \
  --s3-bucket "$CODE_BUCKET" --s3-prefix template --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset \
  "${role[@]}" --parameter-overrides "${parameters[@]}"
