#!/usr/bin/env bash
# Measures how long the image takes until its readiness is 200, beside the plain jar: java -jar with the JDK of the
# build, in a container of the same engine. Both run in turns. Prints medians of three measures: the time since "docker
# run", which includes the engine's own work; the time since the start of the process; and CPU time.
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

# A pipe that never has data. Reading it with a timeout is a sleep that starts no process and takes no CPU time.
exec {never}<> <(:)

# Sets MEASURED to milliseconds until ready: since "docker run", since the start of the process, and of CPU time.
measure() {
  local asked=${EPOCHREALTIME/[.,]/} ready begin port process ticks
  CONTAINER=$("$ENGINE" run --detach --publish 127.0.0.1::8081 "$@")
  port=$("$ENGINE" port "$CONTAINER" 8081/tcp | sed -n '1s/.*://p')
  until [[ $(status_of "$port" /actuator/health/readiness) == 200 ]]; do
    read -r -t 0.03 -u "$never" || true
    ((${EPOCHREALTIME/[.,]/} - asked < 300000000)) || fail "not ready after 5 minutes"
  done
  ready=${EPOCHREALTIME/[.,]/}
  process=$("$ENGINE" inspect --format '{{.State.Pid}}' "$CONTAINER")
  ticks=$(awk '{print $14 + $15}' "/proc/$process/stat")
  begin=$(date --date="$("$ENGINE" inspect --format '{{.State.StartedAt}}' "$CONTAINER")" +%s%6N)
  "$ENGINE" rm --force "$CONTAINER" > /dev/null
  CONTAINER=
  MEASURED="$(((ready - asked) / 1000)) $(((ready - begin) / 1000)) $((ticks * 1000 / $(getconf CLK_TCK)))"
}

median() { sort -n | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

plain=()
image=()
for ((run = 1; run <= RUNS; run++)); do
  measure --env MANAGEMENT_SERVER_PORT=8081 --volume "$JAR:/app.jar:ro" "$BASE" java -jar /app.jar
  plain+=("$MEASURED")
  measure "$IMAGE"
  image+=("$MEASURED")
  echo "run $run: plain ${plain[-1]}, image ${image[-1]} (ms from the run command on, from the process's start on, of CPU)"
done
ways=("from the run command on" "from the start of the process" "of CPU")
for column in 1 2 3; do
  p=$(printf '%s\n' "${plain[@]}" | cut -d ' ' -f $column | median)
  i=$(printf '%s\n' "${image[@]}" | cut -d ' ' -f $column | median)
  awk -v p="$p" -v i="$i" -v way="${ways[column - 1]}" \
    'BEGIN {printf "median ms until ready, %s: plain %d, image %d, ratio %.2f\n", way, p, i, i / p}'
done
