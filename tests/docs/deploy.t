#!/bin/bash
# SPDX-License-Identifier: MIT
# docs/deploy.md names files, programs, options and keys that there are.
. "${FERRET_SRC:?}/tests/tap.sh"
doc=$SRC/docs/deploy.md

# Files, below the tree, in backquotes; not what the platform's build writes.
bad=
for path in $(grep -oE '`[A-Za-z0-9._/-]+`' "$doc" | tr -d '`' | sort -u); do
	case $path in
	.apt | .profile.d/000_apt.sh | heroku-* | /etc | APP-...) continue ;;
	*/* | *.* | Procfile | Aptfile | Makefile) [ -e "$SRC/$path" ] || [ -e "$OUT/$path" ] || [ "$path" = .env ] || bad+="$path " ;;
	esac
done
is "$bad" "" "every file it names is there"
at_least "$(grep -oE '`(bin|monitors)/' "$doc" | wc -l)" 15 "and it names some"

# Each option behind a tool's name, in text and examples.
bad=
n=0
while read -r tool option; do
	n=$((n + 1))
	"$OUT/$tool" --help | grep -qE "^  (-., )?$option( |$)" || bad+="$tool $option "
done < <(grep -oE 'bin/[a-z_]+[^`#]*' "$doc" | awk '{ for (i = 2; i <= NF; i++) if ($i ~ /^--[a-z-]+$/) print $1, $i }' | sort -u)
is "$bad" "" "every option it names is one"
at_least "$n" 8 "and it names some"

bad=
for key in $(grep -oE '`[A-Z][A-Z0-9_]+(=[A-Z]+)?`' "$doc" | tr -d '`' | sed 's/=.*//' | sort -u); do
	case $key in
	DYNO | PATH | LD_LIBRARY_PATH | DATABASE_URL | FERRET_FLEET) continue ;; # the platform's, and the mark
	ORG) ;;
	L10) continue ;;
	esac
	grep -qE "^(# )?$key=" "$SRC/env.sample" || bad+="$key "
done
is "$bad" "" "every key it names is in env.sample"

# The process types and buildpacks are those of app.json and of the build.
for url in $(jq -r '.buildpacks[].url' "$SRC/app.json"); do
	grep -qF "\`$url\`" "$doc"
	ok $? "the buildpack $url"
done
is "$(grep -oE '^[12]\. `[^`]*`' "$doc" | grep -oE '`.*`' | tr -d '`' | tr '\n' ' ')" "$(jq -r '.buildpacks[].url' "$SRC/app.json" | tr '\n' ' ')" "in app.json's order"
grep -qF "$(jq -r .stack "$SRC/app.json")" "$doc"
ok $? "and its stack"
# Libraries: every one of Aptfile has its row.
bad=
while read -r package; do
	case $package in
	libuv1-dev) word=libuv ;; libgit2-dev) word=libgit2 ;; libcurl4-openssl-dev) word=libcurl ;; libjansson-dev) word=jansson ;;
	libpcre2-dev) word=PCRE2 ;; libssh2-1-dev) word=libssh2 ;; libssl-dev) word=OpenSSL ;; libc-ares-dev) word=c-ares ;;
	libmicrohttpd-dev) word=libmicrohttpd ;; zlib1g-dev) word=zlib ;;
	libzstd-dev) word=zstd ;; libjs-dygraphs) continue ;; # which is built in
	libsqlite3-dev) word=SQLite ;; libpq-dev) word=libpq ;; *) word="a row for $package" ;;
	esac
	grep -E '^\| [a-zA-Z]' "$doc" | grep -qF "$word" || bad+="$word "
done < <(grep -v '^#' "$SRC/Aptfile")
is "$bad" "" "every library of Aptfile is in its table"
done_testing
