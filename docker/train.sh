#!/usr/bin/env bash
# Writes docker/classes.txt anew: which classes the AOT cache of the image has, from a training run of the service on
# the image's own JDK. To be run, and its result committed, when the libraries or the JDK have changed, or when
# docker/build.sh or docker/test.sh says that the list is stale.
#
#   ./mvnw package -DskipTests && docker/train.sh     IMAGE=name, ENGINE=docker|podman, BASE=image with a JDK 25
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

find_engine run || no_engine "Docker or Podman"
layers=$IMAGE-layers
new=$(mktemp)
cleanup() {
  rm -f "$new"
  "$ENGINE" image rm --force "$("$ENGINE" image inspect --format '{{.Id}}' "$layers")" > /dev/null 2>&1 || true
  stop_own_engine
}
trap cleanup EXIT

IMAGE=$layers ENGINE=$ENGINE docker/build.sh --target layers > /dev/null
"$ENGINE" run --rm --volume "$ROOT/README.md:/build/README.md:ro" \
  --volume "$ROOT/docker/target/traffic:/build/traffic:ro" "$layers" bash image.sh train > "$new"
cat "$new" > docker/classes.txt
say "$(grep -c '^[^#@]' docker/classes.txt) classes; git diff --stat docker/classes.txt says what has changed"
