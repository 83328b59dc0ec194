#!/usr/bin/env bash
# How long the image takes until its readiness is 200, beside the plain jar: java -jar with the JDK of the build,
# in a container of the same engine. In turns, from the start of the process, as the engine tells it, to the first
# 200; medians of all runs.
#
#   docker/measure.sh [runs]     IMAGE=name, ENGINE=docker|podman
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

readonly RUNS=${1:-7}
readonly JAR=$ROOT/service/app/target/vmx-decision-service-exec.jar
CONTAINER=
cleanup() {
  [[ -z $CONTAINER ]] || "$ENGINE" rm --force "$CONTAINER" > /dev/null 2>&1 || true
  stop_own_engine
}
find_engine run || no_engine "Docker or Podman"
trap cleanup EXIT
BASE=${BASE:-$DEBIAN_BASE} # as docker/build.sh

# Prints milliseconds until ready, and of CPU time until then.
measure() {
  local begin port process ticks
  CONTAINER=$("$ENGINE" run --detach --publish 127.0.0.1::8081 "$@")
  begin=$(date --date="$("$ENGINE" inspect --format '{{.State.StartedAt}}' "$CONTAINER")" +%s%N)
  port=$("$ENGINE" port "$CONTAINER" 8081/tcp | sed -n '1s/.*://p')
  until [[ $(status_of "$port" /actuator/health/readiness) == 200 ]]; do
    sleep 0.02
    ((($(date +%s%N) - begin) / 1000000000 < 300)) || fail "not ready after 5 minutes"
  done
  local ready=$((($(date +%s%N) - begin) / 1000000))
  process=$("$ENGINE" inspect --format '{{.State.Pid}}' "$CONTAINER")
  ticks=$(awk '{print $14 + $15}' "/proc/$process/stat")
  "$ENGINE" rm --force "$CONTAINER" > /dev/null
  CONTAINER=
  echo "$ready $((ticks * 1000 / $(getconf CLK_TCK)))"
}

median() { sort -n | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

plain=()
image=()
for ((run = 1; run <= RUNS; run++)); do
  plain+=("$(measure --env MANAGEMENT_SERVER_PORT=8081 --volume "$JAR:/app.jar:ro" "$BASE" java -jar /app.jar)")
  image+=("$(measure "$IMAGE")")
  echo "run $run: plain ${plain[-1]}, image ${image[-1]} (ms until ready, ms of CPU)"
done
for column in 1 2; do
  p=$(printf '%s\n' "${plain[@]}" | cut -d ' ' -f $column | median)
  i=$(printf '%s\n' "${image[@]}" | cut -d ' ' -f $column | median)
  [[ $column == 1 ]] && what="until ready" || what="of CPU until ready"
  awk -v p="$p" -v i="$i" -v what="$what" \
    'BEGIN {printf "median ms %s: plain %d, image %d, ratio %.2f\n", what, p, i, i / p}'
done
