#!/bin/bash
# SPDX-License-Identifier: MIT
# san: export under our own name: hardened systemd units, and values as each manager reads them.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/runner/real.sh"
export HOME=$TMP

mkdir 'my dir'
cd 'my dir' || exit 1
printf 'web: bin/web -p $PORT\nfmt: date +%%H:%%M "$HOME"\nplain: sleep 60\nsh: a; b | c '"'q'"' \\x\n' >Procfile
printf 'FOO=bar\nPORT=9\nPS=x\nQ="a\\"b"\nD=$HOME `x`\nBS=a\\b\nP=100%%\nNL="x\\ny"\nX=a&b<c>\n' >.env
own export o -a shop -u daemon --timeout 7
is "$out $rc" "[foreman export] writing: shop.env
[foreman export] writing: shop-web.1.service
[foreman export] writing: shop-fmt.1.service
[foreman export] writing: shop-plain.1.service
[foreman export] writing: shop-sh.1.service
[foreman export] writing: shop.target 0" "systemd is the default format"
is "$(stat -c %a o/shop.env)" 600 "the environment is for root alone"
is "$(cat o/shop.env)" 'FOO="bar"
Q="a\"b"
D="\$HOME \`x\`"
BS="a\\b"
P="100%"
NL="x
y"
X="a&b<c>"' "and written by systemd's rules, without PORT and PS"
is "$(grep -l 'a&b' o/*.service)" "" "no value stands in a unit"
is "$(grep -h ^ExecStart= o/*.service)" 'ExecStart=/bin/sh -c "date +%%H:%%M \"$$HOME\""
ExecStart=/bin/sh -c "exec sleep 60"
ExecStart=/bin/sh -c "a; b | c '"'q'"' \\x"
ExecStart=/bin/sh -c "bin/web -p $$PORT"' "commands reach the shell as they are"
for setting in User=daemon TimeoutStopSec=7 NoNewPrivileges=yes ProtectSystem=strict PrivateTmp=yes CapabilityBoundingSet= \
	RestrictSUIDSGID=yes PrivateDevices=yes SystemCallFilter=@system-service RestartPreventExitStatus=100 \
	'Environment="PORT=9" "PS=web.1"' PartOf=shop.target "WorkingDirectory=$PWD" "EnvironmentFile=$PWD/o/shop.env"; do
	grep -qxF -- "$setting" o/shop-web.1.service
	ok $? "has $setting"
done
is "$(grep Wants o/shop.target)" \
	"Wants=shop-web.1.service shop-fmt.1.service shop-plain.1.service shop-sh.1.service" "the target wants them all"
if command -v systemd-analyze >/dev/null; then
	verify=$(systemd-analyze verify "$PWD"/o/*.service "$PWD"/o/shop.target 2>&1)
	is "$(grep -E 'shop' <<<"$verify")" "" "systemd-analyze finds nothing to say"
fi
own export o -a shop
is "$(grep -c 'cleaning up' <<<"$out")" 6 "the next export replaces its own"
is "$(cd o && echo *)" "shop-fmt.1.service shop-plain.1.service shop-sh.1.service shop-web.1.service shop.env shop.target" "and leaves no other"
rm .env
own export systemd o -a shop
is "$(grep -l EnvironmentFile o/*)$(ls o/*.env 2>/dev/null)" "" "no environment, no file"

printf 'A="it'"'"'s & <x> 50%%"\nB=plain\n' >.env
printf 'w: x "a b" & c\n' >Procfile
own export launchd l
is "$(grep 'it' l/app-w-1.plist)" "        <string>it's &amp; &lt;x&gt; 50%</string>" "launchd: XML"
python3 -c 'import plistlib,sys; p=plistlib.load(open("l/app-w-1.plist","rb")); print(p["EnvironmentVariables"]["A"])' >got 2>&1
is "$(cat got)" "it's & <x> 50%" "launchd: a property list"
own export supervisord s
like "$(cat s/app.conf)" 'A="it'"'"'s & <x> 50%%"' "supervisord: % doubled"
own export runit r
is "$(sed -n 2p r/app-w-1/run)" "cd $(printf %q "$PWD")" "runit: paths are shell words"
printf 'A="x\\ny"\n' >.env
own export inittab -
is "$out $rc" "ferret: inittab: the value of A has a newline, expected one line 100" "inittab: a newline is refused"
printf 'lower=x\n' >.env
own export inittab -
like "$out" "export lower=x;" "inittab: keys as they are"

for wrong in a/b ../x 'x;y' '' 'a b'; do
	own export o -a "$wrong"
	like "$out $rc" "^ferret: option --app: .* is not of .* 100$" "refused as an app: $wrong"
	own export o -u "$wrong"
	like "$out $rc" "^ferret: option --user: .* is not of .* 100$" "refused as a user: $wrong"
done
own export nope o
like "$out $rc" "^ferret: export: 'nope' is none of systemd, .* 100$" "no such format"
own export systemd
is "$out $rc" "ferret: Must specify a location 100" "no location"
printf 'bad line\n' >Procfile
own export o
is "$out $rc" "ferret: Procfile:1: has no colon, expected NAME: COMMAND 100" "a bad Procfile"
done_testing
