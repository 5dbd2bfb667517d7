#!/bin/bash
# SPDX-License-Identifier: MIT
# export as foreman: the files of every format, byte by byte beside the real one's.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/runner/real.sh"
export HOME=$TMP/home
mkdir -p "$HOME" app
umask 022

# export_both FORMAT ARG...: into o of two equal directories; the trees are real/o and ours/o.
export_both() {
	local format=$1 tool
	shift
	for tool in real ours; do
		cd app || return
		rm -rf o
		[ ! -d ../before ] || cp -r ../before o
		if [ $tool = real ]; then
			real export "$format" o "$@"
			echo $? >>"$TMP/.ask/out"
			mv "$TMP/.ask/out" ../real.out
			mv "$TMP/.ask/err" ../real.err
		else
			"$OURS" export "$format" o "$@" >../ours.out 2>../ours.err </dev/null
			echo $? >>../ours.out
		fi
		cd ..
		rm -rf $tool
		mkdir $tool
		[ ! -e app/o ] || mv app/o $tool/o
	done
}
equal() { # equal NAME FORMAT ARG...
	local name=$1
	shift
	export_both "$@"
	diff -r real ours >differs && diff real.out ours.out >>differs && diff real.err ours.err >>differs
	ok $? "$name: $*" || sed 's/^/# /' differs
	find ours -printf '%m %P\n' | sort >m.ours
	find real -printf '%m %P\n' | sort | cmp -s - m.ours || ok 1 "$name: $*: modes"
}
formats="inittab upstart daemon systemd runit supervisord launchd bluepill"

printf 'alpha: ./alpha\nbravo: ./bravo\nfoo_bar: ./foo_bar\nfoo-bar: ./foo-bar\n' >app/Procfile
for f in $formats; do
	equal plain "$f"
	equal counts "$f" -m alpha=2,foo_bar=1
	equal options "$f" -a myapp -u deploy -l "$TMP/l" -r "$TMP/r" -p 7000 --timeout 9 -m all=1,bravo=12
done
is "$(grep -c . ours/o/myapp.pill)" "$(grep -c . real/o/myapp.pill)" "the trees are really compared"

printf 'web: bundle exec thin start -p 1\nworker:  ruby  x.rb --a="b c"\t-d   e\nsh: echo a; echo b | cat > /dev/null && exit\nd: x $PORT ${PORT} $HOME\n' >app/Procfile
printf 'FOO=bar\nlower=x\nURL=http://e.com/api?foo=bar&bar=baz\nSP=a b  c\nE=\nTILDE=~/x\nH=#no\nD=$FOO\nU=\xc3\xa9t\xc3\xa9\nSTAR=*\n' >app/.env
for f in inittab upstart daemon systemd runit launchd bluepill; do equal env "$f"; done
sed -i '/PORT/d' app/Procfile
equal env supervisord
printf 'A=1\n' >app/e1
printf 'A=2\nB=3\n' >app/e2
for f in upstart supervisord; do equal "env files" $f -e e1,e2; done
printf 'x: one\nx: two\ny: three\n' >app/Procfile
for f in $formats; do equal "one name twice" "$f"; done
printf 'x: a\n' >app/Procfile
for f in upstart runit launchd bluepill supervisord; do
	printf 'Q="a\\"b"\nS='"it's"'\nBS=a\\b\nB=x\n' >app/.env
	equal "quotes and backslashes" "$f"
done
printf 'NL="l1\\nl2"\n' >app/.env
for f in upstart runit launchd bluepill supervisord; do equal newline "$f"; done
for f in upstart runit launchd bluepill supervisord; do
	printf 'PORT=8100\nB=x\n' >app/.env
	equal "PORT of .env" "$f"
	equal "PORT of .env, -p" "$f" -p 9000
done
rm app/.env

# again into the same place: what is ours goes, what only looks like it stays
printf 'alpha: ./alpha\nbravo: ./bravo\n' >app/Procfile
for f in upstart daemon systemd runit supervisord launchd bluepill; do
	rm -rf before
	export_both $f
	mv ours/o before
	equal again "$f"
done
rm -rf before
mkdir before
touch before/{app2.conf,app2-alpha.conf,app2-alpha-1.conf,app-worker.conf,app-worker-worker.conf,app-worker-worker-1.conf}
equal "similar names" upstart
is "$(cd ours/o && echo app2* app-worker*)" \
	"app2-alpha-1.conf app2-alpha.conf app2.conf app-worker-worker-1.conf app-worker-worker.conf app-worker.conf" \
	"app2-* and app-worker-* are untouched"
touch before/{app2.target,app2-alpha.1.service,app-worker-web.1.service,app-worker.target}
export_both systemd
is "$(cd ours/o && echo app2*.target app2*.service app-worker*.target app-worker*.service)" \
	"app2.target app2-alpha.1.service app-worker.target app-worker-web.1.service" \
	"by systemd too (Foreman removes them)"
rm -rf before
mkdir -p before/app.target.wants before/app-alpha.target.wants
touch before/app-alpha@.service before/app-alpha.target before/app.target before/app-bravo@.service \
	before/app-alpha.target.wants/app-alpha@5000.service before/app.target.wants/app-alpha.target
export_both systemd
is "$(cd ours/o && echo *)" "app-alpha.1.service app-bravo.1.service app.target" "systemd's old layout is cleaned"
is "$(ls real/o)" "$(ls ours/o)" "as Foreman does"
rm -rf before
export_both systemd
mv ours/o before
printf 'alpha: ./alpha\n' >app/Procfile
equal "an entry that is gone" systemd
rm -rf before
printf 'web: a\nweb-api: b\n' >app/Procfile
export_both upstart
mv ours/o before
export_both upstart
is "$(cd ours/o && echo *)" "app-web-1.conf app-web-api-1.conf app-web-api.conf app-web.conf app.conf" "web does not clean web-api"
rm -rf before

# messages and errors
printf 'alpha: ./alpha\n' >app/Procfile
cd app || exit 1
ours export systemd
is "$out $rc" "ERROR: Must specify a location 1" "C55"
same C55 export systemd
same "no such format" export foo o
ours export inittab - -a app
is "$out" "# ----- foreman app processes -----
AP01:4:respawn:/bin/su - app -c 'cd $TMP/app;export PORT=5000;./alpha >> /var/log/app/alpha-1.log 2>&1'
# ----- end foreman app processes -----" "C56"
same C56 export inittab - -a app
same "inittab with -d" export inittab - -d "$TMP/app/../app/."
printf 'alpha: ./alpha arg "b c"\n' >Procfile
ours export launchd o
is "$(grep -A5 ProgramArguments o/app-alpha-1.plist | grep -c '<string>')" 4 "C61 each word its own string"
ours export runit o
is "$(cat o/app-alpha-1/env/PORT)" 5000 "C58"
ours export supervisord o
is "$(tail -n 2 o/app.conf)" "[group:app]
programs=app-alpha-1" "C59"
touch file
same "a location that is a file" export systemd file
same "no Procfile" export systemd o -f nope
: >Procfile
ours export systemd o
is "$out $rc" "ERROR: no processes defined 1" "an empty Procfile (0.87.2 exports nothing)"
cd ..

# what Foreman gets wrong
printf 'web: sh -c '\''echo hi'\'' -p $PORT\n' >app/Procfile
printf 'PORT=8100\nQ="a\\"b"\nB=c\\d\nNL="x\\ny"\nS='"it's"'\n' >app/.env
export_both systemd
is "$(grep -c PORT= ours/o/app-web.1.service)" 1 "systemd: PORT once"
is "$(grep '^Environment="[QBN]' ours/o/app-web.1.service)" 'Environment="Q=a\"b"
Environment="B=c\\d"
Environment="NL=x\ny"' "systemd: quotes, backslashes and newlines are escaped"
is "$(grep Exec ours/o/app-web.1.service)" \
	"ExecStart=/bin/bash -lc 'exec -a \"app-web.1\" sh -c \\'echo hi\\' -p \$PORT'" "systemd: quotes of the command"
sed -i /NL/d app/.env
export_both inittab
is "$(grep -o 'PORT=[0-9]*' ours/o)" "PORT=8100" "inittab: PORT once"
words=$(grep -o "su - app -c .*" ours/o)
eval "set -- $words"
is "$4" "-c" "inittab: one shell word after -c"
like "$5" "export S=it\\\\'s;sh -c 'echo hi' -p \\\$PORT >> " "inittab: the quotes arrive"
export_both daemon
is "$(grep -c PORT= ours/o/app-web-1.conf)" 1 "daemon: PORT once"
export_both supervisord
like "$(grep command= ours/o/app.conf)" "-p 8100$" "supervisord: \$PORT is put in, there is no shell"
rm app/.env

# templates
mkdir -p app/tpl/log "$HOME/.foreman/templates/upstart"
printf 'alpha: ./alpha x\n' >app/Procfile
printf 'master <%%= app %%> by <%%= user -%%>\n at <%%=log%%> <%%= run %%>\n' >app/tpl/master.conf.erb
printf 'p <%%= name %%>\n' >app/tpl/process_master.conf.erb
printf '<%%= name %%>.<%%= num %%> <%%= port %%> 100%%\n' >app/tpl/process.conf.erb
equal "C62 templates" upstart --template tpl
is "$(cat ours/o/app.conf)" "master app by app at /var/log/app /var/run/app" "C62 that text is used"
is "$(cat ours/o/app-alpha-1.conf)" "alpha.1 5000 100%" "and filled in"
equal "-t" upstart -t tpl
mv app/tpl/*.erb "$HOME/.foreman/templates/upstart/"
equal "the home directory's" upstart
equal "for that format alone" daemon
rm -rf "$HOME/.foreman"
printf 'log of <%%= name %%>' >app/tpl/log/run.erb
equal "in a directory" runit --template tpl
for bad in '<% x %>' '<%= engine.root %>' '<%# c %>' '<%= name' '<%= %>' '<%% x'; do
	printf 'a\nb %s\n' "$bad" >app/tpl/process.conf.erb
	(cd app && "$OURS" export upstart o2 --template tpl) >out 2>&1
	is "$? $(grep -c '^ERROR: tpl/process.conf.erb:2: ' out)" "1 1" "refused with file and line: $bad"
done
rm app/tpl/process.conf.erb
printf '<%%= num %%>\n' >app/tpl/master.conf.erb
(cd app && "$OURS" export upstart o2 --template tpl) >out 2>&1
like "$(cat out)" "ERROR: tpl/master.conf.erb:1: '<%= num %>' has no value in this file" "a key of a process in the app's file"
done_testing
