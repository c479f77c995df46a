#!/bin/sh
# `docker compose run --rm client backup jobs` as well as `... client client backup jobs`.
case $1 in
  client | sh | bash | sleep) exec "$@" ;;
  *) exec client "$@" ;;
esac
