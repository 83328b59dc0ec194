#!/usr/bin/env bash
# Gives all that the chart renders to a real API server. Usage: helm/test-api-server.sh [FOLDER]
#
# The newest one that Debian has whole is Kubernetes 1.20.2, in its source package; it is built with Debian's
# Go, started with Debian's etcd on the loopback interface alone, and asked by ApiServerCheck. What is built
# stays in FOLDER, by default ~/.cache/vmx-decision/api-server.
# Needs: an amd64 Debian or its like with apt, curl, openssl; 4 GB of disk; a while on the first run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=$(realpath --canonicalize-missing "${1:-${XDG_CACHE_HOME:-$HOME/.cache}/vmx-decision/api-server}")
server="$folder/kube-apiserver"
etcd="$folder/root/usr/bin/etcd"
version=1.20.2

download() {
  local mirror
  # shellcheck disable=SC2016 # apt's own variable
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep '/debian/\?$' | head -n 1)
  : "${mirror:?no mirror of Debian in apt}"
  mkdir -p "$folder"/apt/{parts,state/lists/partial,cache/archives/partial} "$folder"/{packages,source,root}
  cat > "$folder/apt/parts/debian.sources" <<END
Types: deb deb-src
URIs: $mirror
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
  cat > "$folder/apt/apt.conf" <<END
Dir::State "$folder/apt/state";
Dir::State::status "/dev/null";
Dir::Cache "$folder/apt/cache";
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$folder/apt/parts";
Acquire::Languages "none";
APT::Sandbox::User "root";
END
  (
    export APT_CONFIG="$folder/apt/apt.conf"
    apt-get -qq update
    cd "$folder/packages"
    apt-get -qq download golang-1.19-go golang-1.19-src etcd-server golang-github-modern-go-reflect2-dev
    cd "$folder/source"
    apt-get -qq source --download-only kubernetes
  )
  local package
  for package in "$folder"/packages/*.deb; do
    dpkg -x "$package" "$folder/root"
  done
}

build() {
  local k8s="$folder/go/src/k8s.io/kubernetes" reflect2=github.com/modern-go/reflect2
  mkdir -p "$k8s"
  tar -xf "$folder"/source/kubernetes_*.orig.tar.gz -C "$k8s" --strip-components 1
  # The one of 2021 reaches into Go as it was before 1.18.
  rm -rf "$k8s/vendor/$reflect2"
  cp -r "$folder/root/usr/share/gocode/src/$reflect2" "$k8s/vendor/$reflect2"
  export GOROOT="$folder/root/usr/lib/go-1.19" GOPATH="$folder/go" GOCACHE="$folder/gocache"
  export GO111MODULE=off GOPROXY=off GOFLAGS='' PATH="$folder/root/usr/lib/go-1.19/bin:$PATH"
  cd "$k8s"
  # The OpenAPI of all types, which server-side apply needs, is made by the build.
  go build -o "$folder/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  local packages
  packages=$(grep -rl --include='*.go' '+k8s:openapi-gen=' pkg staging/src/k8s.io |
    xargs -n 1 dirname | sed 's,^staging/src/,vendor/,; s,^,k8s.io/kubernetes/,' |
    grep -vE '/(test|sample-apiserver|code-generator|kube-openapi)(/|$)' | sort -u | paste -sd,)
  "$folder/openapi-gen" -O zz_generated.openapi -i "$packages" -p k8s.io/kubernetes/pkg/generated/openapi \
    -h hack/boilerplate/boilerplate.generatego.txt -r "$folder/violations.txt" || true # it only reports some
  test -s pkg/generated/openapi/zz_generated.openapi.go
  go build -ldflags '-s -w' -o "$server" ./cmd/kube-apiserver
  cd - > /dev/null
  rm -rf "$folder/go" "$folder/gocache" "$folder/source" "$folder/packages"
}

if [ ! -x "$server" ]; then
  download
  (build)
fi

run=$(mktemp -d)
pids=()
stop() {
  local i
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill "${pids[i]}" 2> /dev/null || true
    wait "${pids[i]}" 2> /dev/null || true
  done
  rm -rf "$run"
}
trap stop EXIT

client=23790 peer=23800 port=26443
"$etcd" --data-dir "$run/etcd" \
  --listen-client-urls "http://127.0.0.1:$client" --advertise-client-urls "http://127.0.0.1:$client" \
  --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
  --initial-cluster "default=http://127.0.0.1:$peer" > "$run/etcd.log" 2>&1 &
pids+=($!)
token=$(openssl rand -hex 16)
(umask 077 && echo "$token,admin,admin,system:masters" > "$run/tokens.csv")
openssl genrsa -out "$run/accounts.key" 2048 2> /dev/null
"$server" --etcd-servers "http://127.0.0.1:$client" \
  --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --external-hostname 127.0.0.1 --secure-port "$port" \
  --cert-dir "$run/certificates" --token-auth-file "$run/tokens.csv" --authorization-mode RBAC \
  --service-account-issuer https://kubernetes.default.svc \
  --service-account-key-file "$run/accounts.key" --service-account-signing-key-file "$run/accounts.key" \
  --service-cluster-ip-range 10.96.0.0/16 --enable-admission-plugins PodSecurityPolicy \
  --feature-gates HPAContainerMetrics=true > "$run/server.log" 2>&1 &
pids+=($!)

for ((i = 0; ; i++)); do
  if [ "$(curl -s --insecure -H "Authorization: Bearer $token" "https://127.0.0.1:$port/readyz")" = ok ]; then
    break
  elif [ "$i" -ge 120 ] || ! kill -0 "${pids[1]}"; then
    tail -n 20 "$run/server.log" >&2
    exit 1
  fi
  sleep 1
done
echo "Kubernetes $version, built from Debian's source package, is ready on 127.0.0.1:$port"

./mvnw -q -pl helm -am test -Dtest=ApiServerCheck -Dsurefire.failIfNoSpecifiedTests=false \
  -Dapi.server="https://127.0.0.1:$port" -Dapi.token="$token" \
  -Dapi.certificate="$run/certificates/apiserver.crt"
