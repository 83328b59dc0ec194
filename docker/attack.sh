#!/usr/bin/env bash
# Attacks the image that docker/build.sh made, in the container of docker/test.sh. Six kinds of hostile clients attack,
# each alone and then all at once, while a fast client asks and a probe checks liveness. Fails if the process ends, a
# liveness probe fails, or the fast client gets anything but 200 or 503 with Retry-After, or no 200 at all.
#
#   docker/attack.sh [seconds of each kind alone] [seconds of all at once] [kinds]
#   IMAGE=name, ENGINE=docker|podman
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

readonly ALONE=${1:-30}
readonly TOGETHER=${2:-120}

cleanup() {
  [[ -z $CONTAINER ]] || "$ENGINE" rm --force "$CONTAINER" > /dev/null 2>&1 || true
  stop_own_engine
}
find_engine run || no_engine "Docker or Podman"
trap cleanup EXIT
java=$(java25)/bin/java

start "-XX:AOTMode=on"
await_healthy
held=0
"$java" -Xmx512m -cp docker/target/classes io.vmxdecision.image.Attack "$(port 8080)" "$(port 8081)" "$ALONE" "$TOGETHER" "${@:3}" \
  || held=$?
state=$(of_container 'running: {{.State.Running}}, status: {{.State.ExitCode}}, killed for its memory: {{.State.OOMKilled}}, restarts: {{.RestartCount}}')
if ((held != 0)) || [[ $state != 'running: true, status: 0, killed for its memory: false, restarts: 0' ]]; then
  "$ENGINE" logs --tail 20 "$CONTAINER" >&2
  fail "$state"
fi
say "PASSED"
