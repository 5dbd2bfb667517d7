#!/bin/bash
# SPDX-License-Identifier: MIT
# bin/setup and bin/teardown against the sandbox: what they make, what they leave alone, ended and run
# again, refused, full, in a team.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
. "$SRC/tests/platform/tools.sh"

sandbox --clean --page-size 20 --rate-limit 100000000
gate
: >said

# ---- configuration ----
cat >bad.env <<E
APP=Bad_Name
HEROKU_USERNAME=nobody
HEROKU_API_KEY=has a blank
 ORG=indented
ORG=-team-
L2MET_URL=ftp://$SECRET@host/
METRICS_URL=here
METRICS_TOKEN=a b
FREQ=never
ENDPOINT_DOMAIN=No.Good.Name
HEROKU_API_URL=http://example.com
no equals sign
E
tool setup bad
is $? 100 "a bad configuration is 100"
for want in "bad.env:1: APP: 'Bad_Name': expected 3 to 13" "bad.env:2: HEROKU_USERNAME: 'nobody': expected" \
	"bad.env:3: HEROKU_API_KEY: expected" "bad.env:4: starts with a blank" "bad.env:5: ORG: '-team-': expected" \
	"bad.env:6: L2MET_URL: expected" "bad.env:7: METRICS_URL: 'here'" "bad.env:8: METRICS_TOKEN: expected" \
	"bad.env:9: FREQ: 'never': expected seconds" "bad.env:10: ENDPOINT_DOMAIN: 'No.Good.Name'" \
	"bad.env:11: HEROKU_API_URL: 'http://example.com'" "bad.env:12: has a blank after the key"; do
	like "$(<err)" "$want" "in one report: ${want:0:40}"
done
unlike "$(<err)" "$SECRET|has a blank'|'a b'" "no secret value in it"
: >none.env
env -u APP -u HEROKU_USERNAME -u HEROKU_API_KEY -u L2MET_URL -u DRAIN_TOKEN "$OUT/bin/setup" -e none.env 2>err
is "$? $(grep -c 'none.env: [A-Z0-9_]*: missing' err)" "100 4" "all missing keys in one report"
"$OUT/bin/setup" -e gone.env 2>err
is $? 100 "a file that is not there"
like "$(<err)" gone.env "is named"
is "$(wc -l <toll)" 0 "and nothing was asked of the platform"
env_of abc HEROKU_API_KEY=wrong-key
tool setup abc
is $? 100 "a wrong key is 100"
like "$(<err)" "HEROKU_API_KEY: GET /account: 401" "and named"
env_of abc HEROKU_USERNAME=someone@example.com
tool setup abc --canaries --dry-run
is $? 0 "a dry run"
like "$(<err)" "warning: HEROKU_USERNAME is someone@example.com, but the key is of ferret@example.com" "another account than the key's is a warning"

# ---- dry run ----
env_of abc
: >toll
tool setup abc --dry-run
is "$? $(changes) $(apps | wc -l) $(journals)" "0 0 0 0" "a dry run changes nothing"
for want in "would create abc-heroku-24" "would create abc-heroku-26" "would create abc-lease" "would mark abc-run" \
	"would deploy abc-endpoint canary-" "would scale abc-run .web=0" "would certify abc-endpoint" "would create abc$" \
	"would mark abc .[0-9]* keys" "would buildpacks of abc" "would deploy abc ferret-" "would drain abc$" "would scale abc .all monitors"; do
	grep -qE "$want" out
	ok $? "plans: $want"
done
unlike "$(<out)" "would (create|deploy) abc-heroku-22" "no canary on a stack that is not public"

# ---- what is not ours ----
many abc-for 100 # shares the prefix
api POST /apps '{"name":"abc-d-run"}' >/dev/null
api PATCH /apps/abc-d-run/config-vars '{"FERRET_FLEET":"abc-d"}' >/dev/null
api POST /apps '{"name":"abc-run"}' >/dev/null
api POST /apps '{"name":"abc-logs"}' >/dev/null
api PATCH /apps/abc-logs/config-vars '{"FERRET_FLEET":"abc-logs"}' >/dev/null
: >toll
tool setup abc --canaries
is "$? $(changes)" "100 0" "names that are taken: refused before anything is done"
like "$(<err)" "abc-run: there is such an app already, which carries no mark of a fleet" "in one line"
like "$(<err)" "abc-logs: there is such an app already, which belongs to fleet abc-logs" "each"
# An app that the journal announced, but that is older, or that somebody has used, is not ours either.
echo "creating abc-run $(($(date +%s) + 5)) $GATE" >abc.env.setup
tool setup abc --canaries
is "$? $(changes)" "100 0" "older than the journal's word"
api PATCH /apps/abc-run/config-vars '{"MINE":"1"}' >/dev/null
api PATCH /apps/abc-run/config-vars '{"MINE":null}' >/dev/null
echo "creating abc-run $(($(date +%s) - 600)) $GATE" >abc.env.setup
tool setup abc --canaries
is "$? $(changes)" "100 0" "used by somebody"
cp abc.env.setup kept
tool teardown abc --confirm abc
is "$? $(changes)" "0 0" "nor does teardown take it"
like "$(<out)" "kept abc-run: carries no mark" "and says why"
rm -f abc.env.setup
status DELETE /apps/abc-run >/dev/null
status DELETE /apps/abc-logs >/dev/null
before=$(whole .)

# ---- killed again and again ----
runs=0 limit=60
: >toll
until echo "$((4 + runs % 3)) $([ $((runs % 2)) = 0 ] && echo after || echo before)" >kill && tool setup abc --canaries; do
	[ $((++runs)) -lt $limit ] || break
done
rm -f kill
at_least "$runs" 5 "setup was killed again and again ($runs times)"
at_most "$runs" $((limit - 1)) "and came to its end"
is "$(marked abc | tr '\n' ' ')" "abc-addons abc-config abc-crasher abc-endpoint abc-git abc-heroku-24 abc-heroku-26 abc-lease abc-logs abc-push abc-recurl abc-release abc-restart abc-run abc-scale " "with all its apps"
is "$(grep -c '^POST /apps 201' toll)" 15 "each made once"
is "$(journals)" 0 "and no journal left"
: >toll
tool setup abc --canaries
is "$? $(changes)" "0 0" "the next run only looks"
like "$(<out)" "fleet abc: 15 apps, nothing to do" "and says so"
formation() { api GET "/apps/$1/formation" >/dev/null; field 'map("\(.type)=\(.quantity)")|join(" ")'; }
is "$(formation abc-run) $(formation abc-heroku-26) $(formation abc-crasher)" "web=0 web=1 worker=0" "what shall run does"
api GET /apps/abc-heroku-26 >/dev/null
is "$(field .stack.name)" heroku-26 "on its stack"
url=$(field .web_url)
answers() { curl -sf --max-time 5 --connect-to "::${ROUTER%:*}:${ROUTER#*:}" "$url" | grep -q 'hello world'; }
wait_for 30 answers
ok $? "and answers"
api GET /apps/abc-endpoint/domains >/dev/null
is "$(field 'map(select(.kind == "custom")|"\(.hostname) \(.sni_endpoint.id != null)")|join(" ")')" "abc-endpoint.localhost true" "a domain with a certificate"
api GET /apps/abc-endpoint/sni-endpoints >/dev/null
is "$(field length) $(field '.[0].ssl_cert.cert_domains[0]')" "1 abc-endpoint.localhost" "of its own"
field '.[0].certificate_chain' >chain.pem
endpoint=$(field '.[0].id')
like "$(curl -s --max-time 10 --cacert chain.pem --resolve "abc-endpoint.localhost:${ROUTER_TLS#*:}:127.0.0.1" "https://abc-endpoint.localhost:${ROUTER_TLS#*:}/")" "hello world" "which is served"

# A certificate that ends soon is renewed; what a monitor has just scaled is left alone.
openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=abc-endpoint.localhost -addext subjectAltName=DNS:abc-endpoint.localhost \
	-keyout short.key -out short.pem 2>/dev/null
api PATCH "/apps/abc-endpoint/sni-endpoints/$endpoint" "$(jq -n --rawfile c short.pem --rawfile k short.key '{certificate_chain:$c,private_key:$k}')" >/dev/null
status PATCH /apps/abc-scale/formation/web '{"quantity":2}' >/dev/null
: >toll
tool setup abc --canaries
is "$? $(grep -v '^GET' toll | cut -d' ' -f1)" "0 PATCH" "one thing is changed"
like "$(<out)" "renew abc-endpoint … done .*good for 36[45] days" "the certificate that ended soon"
is "$(formation abc-scale)" "web=2" "not what a monitor is just doing"

# ---- a second fleet whose name begins like the first; rate limited; full ----
env_of abc-d
status DELETE /apps/abc-d-run >/dev/null
status PUT /_sandbox/faults/limit '{"match":"POST /apps","status":429,"id":"rate_limit","times":2}' >/dev/null
tool setup abc-d --canaries
is $? 0 "rate limited: waited out"
is "$(marked abc-d | wc -l) $(marked abc | wc -l)" "15 15" "two fleets side by side"
status PUT /_sandbox/faults/full '{"match":"POST /apps","status":422,"id":"invalid_params","message":"You have reached your app limit of 100 apps."}' >/dev/null
env_of full
tool setup full --canaries
is $? 2 "a full account is a failure"
like "$(<err)" "create full-[a-z0-9-]*: the name is free, so the account or team may have no more apps.*app limit of 100 apps" "told in words"
status DELETE /_sandbox/faults >/dev/null
is "$(journals)" 0 "nothing is left open by a refusal"

# ---- teardown ----
fleet_d=$(whole '^abc-d-')
tool teardown abc
is "$? $(marked abc | wc -l)" "100 15" "without a terminal or --confirm nothing is deleted"
tool teardown abc --confirm ab
is "$? $(marked abc | wc -l)" "100 15" "nor with another name"
: >toll
tool teardown abc --dry-run
is "$? $(changes) $(grep -c 'would delete abc-' out)" "0 0 15" "a dry run lists"
like "$(<out)" "kept abc-d-run: belongs to fleet abc-d" "and what is kept, and why"
printf 'no\n' | TERM=dumb script -qec "$OUT/bin/teardown -e abc.env" /dev/null >out 2>&1
is "$(marked abc | wc -l)" 15 "the wrong name typed: nothing"
echo "3 before" >kill
tool teardown abc --confirm abc
is $? 137 "killed in the middle"
rm -f kill
api POST /apps '{"name":"abc-apps-1f2e"}' >/dev/null # a monitor's
api PATCH /apps/abc-apps-1f2e/config-vars '{"FERRET_FLEET":"abc","FERRET_OWNER":"heroku/apps"}' >/dev/null
printf 'abc\n' | TERM=dumb script -qec "$OUT/bin/teardown -e abc.env" /dev/null >out 2>&1
like "$(<out)" "teardown: fleet abc is gone" "the name typed on a terminal: it goes on"
is "$(marked abc | wc -l)" 0 "all of it, a monitor's leftover too"
[ "$(whole '^abc-d-')" = "$fleet_d" ]
ok $? "not the other fleet"
tool teardown abc --confirm abc
is $? 0 "again"
like "$(<out)" "fleet abc: nothing to delete" "there is nothing"
status PUT /_sandbox/faults/delete-403 '{}' >/dev/null
# Monitors were killed between an app's birth and its mark: one had noted what it was about to make.
api PATCH /apps/abc-d-lease/config-vars "{\"DEBT_00000001\":\"$(($(date +%s) - 2)):/apps/abc-d-apps-0badcafe\"}" >/dev/null
api POST /apps '{"name":"abc-d-apps-0badcafe"}' >/dev/null
api POST /apps '{"name":"abc-d-apps-0badbeef"}' >/dev/null
tool teardown abc-d --confirm abc-d
is "$? $(marked abc-d | wc -l)" "0 0" "the other fleet, where what is gone is 403"
is "$(apps | grep 0bad)" abc-d-apps-0badbeef "what was noted went, what only looks like it stays"
status DELETE /apps/abc-d-apps-0badbeef >/dev/null
status DELETE /_sandbox/faults >/dev/null
[ "$(whole .)" = "$(jq -S 'map(select(.app.name != "abc-d-run"))' <<<"$before")" ]
ok $? "the 100 foreign apps are as they were"

# ---- with a key of less power, which may not see whose it is ----
api POST /oauth/authorizations '{"scope":["read-protected","write-protected"]}' >/dev/null
env_of weak "HEROKU_API_KEY=$(field .access_token.token)"
status PUT /_sandbox/faults/hidden '{"match":"GET /account","status":403,"id":"forbidden"}' >/dev/null
echo "20 after" >kill
tool setup weak --canaries
rm -f kill
tool setup weak --canaries
is "$? $(marked weak | wc -l)" "0 15" "a key that may not see its account makes a fleet, killed on the way"
tool teardown weak --confirm weak
is "$? $(marked weak | wc -l)" "0 0" "and deletes it"
status DELETE /_sandbox/faults >/dev/null

# ---- in a team ----
# ... of a platform that takes no name of its own as a domain: that is no failure, unless it was asked for.
status PUT /_sandbox/faults/name '{"match":"POST /apps/team-endpoint/domains","status":422,"id":"invalid_params"}' >/dev/null
env_of team ORG=sandbox-team ENDPOINT_DOMAIN=canary.example.com
tool setup team --canaries
is $? 2 "a domain that was asked for and is refused: a failure"
env_of team ORG=sandbox-team
tool setup team --canaries
is $? 0 "in a team"
like "$(<err)" "name team-endpoint: no ENDPOINT_DOMAIN is given, and the platform does not take team-endpoint.localhost" "a domain that is only a proposal: told"
status DELETE /_sandbox/faults >/dev/null
tool setup team --canaries
like "$(<out)" "certificate of team-endpoint.localhost is good" "and made when it can be"
is "$(curl -s -H "Authorization: Bearer $KEY" "$API/_sandbox/state" | jq -r '[.apps[] | select(.config.FERRET_FLEET == "team") | .app.team.name] | unique | join(" ")')" sandbox-team "are its apps"
api GET /apps/team-run/collaborators >/dev/null
is "$(field 'map(.user.email)|join(" ")')" ferret@example.com "we are among those who work on them"
: >toll
tool setup team --canaries
is "$? $(changes)" "0 0" "again: nothing"
tool teardown team --confirm team
is "$? $(marked team | wc -l)" "0 0" "and gone"

# ---- Ferret itself, as a slug of programs that are there ----
mkdir -p tree/bin tree/monitors/my tree/.profile.d
cp -r "$SRC/canaries" tree/
printf '#!/bin/bash\nexec sleep 1000\n' >tree/bin/ferret
printf '#!/bin/bash\necho "$APP $FERRET_FLEET ${L2MET_URL:+drain}"\nexec sleep 1000\n' >tree/monitors/my/check.sh
chmod +x tree/bin/ferret tree/monitors/my/check.sh
printf 'monitor_my_check: monitors/my/check.sh\n' >tree/Procfile
env_of own FREQ=20 PORT=5000 HTTP_GET_TARGETS="http://a.example http://b.example"
: >toll
tool setup own --slug --tree tree --size standard-1x
is $? 0 "Ferret itself, as a slug"
is "$(grep -c '^PATCH /apps/own/config-vars' toll)" 1 "its config in one PATCH"
api GET /apps/own/config-vars >/dev/null
is "$(field '[.APP,.FERRET_FLEET,.FREQ,.HTTP_GET_TARGETS,.PORT]|map(tostring)|join("|")')" "own|own|20|http://a.example http://b.example|null" "what .env says, but not this machine's port"
is "$(formation own)" "monitor_my_check=1 fleet=0" "each monitor once"
wait_for 30 up own
ok $? "and up"
api POST /apps/own/dynos '{"command":"ls canaries/web"}' >/dev/null
listed() { api POST /apps/own/log-sessions '{"lines":500}' >/dev/null; curl -s --max-time 10 "$(field .logplex_url)" | grep -qF ']: web.c'; }
wait_for 30 listed
ok $? "with the canaries' source, which monitors deploy"
api GET /apps/own/log-drains >/dev/null
is "$(field length)" 1 "one drain"
: >toll
tool setup own --slug --tree tree
is "$? $(changes)" "0 0" "again: nothing"
sed -i '/^L2MET_URL=/d' own.env
echo DRAIN_TOKEN="$SECRET.own" >>own.env
tool setup own --slug --tree tree --dry-run
like "$(<out)" 'would drain own .its own collector' "DRAIN_TOKEN: a drain to its own collector, planned"
tool setup own --slug --tree tree
is $? 0 "and added, without L2MET_URL"
api GET /apps/own >/dev/null
own=$(field .web_url)
api GET /apps/own/log-drains >/dev/null
is "$(field 'map(.url)|sort|first')" "${own%%//*}//drain:$SECRET.own@$(sed 's|^[a-z]*://||' <<<"$own")logs?app=own" "at the address that the platform gave it"
: >toll
tool setup own --slug --tree tree
is "$? $(changes)" "0 0" "again: nothing"
tool setup own --slug --tree tree --size eco
is "$? $(formation own)" "0 monitor_my_check=0 fleet=1" "on Eco dynos: one with all monitors in it"
tool setup own --slug --tree tree --formation nothing=1
is $? 100 "a formation that names what there is not"
like "$(<err)" "nothing.: there is no such process type" "is refused"
rm tree/monitors/my/check.sh
tool setup own --slug --tree tree
is $? 100 "a program that is not built"
like "$(<err)" "process type monitor_my_check is not built" "is named"
tool teardown own --confirm own
is "$? $(marked own | wc -l)" "0 0" "and gone"
like "$(grep '^delete' out | tail -1)" "^delete own …" "APP itself last"

unlike "$(<said)" "$SECRET|$KEY|HRKU-|BEGIN .*KEY" "no secret in anything that was said"
is "$(journals)" 0 "no journal left"
is "$(running)" 0 "no process left"
unlike "$(<log)" "answer|Traceback" "nor did the sandbox find fault with itself"
done_testing
