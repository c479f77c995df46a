#!/usr/bin/env bash
# Stand-ins for public images, where those cannot be pulled: made of Debian's packages and of this host's
# Rust, under tags of their own. Takes nothing but seconds where they exist.
#   tests/images/build.sh debian|sid|rust|mariadb|mysql...     prints one tag a line
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/images/docker.sh
. "$here/docker.sh"

prefix=data-architecture-test

exists() { docker image inspect "$1" >/dev/null 2>&1; }

build() {
  DOCKER_BUILDKIT=1 docker build --quiet "$@" >/dev/null
}

# debian SUITE: what debootstrap makes, with this host's own certificate authorities.
debian() {
  local tag=$prefix/debian:$1 root mirror
  if ! exists "$tag"; then
    echo "building $tag" >&2
    provide debootstrap debootstrap
    root=$(mktemp -d)
    mirror=$(debian_mirror)
    as_root debootstrap --variant=minbase --include=ca-certificates "$1" "$root" ${mirror:+"$mirror"} >"$root.log" 2>&1 ||
      { tail -5 "$root.log" >&2; as_root rm -rf "$root"; exit 1; }
    if [ -d /usr/local/share/ca-certificates ]; then
      as_root cp -r /usr/local/share/ca-certificates "$root/usr/local/share/"
    fi
    as_root chroot "$root" update-ca-certificates >/dev/null 2>&1
    # A host's clock may run ahead of its mirror.
    printf 'Acquire::Check-Valid-Until "false";\nAcquire::Check-Date "false";\n' |
      as_root tee "$root/etc/apt/apt.conf.d/99stand-in" >/dev/null
    as_root tar -C "$root" -c --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
      --exclude='./usr/share/locale/*' --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' . |
      docker import --change 'CMD ["bash"]' - "$tag" >/dev/null
    as_root rm -rf "$root" "$root.log"
  fi
  echo "$tag"
}

# This host's toolchain, so that its version is in the tag.
rust() {
  local base tag
  command -v rustc >/dev/null || no_docker 'rustc is missing, of which the stand-in for the image of Rust is made'
  tag=$prefix/rust:$(rustc --version | cut -d' ' -f2)
  if ! exists "$tag"; then
    base=$(debian bookworm)
    echo "building $tag" >&2
    build --tag "$tag" --build-arg "BASE=$base" --file "$here/rust.Dockerfile" "$(rustc --print sysroot)"
  fi
  echo "$tag"
}

# server TAG SUITE PACKAGE...: always built, since the layers are cached and the entrypoint may have changed.
server() {
  local tag=$prefix/$1 base
  base=$(debian "$2")
  shift 2
  exists "$tag" || echo "building $tag" >&2
  build --tag "$tag" --build-arg "BASE=$base" --build-arg "PACKAGES=$*" "$here/server"
  echo "$tag"
}

docker_up
trap docker_down EXIT
for image in "$@"; do
  case $image in
    debian) debian bookworm ;;
    sid) debian sid ;;
    rust) rust ;;
    mariadb) server mariadb:10.11 bookworm mariadb-server-core mariadb-client-core ;;
    # Debian has MySQL in unstable only.
    mysql) server mysql:9.7 sid mysql-server-core mysql-client-core ;;
    *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
done
