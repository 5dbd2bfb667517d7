#!/bin/bash
# SPDX-License-Identifier: MIT
# slug.sh: the end of a build on the platform (make runs it there): what lies here becomes the slug.
# The process type `fleet`, all monitors in one dyno, is added to the Procfile: it would start the
# whole Procfile once more where bin/ferret start reads it, so it is not in the repository's. What the
# compiler left goes.
set -eu
cd "$(dirname "$0")/.."
if ! grep -q '^fleet:' Procfile; then
	web=
	! grep -q '^web:' Procfile || web=,web=0
	[ -z "$(tail -c 1 Procfile)" ] || echo >>Procfile
	echo "fleet: bin/ferret start -m all=1,fleet=0$web" >>Procfile
	echo "slug: process type fleet: all monitors in one dyno"
fi
rm -rf build
