#!/usr/bin/env bash
# Builds the image once more, without the engine's cache, and compares the layers with those of docker/build.sh: they
# have to be the same, byte for byte.
#
#   docker/reproduce.sh     IMAGE=name, ENGINE=docker|podman
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

readonly LAYERS=(JDK libraries service "AOT cache")
find_engine run || no_engine "Docker or Podman"
layers_of() { "$ENGINE" image inspect --format '{{range .RootFS.Layers}}{{println .}}{{end}}' "$1" | grep .; }

again=$IMAGE-again
mapfile -t first < <(layers_of "$IMAGE")
IMAGE=$again ENGINE=$ENGINE docker/build.sh --no-cache > /dev/null
mapfile -t second < <(layers_of "$again")
"$ENGINE" image rm --force "$("$ENGINE" image inspect --format '{{.Id}}' "$again")" > /dev/null

[[ ${#first[@]} -eq ${#LAYERS[@]} ]] || fail "${#first[@]} layers, not ${#LAYERS[@]}"
differ=()
for i in "${!LAYERS[@]}"; do
  if [[ ${first[i]} == "${second[i]}" ]]; then
    say "${LAYERS[i]}: the same, ${first[i]}"
  else
    say "${LAYERS[i]}: ${first[i]}, and then ${second[i]}"
    differ+=("${LAYERS[i]}")
  fi
done
[[ ${#differ[@]} -eq 0 ]] || fail "not reproducible: ${differ[*]}"
say "PASSED"
