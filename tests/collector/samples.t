#!/bin/bash
# SPDX-License-Identifier: MIT
# The platform's lines, posted as the platform posts them: nothing that is known counts as plain.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
unset "${!ADMIN_@}" "${!DJANGO_SUPERUSER_@}" DRAIN_TOKEN DRAIN_TOKENS API_TOKEN METRICS_TOKEN
collector

# Sends requests 1 to 10 of samples.txt and the frames of parts B and C; says the answers, and how
# many lines of each kind the file tells of.
cat >send.py <<'E2'
import collections, http.client, json, re, sys

port, path = int(sys.argv[1]), sys.argv[2]
data = open(path, "rb").read()
ours = {"mem": "memory", "sighup": "hangup", "metrics": "runtime", "metrics/load": "runtime",
        "metrics/memory": "runtime", "postgres-log": "database-log", "one-off-start": "one-off",
        "build-start": "build", "build-ok": "build", "addon-attach": "attach", "app": "plain",
        "await": "plain", "l2met": "metrics"}
codes = {"L10": "loss", "L11": "loss", "L12": "loss", "L13": "loss", "L14": "notice", "L15": "notice"}
kinds, answers = collections.Counter(), collections.Counter()


def send(body, headers):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.request("POST", "/logs", body, headers)
    answers[c.getresponse().status] += 1
    c.close()


def expect(words):
    kind = re.search(r"kind=(\S+)", words)
    code = re.search(r"code=(L\d+)", words)
    dyno = re.search(r"code=(R\d+)", words)
    kinds[ours.get(kind[1], kind[1]) if kind else codes[code[1]] if code else
          "dyno-error" if dyno or re.match(r"src=heroku proc=worker", words) and not code else "router" if re.search(r"code=H|proc=router", words) else "plain"] += 1


for m in re.finditer(rb"#### REQUEST (\d+):[^\n]*\n((?:# [^\n]*\n)*)POST [^\n]*\n(.*?)\n\n", data, re.S):
    if int(m[1]) > 10:
        continue
    head = dict(line.split(": ", 1) for line in m[3].decode().split("\n"))
    body = data[m.end():m.end() + int(head["Content-Length"])]
    del head["Host"], head["Content-Length"]
    send(body, head)
for words in re.findall(r"^#= (?:[1-9]\.\d+|[BC]\.\d+) (.*)$", data.decode(), re.M):
    expect(words)
b = data[data.index(b"==== PART B"):data.index(b"==== PART C")].decode()
frames = b""
for time, src, proc, text in re.findall(r"^(\d\S+) (\w+)\[([^]]+)\]: (.*)$", b, re.M):
    frame = f"<190>1 {time} host {src} {proc} - {text}\n".encode()
    frames += b"%d %s" % (len(frame), frame)
send(frames, {"Content-Type": "application/logplex-1"})
c = data[data.index(b"==== PART C"):data.index(b"==== PART D")].decode()
frames = "".join(line + "\n" for line in re.findall(r"^\d+ <.*$", c, re.M))
send(frames.encode(), {"Content-Type": "application/logplex-1"})
print(json.dumps({"answers": answers, "kinds": dict(sorted(kinds.items()))}))
E2
python3 send.py "${PORTS[0]}" "$SRC/tests/collector/samples.txt" >told 2>why || sed 's/^/# /' why
is "$(jq -c .answers told)" '{"202":12}' 'all requests are taken'
curl -s "$URL/api/ingest" >ingest
is "$(jq -c '.kinds | to_entries | sort_by(.key) | from_entries' ingest)" "$(jq -c .kinds told)" 'each line is of its kind'
is "$(jq -c '[.duplicate_requests, .malformed, .count_mismatch, .refused]' ingest)" '[1,0,0,{}]' 'one request came twice, all else is well'
is "$(jq -c '[.plain[].lines] | add' ingest)" "$(jq .kinds.plain told)" 'what is plain is told by its source'
is "$(jq -r '.plain[].procid' ingest | grep -E '^(router|logplex|api|heroku-|postgres)')" '' 'and none of it is the platform'"'"'s'
is "$(jq -c .lost ingest | jq -c '[.L10, .L11, .L12, .L13]')" '[157,1101,222,111]' 'what others lost is summed'
done_testing
