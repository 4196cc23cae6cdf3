#!/bin/sh
# Makes the secrets that compose.yml mounts, each only if it is missing. Keep a copy of them with your backups.
set -eu
folder=${1:-$(dirname "$0")/secrets}

random() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

keep() {
    [ -s "$folder/$1" ] || { printf '%s' "$2" >"$folder/$1" && echo "made $folder/$1"; }
}

mkdir -p "$folder"
# The folder shuts out other users of this machine; the containers' users must be able to read the files in it.
chmod 700 "$folder"
umask 022
keep postgres_password "$(random 24)"
keep database_url "postgres://alerthub:$(cat "$folder/postgres_password")@postgres:5432/alerthub"
keep secret_key "$(random 40)"
# A Fernet key: 32 bytes in URL-safe base64.
keep encryption_keys "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')"
keep alertmanager_token "ahi_$(random 24)"
keep admin_password "$(random 12)"
echo "The first login: admin, with the password in $folder/admin_password"
