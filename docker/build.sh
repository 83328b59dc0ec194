#!/usr/bin/env bash
# Builds the image with Docker, Podman or Buildah. If Docker is installed and no engine answers, it starts a Docker
# engine and stops it at its end. Builds the executable jar first, unless it is there.
#
#   docker/build.sh [--no-cache]     tags it vmx-decision-service:<version> and :latest
#
# IMAGE=name, ENGINE=docker|podman|buildah, BASE=image with a JDK 25. Without BASE it pulls the default base of the
# Dockerfile, and if that fails docker/base.sh makes one.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

find_engine build || no_engine "Docker, Podman or Buildah"
if [[ ! -f service/app/target/vmx-decision-service-exec.jar || ! -d docker/target/traffic ]]; then
  say "building the jar"
  ./mvnw --batch-mode --no-transfer-progress --quiet -pl docker -am package -DskipTests
fi

has_image() { "$ENGINE" inspect --type image "$1" > /dev/null 2>&1; }
default_base=$(sed -n 's/^ARG BASE=//p' docker/Dockerfile)
if [[ -z ${BASE:-} ]]; then
  if has_image "$DEBIAN_BASE"; then
    BASE=$DEBIAN_BASE
  elif has_image "$default_base" || timeout 120 "$ENGINE" pull "$default_base" > /dev/null 2>&1; then
    BASE=$default_base
  else
    say "$default_base cannot be pulled"
    docker/base.sh
    BASE=$DEBIAN_BASE
  fi
fi

version=$(sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml)
revision=$(git rev-parse HEAD 2> /dev/null || echo unknown)
if [[ -n $(git status --porcelain 2> /dev/null) ]]; then
  revision+=-dirty
fi
created=$(TZ=UTC0 git log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ 2> /dev/null || echo unknown)
origin=$(git remote get-url origin 2> /dev/null | sed 's|//[^/@]*@|//|' || true) # without a password

options=("$@")
case $ENGINE in
  docker) export DOCKER_BUILDKIT=${DOCKER_BUILDKIT-$(docker buildx version > /dev/null 2>&1 && echo 1 || echo 0)} ;;
  *) options+=(--format docker) ;; # that of the OCI has no HEALTHCHECK
esac
say "on $BASE"
"$ENGINE" build --file docker/Dockerfile --build-arg BASE="$BASE" --build-arg VERSION="$version" \
  --build-arg REVISION="$revision" --build-arg CREATED="$created" --build-arg SOURCE="${origin:-unknown}" \
  --tag "$IMAGE:$version" --tag "$IMAGE:latest" "${options[@]}" .
