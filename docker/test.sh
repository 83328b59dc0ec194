#!/usr/bin/env bash
# Tests the image that docker/build.sh made, as it is to be run: read-only, nobody's user, no capabilities,
# 256 MiB, ports of the loopback only. Needs Docker or Podman, and a JDK 25 for the client.
#
#   docker/test.sh [rounds of load]     IMAGE=name, ENGINE=docker|podman
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

readonly MAX_BYTES=190000000
# Of 100 classes that are loaded until the service is healthy, how many come from the AOT cache at least.
readonly MIN_ARCHIVED=95
readonly ROUNDS=${1:-2}
readonly CLIENT=docker/target/classes
WORK=$(mktemp -d)

cleanup() {
  [[ -z $CONTAINER ]] || "$ENGINE" rm --force "$CONTAINER" > /dev/null 2>&1 || true
  rm -rf "$WORK"
  stop_own_engine
}
find_engine run || no_engine "Docker or Podman"
trap cleanup EXIT
java=$(java25)/bin/java

of_image() { "$ENGINE" image inspect --format "$1" "$IMAGE"; }
expect() {
  [[ $2 == "$3" ]] || fail "$1 is '$2', not '$3'"
  say "$1: $2"
}

compose() {
  if docker compose version > /dev/null 2>&1; then
    docker compose --file docker/compose.yaml "$@"
  else
    docker-compose --file docker/compose.yaml "$@"
  fi
}

# What it is.

expect "user" "$(of_image '{{.Config.User}}')" 65532:65532
for label in title description licenses source version revision created; do
  value=$(of_image "{{index .Config.Labels \"org.opencontainers.image.$label\"}}")
  [[ -n $value ]] || fail "no label $label"
  say "label $label: $value"
done
[[ $(of_image '{{.Config.Healthcheck}}') == *HealthCheck* ]] || fail "no HEALTHCHECK"

bytes=$(of_image '{{.Size}}')
((bytes <= MAX_BYTES)) || fail "$bytes bytes, more than $MAX_BYTES"
say "size: $bytes bytes, at most $MAX_BYTES"

CONTAINER=$("$ENGINE" create "$IMAGE")
"$ENGINE" export "$CONTAINER" > "$WORK/image.tar"
"$ENGINE" rm "$CONTAINER" > /dev/null
CONTAINER=
tar -tf "$WORK/image.tar" > "$WORK/files"
# The engines add files of their own, all of them empty, such as etc/hosts.
programs=$(tar -tvf "$WORK/image.tar" | awk '$1 ~ /^-..x/ && $3 > 0 {print $NF}' | grep -v '\.so' | sort | xargs)
expect "programs" "$programs" opt/jre/bin/java
tar -xf "$WORK/image.tar" -C "$WORK" sbom
for sbom in application image; do
  grep -q '"bomFormat" *: *"CycloneDX"' "$WORK/sbom/$sbom.cdx.json" || fail "no SBOM $sbom"
done
for name in '"spring-boot"' '"tomcat-embed-core"'; do
  grep -q "$name" "$WORK/sbom/application.cdx.json" || fail "$name is missing in the SBOM"
done
for name in '"libc6"' 'OpenJDK'; do
  grep -q "$name" "$WORK/sbom/image.cdx.json" || fail "$name is missing in the SBOM"
done

# How it runs.

start "-XX:AOTMode=on -XX:-UseCompressedOops"
status=$("$ENGINE" wait "$CONTAINER")
((status != 0)) || fail "a JVM that cannot use the AOT cache starts all the same"
says=$("$ENGINE" logs "$CONTAINER" 2>&1)
[[ ${says,,} == *aot* || ${says,,} == *compressed* ]] || fail "and does not say why, but: $says"
"$ENGINE" rm "$CONTAINER" > /dev/null

start "-XX:AOTMode=on -Xlog:class+load:stdout:none"
await_healthy
# Where classes come from: the cache, or a file (jrt:/ or file:). What is made at run time has none.
"$ENGINE" logs "$CONTAINER" > "$WORK/log" 2> /dev/null
archived=$(grep -c ' source: shared objects file' "$WORK/log" || true)
from_files=$(grep -cE ' source: (jrt|file):' "$WORK/log" || true)
((archived * 100 >= (archived + from_files) * MIN_ARCHIVED)) \
  || fail "of $((archived + from_files)) classes only $archived are in the AOT cache: docker/train.sh makes a new list"
say "classes in the AOT cache: $archived of the $((archived + from_files)) that the start loads, at least $MIN_ARCHIVED %"
api=$(port 8080)
management=$(port 8081)
expect "readiness on the API's port" "$(status_of "$api" /actuator/health/readiness)" 404
if "$ENGINE" exec --env MANAGEMENT_SERVER_PORT=1 "$CONTAINER" /opt/jre/bin/java -XX:AOTMode=off -Xmx16m \
  -cp health-check.jar io.vmxdecision.image.HealthCheck 2> /dev/null; then
  fail "the health check is content with a port that nobody listens on"
fi

process=$(of_container '{{.State.Pid}}')
if [[ -d /proc/$process ]]; then
  expect "user of the process" "$(awk '/^Uid:/ {print $2}' "/proc/$process/status")" 65532
  expect "capabilities of the process" "$(awk '/^CapEff:/ {print $2}' "/proc/$process/status")" 0000000000000000
  expect "new privileges barred" "$(awk '/^NoNewPrivs:/ {print $2}' "/proc/$process/status")" 1
fi

say "the README's question, all endpoints, load"
if ! "$java" -Xmx512m -cp "$CLIENT" io.vmxdecision.image.Traffic "http://127.0.0.1:$api" \
  "http://127.0.0.1:$management" README.md docker/target/traffic "$ROUNDS"; then
  "$ENGINE" logs --tail 20 "$CONTAINER" >&2
  fail "$(of_container 'running: {{.State.Running}}, status: {{.State.ExitCode}}, killed for its memory: {{.State.OOMKilled}}')"
fi
expect "killed for its memory" "$(of_container '{{.State.OOMKilled}}')" false
expect "restarts" "$(of_container '{{.RestartCount}}')" 0
if [[ -d /proc/$process ]]; then
  # The rest that is resident are pages of files, such as the AOT cache, which the kernel can take back.
  say "of 256 MiB its own: $(awk '/^RssAnon:/ {print int($2 / 1024) " MiB"}' "/proc/$process/status")"
fi
expect "readiness after it" "$(status_of "$management" /actuator/health/readiness)" 200

# How it ends: what was begun before the SIGTERM is answered.

{
  head -n 1 docker/target/traffic/stream.ndjson
  sleep 4
  head -n 1 docker/target/traffic/stream.ndjson
} | curl --silent --show-error --no-buffer --upload-file - --request POST --header 'Expect:' \
  --header 'Content-Type: application/x-ndjson' "http://127.0.0.1:$api/v1/decisions/stream" > "$WORK/answers" &
stream=$!
sleep 2
begin=$SECONDS
"$ENGINE" kill --signal TERM "$CONTAINER" > /dev/null
status=$("$ENGINE" wait "$CONTAINER")
((SECONDS - begin <= 30)) || fail "ended $((SECONDS - begin)) s after SIGTERM"
wait "$stream" || fail "the stream broke off"
expect "answers of a stream that SIGTERM found open" "$(grep -c handledBy "$WORK/answers")" 2
expect "exit status after SIGTERM" "$status" 143
say "ended $((SECONDS - begin)) s after SIGTERM"
if command -v docker-compose > /dev/null || docker compose version > /dev/null 2>&1; then
  compose config > /dev/null || fail "compose.yaml"
  say "compose.yaml is valid"
else
  say "SKIPPED compose.yaml: no docker compose here"
fi
say "PASSED"
