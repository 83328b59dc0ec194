#!/usr/bin/env bash
# Makes the base image of the build where none can be pulled: a minimal Debian from the mirror of this machine, and
# the JDK 25 of this machine, which Debian does not have. It includes binutils for strip, as the default base does.
#
#   docker/base.sh     tags it vmx-decision-base:bookworm
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

find_engine build || no_engine "Docker, Podman or Buildah"
command -v mmdebstrap > /dev/null || fail "mmdebstrap is needed: apt-get install mmdebstrap"
work=$(mktemp -d)
trap 'rm -rf "$work"; stop_own_engine' EXIT

say "a Debian from packages"
sources=()
if grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release && [[ -f /etc/apt/sources.list.d/debian.sources ]]; then
  sources=(/etc/apt/sources.list.d/debian.sources)
fi
SOURCE_DATE_EPOCH=0 mmdebstrap --quiet --variant=minbase --include=binutils bookworm "$work/debian.tar" "${sources[@]}"

jdk=$(java25)
say "with the JDK of $jdk"
mkdir "$work/context"
cp -aL "$jdk" "$work/context/jdk" # its cacerts may be a link to the machine's
cat > "$work/context/Dockerfile" << 'END'
FROM vmx-decision-debian:bookworm
COPY jdk/ /opt/java/openjdk/
ENV JAVA_HOME=/opt/java/openjdk
ENV PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
END
case $ENGINE in
  docker | podman)
    "$ENGINE" import "$work/debian.tar" vmx-decision-debian:bookworm > /dev/null
    "$ENGINE" build --tag "$DEBIAN_BASE" "$work/context"
    ;;
  buildah)
    mkdir "$work/context/debian"
    tar -xf "$work/debian.tar" -C "$work/context/debian"
    sed -i 's|^FROM .*|FROM scratch\nCOPY debian/ /|' "$work/context/Dockerfile"
    buildah build --tag "$DEBIAN_BASE" "$work/context"
    ;;
esac
