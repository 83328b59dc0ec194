#!/usr/bin/env bash
# Builds the image once more, from a clone of the commit that it says it is of, without the engine's cache, and compares
# the layers. Those of the JDK, the libraries and the service have to be the same, byte for byte. The AOT cache is made
# by the JVM, which writes times of its clock into it, so that layer may differ; both are made of the same class list.
# An image of changes that are not committed is built again from the jar that it was built from.
#
#   docker/reproduce.sh     IMAGE=name, ENGINE=docker|podman
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

readonly OURS=(JDK libraries service)
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

((${#first[@]} == ${#OURS[@]} + 1)) || fail "${#first[@]} layers, not ${#OURS[@]} and the AOT cache"
differ=()
for i in "${!OURS[@]}"; do
  if [[ ${first[i]} == "${second[i]}" ]]; then
    say "${OURS[i]}: the same, ${first[i]}"
  else
    say "${OURS[i]}: ${first[i]}, and then ${second[i]}"
    differ+=("${OURS[i]}")
  fi
done
say "AOT cache: made anew by the JVM, and may differ: ${first[-1]}, and then ${second[-1]}"
[[ ${#differ[@]} -eq 0 ]] || fail "not reproducible: ${differ[*]}"
say "PASSED"
