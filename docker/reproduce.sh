#!/usr/bin/env bash
# Builds the image once more, from a clone of the commit that it says it is of, without the engine's cache, and compares
# the layers: they have to be the same, byte for byte. An image of changes that are not committed is built again from
# the jar that it was built from.
#
#   docker/reproduce.sh     IMAGE=name, ENGINE=docker|podman
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

readonly LAYERS=(JDK libraries service "AOT cache")
find_engine run || no_engine "Docker or Podman"
layers_of() { "$ENGINE" image inspect --format '{{range .RootFS.Layers}}{{println .}}{{end}}' "$1" | grep .; }

CLONE=
cleanup() {
  [[ -z $CLONE ]] || rm -rf "$CLONE"
  stop_own_engine
}
trap cleanup EXIT

again=$IMAGE-again
mapfile -t first < <(layers_of "$IMAGE")
[[ ${#first[@]} -gt 0 ]] || fail "no image $IMAGE: docker/build.sh makes it"
revision=$("$ENGINE" image inspect --format '{{index .Config.Labels "org.opencontainers.image.revision"}}' "$IMAGE")
CLONE=$(mktemp --directory)
if git cat-file -e "$revision^{commit}" 2> /dev/null && git clone --quiet --no-checkout . "$CLONE" \
  && git -C "$CLONE" checkout --quiet "$revision"; then
  cd "$CLONE"
  say "from a clone of $revision"
else
  say "NOT from a clone, since there is none of $revision"
fi
IMAGE=$again ENGINE=$ENGINE docker/build.sh --no-cache > /dev/null
cd "$ROOT"
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
