# shellcheck shell=bash disable=SC2034 # the scripts that source this use the variables
# Shared by the scripts of this folder, which source it.
set -euo pipefail

FOLDER=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(dirname "$FOLDER")
readonly FOLDER ROOT

export IMAGE=${IMAGE:-vmx-decision-service}
readonly DEBIAN_BASE=vmx-decision-base:bookworm

# The folder of a Docker engine of our own. Its images stay there for the next script.
readonly OWN_ENGINE=${VMX_DOCKERD:-/var/tmp/vmx-decision-dockerd}

say() { echo "[docker/] $*" >&2; }
fail() { say "FAILED: $*"; exit 1; }

# Exits with 77 where no engine can build or run images, so that a caller can tell that from a failure.
no_engine() { say "no $* here, and no Docker engine of our own starts"; exit 77; }

# The JDK 25 of this machine, found as the build finds it.
java25() {
  local home
  for home in "${JAVA25_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    if [[ -x $home/bin/java ]] && grep -qs '^JAVA_VERSION="25[."]' "$home/release"; then
      realpath "$home"
      return
    fi
  done
  fail "JDK 25 is needed: install one or set JAVA25_HOME"
}

# Sets ENGINE to docker, podman or buildah: $ENGINE, or one that answers, or a dockerd that starts here and
# stops with the script. Returns 1 if there is none. With "run" it does not choose buildah, which only builds.
find_engine() {
  if [[ -n ${ENGINE:-} ]]; then
    [[ $ENGINE != docker ]] || docker info > /dev/null 2>&1 || start_own_engine
  elif command -v docker > /dev/null && docker info > /dev/null 2>&1; then
    ENGINE=docker
  elif command -v podman > /dev/null && podman info > /dev/null 2>&1; then
    ENGINE=podman
  elif [[ $1 == build ]] && command -v buildah > /dev/null; then
    ENGINE=buildah
  elif start_own_engine; then
    ENGINE=docker
  else
    return 1
  fi
  say "with $ENGINE"
}

start_own_engine() {
  command -v docker > /dev/null && command -v dockerd > /dev/null && [[ $EUID -eq 0 ]] || return 1
  mkdir -p "$OWN_ENGINE"
  export DOCKER_HOST=unix://$OWN_ENGINE/docker.sock
  docker info > /dev/null 2>&1 && return # the calling script has started it
  say "no Docker engine answers: starting one in $OWN_ENGINE, until this script ends"
  dockerd --data-root "$OWN_ENGINE/data" --exec-root "$OWN_ENGINE/exec" \
    --pidfile "$OWN_ENGINE/dockerd.pid" --host "$DOCKER_HOST" > "$OWN_ENGINE/dockerd.log" 2>&1 &
  OWN_ENGINE_PID=$!
  trap stop_own_engine EXIT
  for _ in {1..120}; do
    docker info > /dev/null 2>&1 && return
    kill -0 "$OWN_ENGINE_PID" 2> /dev/null || break
    sleep 0.5
  done
  tail -n 5 "$OWN_ENGINE/dockerd.log" >&2
  stop_own_engine
  return 1
}

stop_own_engine() {
  [[ -n ${OWN_ENGINE_PID:-} ]] || return 0
  kill "$OWN_ENGINE_PID" 2> /dev/null || true
  wait "$OWN_ENGINE_PID" 2> /dev/null || true
  OWN_ENGINE_PID=
}

# Prints the status code of a GET on this machine, or nothing. Starts no process.
status_of() {
  local port=$1 path=$2 version='' code=''
  {
    printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$path" >&3
    read -r -t 5 version code _ <&3
  } 3<> "/dev/tcp/127.0.0.1/$port" || true
  [[ $version == HTTP/* ]] && echo "$code"
  return 0
} 2> /dev/null

# Runs the image as in production: read-only, an unprivileged user, no capabilities, 256 MiB, and ports on the
# loopback interface only.
CONTAINER=
of_container() { "$ENGINE" inspect --format "$1" "$CONTAINER"; }
health() { of_container '{{.State.Health.Status}}' 2> /dev/null || true; }
# With AOTMode=on a cache that does not match is an error instead of a slow start.
start() {
  CONTAINER=$("$ENGINE" run --detach --read-only --tmpfs /tmp:size=64m --cap-drop ALL \
    --security-opt no-new-privileges --memory 256m --memory-swap 256m --health-interval 3s \
    --env "JDK_JAVA_OPTIONS=$1" --publish 127.0.0.1::8080 --publish 127.0.0.1::8081 "$IMAGE")
}
port() { "$ENGINE" port "$CONTAINER" "$1/tcp" | sed -n '1s/.*://p'; }

await_healthy() {
  local begin=$SECONDS
  until [[ $(health) == healthy ]]; do
    if ((SECONDS - begin > 180)) || [[ $(of_container '{{.State.Running}}') != true ]]; then
      "$ENGINE" logs "$CONTAINER" >&2
      of_container '{{range .State.Health.Log}}{{.Output}}{{end}}' >&2 || true
      fail "not healthy, but $(health)"
    fi
    sleep 1
  done
  say "healthy, with the AOT cache, after $((SECONDS - begin)) s"
}
