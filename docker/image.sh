#!/usr/bin/env bash
# Runs in the build stage of the Dockerfile: makes what the image holds, a folder a layer, under /image.
#
#   image.sh layers   the run-time JDK with the libraries it needs, the libraries of the service, the service
#   image.sh cache    the AOT cache, of exactly those files and the classes in classes.txt
#   image.sh sbom     what the image holds beside the jar, as CycloneDX
#   image.sh train    a new classes.txt, from a training run; docker/train.sh calls it
set -euo pipefail

readonly JAR=/build/vmx-decision-service-exec.jar
readonly SYSTEM=/image/system
readonly JRE=/opt/jre
readonly APP=/app

# Modules that jdeps cannot see, each with who asks for it. None today: what reflection and service loaders
# reach lies in modules that jdeps finds by their other uses; the training run and the test would fail.
readonly MORE_MODULES=()

# Spring needs java.beans of java.desktop, and nobody anything of what draws or prints. jlink wants every package to
# be there, so only the nested classes go.
readonly UNUSED='regex:/java\.desktop/(javax/swing|sun/java2d|sun/font|com/sun/java/swing|sun/print|com/sun/imageio|com/sun/media/sound|sun/awt/X11|sun/swing|javax/print)/.*\$.*'

# The same files from the same commit: no time of the clock, no rights from a umask. Before the cache is made,
# since it holds the times of the files it was made from.
normalise() {
  chmod -R u=rwX,go=rX "$@"
  find "$@" -exec touch --no-dereference --date="@$FILE_TIME" {} +
}

link_jre() {
  local modules
  modules=$(jdeps --ignore-missing-deps --multi-release 25 --print-module-deps --recursive \
    --class-path '/build/extracted/dependencies/lib/*' /build/extracted/application/*.jar)
  modules+=$(printf ',%s' "${MORE_MODULES[@]:-java.base}")
  # Spring needs the classes of java.desktop (java.beans), never its native half: fonts, images, windows.
  jlink --add-modules "$modules" --output "$JRE" --compress=zip-9 --strip-java-debug-attributes \
    --no-header-files --no-man-pages --exclude-files='/java.desktop/lib/**' --exclude-resources="$UNUSED"
  # jlink has an option for it, which does nothing where it links from a JDK without jmods, as Temurin's.
  if command -v strip > /dev/null; then
    find "$JRE" -type f -name '*.so' -exec strip --strip-unneeded {} +
  else
    echo "no strip (binutils) in the base: libjvm.so stays 5 MB larger" >&2
  fi
}

# The libraries of libc that a file of the JDK is linked with, each by the name it is asked for.
copy_libraries() {
  local file
  find "$JRE" -type f \( -name '*.so' -o -name java \) -print0 \
    | LD_LIBRARY_PATH="$JRE/lib:$JRE/lib/server" xargs -0 -n 1 ldd 2>/dev/null \
    | grep -o '/[^ ]*' | grep -v "^$JRE" | sort -u > /build/libraries
  while read -r file; do
    install -D --mode=0755 "$file" "$SYSTEM$file"
  done < /build/libraries
}

make_layers() {
  mkdir -p /build/extracted "$SYSTEM"/{etc,opt,tmp} "/image/dependencies$APP/lib" "/image/application$APP"
  java -Djarmode=tools -jar "$JAR" extract --force --layers --destination /build/extracted
  link_jre
  copy_libraries
  cp -a "$JRE" "$SYSTEM/opt/"
  # Nobody is to run anything else here.
  find "$SYSTEM$JRE" -type f -perm /0111 ! -path '*/bin/java' ! -name '*.so' -delete
  echo 'vmx:x:65532:65532::/:/none' > "$SYSTEM/etc/passwd"
  echo 'vmx:x:65532:' > "$SYSTEM/etc/group"
  echo 'hosts: files dns' > "$SYSTEM/etc/nsswitch.conf"

  cp -a /build/extracted/dependencies/lib/. "/image/dependencies$APP/lib/"
  cp -a /build/extracted/application/. "/image/application$APP/"
  if [[ -d /build/extracted/snapshot-dependencies/lib ]]; then
    cp -a /build/extracted/snapshot-dependencies/lib "/image/application$APP/"
  fi
  jar --create --no-manifest --date=2026-11-01T00:00:00Z --file "/image/application$APP/health-check.jar" \
    -C /build/classes io/vmxdecision/image/HealthCheck.class
  mv "/image/application$APP/vmx-decision-service-exec.jar" "/image/application$APP/vmx-decision-service.jar"

  normalise /image "$JRE"
  chmod 1777 "$SYSTEM/tmp"
  # Where the image has them.
  mkdir "$APP"
  cp -a "/image/dependencies$APP/." "/image/application$APP/." "$APP/"
}

# What decides whether the cache can be used has to be as in the ENTRYPOINT: JDK, collector, class path. And
# what decides which classes are loaded: how reflection is done.
readonly JVM=("$JRE/bin/java" -XX:+UseSerialGC -Xmx256m)
readonly SERVICE=$APP/vmx-decision-service.jar
readonly CLASSES=/build/classes.txt
# Of 100 classes in the list; with more of them gone the list is too old to be of use.
readonly MOST_MISSING=5

# Each line of the list that names a class: neither a comment nor what is said of a class (@).
class_names() { grep -v '^[#@]' "$CLASSES"; }

make_cache() {
  local cache=/image/cache$APP/vmx-decision-service.aot log=/build/dump.log listed missing
  mkdir -p "$(dirname "$cache")"
  "${JVM[@]}" -Xshare:dump -XX:+AOTClassLinking -XX:SharedClassListFile="$CLASSES" -XX:SharedArchiveFile="$cache" \
    -Xlog:disable -Xlog:cds=warning:file="$log":none:filesize=0 -jar "$SERVICE"
  listed=$(class_names | wc -l)
  missing=$(sed -n 's/.*Cannot find //p' "$log" | sort -u)
  if [[ -n $missing ]]; then
    echo "WARNING: classes.txt is stale, docker/train.sh makes a new one. Not found of its $listed classes:" >&2
    echo "$missing" >&2
    if (($(wc -l <<< "$missing") * 100 > listed * MOST_MISSING)); then
      echo "FAILED: more than $MOST_MISSING % of its classes do not exist" >&2
      return 1
    fi
  fi
  "${JVM[@]}" -XX:AOTMode=on -XX:AOTCache="$cache" -XX:+VerifySharedSpaces -cp "$SERVICE" -version
  normalise /image/cache
}

# Writes the list to the standard output, in an order of its own and without what only this run knows: numbers of
# classes, classes of loaders that the cache ignores, and the names that call sites got.
train() {
  local recording=/build/recording
  java -cp /build/classes io.vmxdecision.image.Training /build/README.md /build/traffic \
    "${JVM[@]}" -Xlog:disable "-XX:DumpLoadedClassList=$recording" -jar "$SERVICE" >&2
  echo '# Made by docker/train.sh: the classes of the AOT cache, and which of their constants are resolved in it.'
  sed -e '/^#/d' -e '/^@lambda-proxy /d' -e '/ super: /d' -e 's/ id: [0-9]*$//' "$recording" | LC_ALL=C sort -u
}

json() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# A component a line: type, name, version, package URL.
components() {
  local version release package
  # shellcheck disable=SC1091 # it comes with the JDK
  release=$(. "$JAVA_HOME/release" && echo "$IMPLEMENTOR")
  # shellcheck disable=SC1091
  version=$(. "$JAVA_HOME/release" && echo "$JAVA_RUNTIME_VERSION")
  printf 'framework\tOpenJDK (%s)\t%s\tpkg:generic/openjdk@%s\n' "$release" "$version" "${version/+/%2B}"
  # shellcheck disable=SC1091
  . /etc/os-release
  while read -r file; do
    package=$(dpkg-query --search "$file" 2>/dev/null || dpkg-query --search "$(realpath "$file")")
    package=${package%%:*}
    dpkg-query --show --showformat="library\t\${Package}\t\${Version}\tpkg:deb/$ID/\${Package}@\${Version}?arch=\${Architecture}&distro=$ID-$VERSION_ID\n" \
      "$package" | sed -n 1p
  done < /build/libraries | sort -u
}

write_sbom() {
  local folder=$SYSTEM/sbom separator='' type name version purl
  mkdir -p "$folder"
  (cd /build && jar --extract --file "$JAR" META-INF/sbom/application.cdx.json)
  mv /build/META-INF/sbom/application.cdx.json "$folder/"
  {
    printf '{\n "bomFormat": "CycloneDX",\n "specVersion": "1.6",\n "version": 1,\n "components": ['
    while IFS=$'\t' read -r type name version purl; do
      printf '%s\n  {"type": %s, "name": %s, "version": %s, "purl": %s, "bom-ref": %s}' "$separator" \
        "$(json "$type")" "$(json "$name")" "$(json "$version")" "$(json "$purl")" "$(json "$purl")"
      separator=,
    done < <(components)
    printf '\n ]\n}\n'
  } > "$folder/image.cdx.json"
  normalise "$folder"
  touch --date="@$FILE_TIME" "$SYSTEM"
}

case ${1:-} in
  layers) make_layers ;;
  cache) make_cache ;;
  sbom) write_sbom ;;
  train) train ;;
  *) echo "usage: image.sh layers|cache|sbom|train" >&2; exit 2 ;;
esac
