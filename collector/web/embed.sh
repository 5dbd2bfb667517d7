#!/bin/bash
# SPDX-License-Identifier: MIT
# embed.sh OUT.c: what the collector shows in a browser, as one C file: each file of collector/web/ and
# the chart library's, raw and gzipped, by .incbin from OUT.c's folder. In pages (*.html) a line
# `@HEAD Title` becomes _head.html, `@FOOT` becomes _foot.html, and @STATIC@ the path of the assets,
# which carries a hash of them all. WEB_ROOTS: where /usr/share of the chart library may be; on the
# platform Aptfile's packages are unpacked below .apt.
set -eu
cd "$(dirname "$0")/../.."
out=$1 dir=${1%.c} web=collector/web
library=
for root in ${WEB_ROOTS:-/ .apt/}; do
	file=${root}usr/share/javascript/dygraphs/dygraph.min.js
	[ -z "$library" ] && [ -f "$file" ] && library=$file
done
if [ -z "$library" ]; then
	echo "make: usr/share/javascript/dygraphs/dygraph.min.js is neither below / nor below .apt/: the dashboard needs the package libjs-dygraphs ('make deps' installs it)" >&2
	exit 1
fi
rm -rf "$dir"
mkdir -p "$dir/manifests"
cp $web/*.css $web/*.js $web/*.svg "$dir/"
cp $web/manifests/*.json "$dir/manifests/"
sed '/^\/\/# sourceMappingURL=/d' "$library" >"$dir/dygraph.js"
hash=$(cd "$dir" && sha256sum ./*.* | sha256sum | cut -c1-12)
for page in "$web"/[!_]*.html; do
	awk -v web="$web" '
		function part(file, line) { while ((getline line < file) > 0) { gsub(/@TITLE@/, title, line); print line } close(file) }
		/^@HEAD / { title = substr($0, 7); part(web "/_head.html"); next }
		/^@FOOT/ { part(web "/_foot.html"); next }
		{ print }' "$page" | sed "s|@STATIC@|/static/$hash|g" >"$dir/${page##*/}"
done
type_of() {
	case $1 in
	*.html) echo 'text/html; charset=utf-8' ;;
	*.css) echo 'text/css; charset=utf-8' ;;
	*.js) echo 'text/javascript; charset=utf-8' ;;
	*.svg) echo 'image/svg+xml' ;;
	*.json) echo 'application/json; charset=utf-8' ;;
	esac
}
{
	echo '/* Made by collector/web/embed.sh. */'
	echo '#include "asset.h"'
	n=0 rows=
	while read -r file; do
		name=${file#"$dir"/}
		gzip -9nc "$file" >"$file.gz"
		echo "__asm__(\".section .rodata\\nasset_${n}_raw: .incbin \\\"$file\\\"\\n.byte 0\\nasset_${n}_gz: .incbin \\\"$file.gz\\\"\\n.text\\n\");"
		echo "extern const char asset_${n}_raw[], asset_${n}_gz[];"
		rows+="	{\"$name\", \"$(type_of "$name")\", asset_${n}_raw, $(wc -c <"$file"), asset_${n}_gz, $(wc -c <"$file.gz")},"$'\n'
		n=$((n + 1))
	done < <(find "$dir" -type f ! -name '*.gz' | LC_ALL=C sort)
	echo "const char asset_hash[] = \"$hash\";"
	printf 'const struct asset asset_table[] = {\n%s	{0},\n};\n' "$rows"
} >"$out.new"
mv "$out.new" "$out"
