# SPDX-License-Identifier: MIT
"""pages.py COLLECTOR PORT PORT FOLDER [SHOTS]: what tests/collector/pages.t tells, as TAP."""
import json
import os
import signal
import subprocess
import sys
import time
import traceback
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helper"))
from browser import Browser  # noqa: E402

COLLECTOR, PORT, OTHER, FOLDER = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
SHOTS = sys.argv[5] if len(sys.argv) > 5 else ""
HERE = f"http://127.0.0.1:{PORT}"
NOW = int(time.time())
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script> & </pre>"
WORDS = "connection refused by 127.0.0.1:9"
count = 0
STEP = 60  # seconds between slots


def ok(good, name, *why):
    global count
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
    if not good:
        for line in why:
            print("#   " + str(line)[:1500].replace("\n", "\n#   "), flush=True)
    return good


# ---- a collector, and lines for it ----

def start(port=PORT, **more):
    env = {k: v for k, v in os.environ.items()
           if k not in ("DYNO", "DATABASE_URL", "PORT", "BIND", "API_TOKEN", "DRAIN_TOKEN", "ADMIN_USERNAME", "ADMIN_PASSWORD", "FERRET_MANIFESTS", "FERRET_PUBLIC")}
    more = {"DATABASE_URL": f"sqlite:{FOLDER}/{port}.db", **more}
    args = [COLLECTOR, "--port", str(port)]
    with open(f"{FOLDER}/collector.log", "ab") as log:
        process = subprocess.Popen(args, env={**env, **more}, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).read()
            return process
        except OSError:
            if process.poll() is not None:
                raise SystemExit(f"collector ended: {open(f'{FOLDER}/collector.log').read()}")
            time.sleep(0.05)
    raise SystemExit("collector does not come up")


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait(60)


def post(lines, port=PORT):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/logs", data=("\n".join(lines) + "\n").encode(),
                                     headers={"Content-Type": "text/plain"})
    urllib.request.urlopen(request, timeout=60).read()


def slot(source, at, up=True, app="demo", site="eu", words=(), time_s=0.2):
    number = at // STEP
    head = f'app={app} xid={(number * 31 + hash_of(source)) & 0xffffffff:08x} source="{source}" i=0'
    lines = [f"{head} at=failure out={json.dumps(w)}" for w in words]
    phases = "measure#dns=0.0100s measure#connect=0.0300s measure#tls=0.0500s measure#ttfb=%.4fs measure#other=0.0100s" % (time_s - 0.1)
    lines.append(f"{head} ts={at * 1000} boot=6a2f slot={number} site={site} measure#uptime={100 if up else 0} measure#time={time_s:.4f}s "
                 f"measure#first={100 if up else 0} {phases} lag=0.0004 wait=0.0001 cpu=0.0012 mem=5.1"
                 + ("" if up else ' phase=connect repeat="monitors/http/get --once home=http://127.0.0.1:9/"'))
    return lines


def hash_of(text):
    return sum(ord(c) * 257 ** (i % 4) for i, c in enumerate(text))


NAMES = ["http.get.front", "http.get.login", "git.clone.demo", "git.push.demo", "dns.resolve.example", "heroku.run.bash",
         "tcp.connect.postgres", "ssh.fingerprint.git", "perf.disk.disk", "check.backup.nightly-with-a-rather-long-name-of-its-own"]


def fleet(since):
    """Ten checks until now: one down now, one silent, one of two sites, one that says hostile things."""
    lines = []
    for n, source in enumerate(NAMES):
        for at in range(since // STEP * STEP, int(time.time()) // STEP * STEP, STEP):
            down = source == "git.push.demo" and at > NOW - 900 or source == "http.get.login" and NOW - 5000 < at < NOW - 4400
            if source == "perf.disk.disk" and at > NOW - 1800:
                continue
            words = ([HOSTILE, "second line of it"] if source == "http.get.login" else [WORDS]) if down else ()
            lines += slot(source, at, not down, words=words, time_s=0.2 + n / 20 + (at // STEP % 7) / 50)
            if source == "dns.resolve.example":
                lines += slot(source, at, True, site="us", time_s=0.3)
    for part in range(0, len(lines), 8000):
        post(lines[part:part + 8000])


# ---- what every page has to be ----

CONTRAST = r"""(() => {
	const parse = (text) => { const n = (text.match(/[\d.]+/g) || []).map(Number); return [n[0], n[1], n[2], n.length > 3 ? n[3] : 1]; };
	const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
	const light = (c) => { const v = c.slice(0, 3).map((x) => { x /= 255; return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; }); return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
	const ground = (node) => { const list = []; for (let n = node; n; n = n.parentElement) list.push(parse(getComputedStyle(n).backgroundColor));
		return list.reverse().reduce((under, c) => over(c, under), parse(getComputedStyle(document.documentElement).colorScheme === "dark" ? "rgb(0,0,0)" : "rgb(255,255,255)")); };
	const bad = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	let seen = 0;
	while (walk.nextNode()) {
		const node = walk.currentNode.parentElement;
		if (!walk.currentNode.textContent.trim() || node.closest(".off, noscript, script, svg, [hidden], .skip") || !node.getClientRects().length)
			continue;
		const b = ground(node), a = over(parse(getComputedStyle(node).color), b), [x, y] = [light(a), light(b)];
		const ratio = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
		seen++;
		if (ratio < 4.5)
			bad.push(`${ratio.toFixed(2)} ${node.tagName}.${node.className}: ${walk.currentNode.textContent.trim().slice(0, 40)}`);
	}
	return { seen, bad: [...new Set(bad)] };
})()"""
SHIFT = """new Promise((done) => { let sum = 0; const seen = (list) => list.getEntries().forEach((e) => { if (!e.hadRecentInput) sum += e.value; });
	const o = new PerformanceObserver(seen); o.observe({ type: "layout-shift", buffered: true });
	requestAnimationFrame(() => requestAnimationFrame(() => { seen({ getEntries: () => o.takeRecords() }); done(sum); })); })"""
NAMELESS = r"""[...document.querySelectorAll("button, a[href], input:not([type=hidden]), select, textarea, [role=img], dialog, nav, section, table")].filter((n) => {
	if (n.closest("[hidden], .dygraph-roller") || !n.getClientRects().length && n.tagName !== "INPUT") return false;
	const by = n.getAttribute("aria-labelledby"), label = n.labels && n.labels.length ? n.labels[0].textContent : "";
	if (n.tagName === "TABLE") return false;
	if (n.tagName === "SECTION") return n.classList.contains("part") && !(n.getAttribute("aria-label") || by && document.getElementById(by));
	return !((n.getAttribute("aria-label") || "") + (by ? document.getElementById(by).textContent : "") + label + n.textContent).trim();
}).map((n) => n.outerHTML.slice(0, 120))"""


def look(browser, path, name, width, scheme):
    page = browser.page(width, 844 if width < 500 else 800, scheme)
    page.goto(HERE + path)
    label = f"{name} at {width}, {scheme}"
    ready = page.wait("document.body.dataset.ready === '1'", 60)
    ok(ready, f"{label}: comes up", page.complaints)
    page.wait("!document.querySelector('.chart') || location.pathname !== '/check' || !!document.querySelector('.chart canvas')", 30)
    shift = page.eval(SHIFT)
    ok(shift < 0.05, f"{label}: nothing jumps", shift)
    wide = page.eval("document.documentElement.scrollWidth")
    ok(wide <= width, f"{label}: no sideways scrolling", wide)
    contrast = page.eval(CONTRAST)
    ok(contrast["seen"] > 5 and not contrast["bad"], f"{label}: contrast of {contrast['seen']} texts", *contrast["bad"])
    nameless = page.eval(NAMELESS)
    ok(not nameless, f"{label}: what can be used has a name", *nameless)
    if SHOTS:
        os.makedirs(SHOTS, exist_ok=True)
        page.shot(os.path.join(SHOTS, f"{name}-{width}-{scheme}.png"))
    ok(not page.complaints, f"{label}: no error, nothing refused by the policy", *page.complaints)
    return page


def all_pages(browser):
    pages = [("/", "fleet"), ("/check?app=demo&source=http.get.login", "check"), ("/incidents", "incidents"), ("/ingest", "ingest"), ("/login", "login")]
    for path, name in pages:
        for width, scheme in ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")):
            look(browser, path, name, width, scheme).close()


# ---- one by one ----

def empty(browser):
    page = look(browser, "/", "empty", 1280, "light")
    look(browser, "/", "empty", 390, "dark").close()
    text = page.eval("document.getElementById('empty').textContent")
    ok(HERE in text and "heroku drains:add" in text and "L2MET_URL=" in text, "without lines the page says what to do, with its address", text)
    command = page.eval("document.querySelector('#empty code').textContent")
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60, check=False)
    ok(done.returncode == 0, "the first command line works as it stands", command, done.stderr)
    ok(page.wait("document.querySelector('.tile[data-state=up] h3 a')?.textContent === 'http.get.home'", 60), "and its tile appears without a reload")
    ok(page.wait("document.getElementById('empty').hidden && !document.getElementById('wall').hidden", 30), "in place of the help")
    page.close()


TILES = "[...document.querySelectorAll('.tile')].map((t) => [t.dataset.state, t.querySelector('h3 a').textContent])"


def tile_of(source):
    return f"[...document.querySelectorAll('.tile')].find((t) => t.querySelector('h3 a').textContent === '{source}')"


def wall(browser):
    fleet(int(time.time()) // STEP * STEP - 2 * STEP)  # it took a while until here; nobody is silent but one
    page = browser.page(1280, 800)
    page.goto(HERE + "/")
    page.wait("document.body.dataset.ready === '1' && document.querySelectorAll('.tile').length >= 11", 60)
    tiles = page.eval(TILES)
    ok(tiles[0] == ["down", "git.push.demo"], "what is down comes first", tiles)
    states = page.eval("[...document.querySelectorAll('.group')].map((g) => [...g.querySelectorAll('.tile')].map((t) => t.dataset.state))")
    order = {"down": 0, "unknown": 1, "up": 2}
    ok(all([order[s] for s in g] == sorted(order[s] for s in g) for g in states), "in each group, too", states)
    ok(page.eval("document.querySelector('#verdict .big').textContent") == "1 of 11 checks down", "the line of the whole",
       page.eval("document.querySelector('#verdict').textContent"))
    ok(WORDS in page.eval(f"{tile_of('git.push.demo')}.querySelector('.words').textContent"), "the failure's words are on its tile")
    ok(WORDS in page.eval("document.getElementById('broken').textContent"), "and in the list of what is broken")
    ok("unknown" in page.eval(f"{tile_of('perf.disk.disk')}.textContent"), "who is silent is unknown, in words")
    ok("eu up, us up" in page.eval(f"{tile_of('dns.resolve.example')}.textContent"), "two sites stand side by side")
    tile = page.eval(f"{tile_of('http.get.login')}.textContent")
    ok("<img src=x" in tile and page.eval("document.title") != "owned" and page.eval("document.querySelectorAll('main img, main script:not([src])').length") == 0,
       "hostile words stay words", tile)
    red = page.eval("document.getElementById('g-git').dataset.level")
    ok(red == "red" and "red" in page.eval("document.querySelector('#g-git .level').textContent"), "its group is red, and says so", red)
    keyboard(page)
    live(page)
    stale(page)
    ok(not [c for c in page.complaints if "ERR_" not in c and "502" not in c], "and no error all the while", *page.complaints)
    page.close()


def keyboard(page):
    page.eval("document.activeElement.blur()")
    page.key("Tab")
    ok(page.eval("document.activeElement.classList.contains('skip')"), "the first Tab is at the skip link")
    for _ in range(80):
        if page.eval("!!document.activeElement.closest('.tile')"):
            break
        page.key("Tab")
    ok(page.eval("document.activeElement.textContent") == "git.push.demo", "Tab reaches the first tile", page.eval("document.activeElement.outerHTML"))
    outline = page.eval("getComputedStyle(document.activeElement.closest('.tile')).outlineStyle")
    ok(outline == "solid", "where it is can be seen", outline)
    page.key("j")
    ok(page.eval("document.activeElement.closest('.tile') === document.querySelectorAll('.tile')[1]"), "j goes to the next")
    page.key("ArrowDown")
    ok(page.eval("document.activeElement.closest('.tile') === document.querySelectorAll('.tile')[2]"), "an arrow, too")
    page.eval("document.activeElement.blur()")
    page.key("ArrowDown")
    ok(page.eval("document.activeElement === document.body"), "but elsewhere it scrolls")
    page.key("?", shift=True)
    ok(page.eval("document.getElementById('help')?.open && document.getElementById('help').textContent.includes('Search')"), "? tells the keys")
    page.key("Escape")
    page.key("/")
    page.type("dns")
    ok(page.wait("document.querySelectorAll('.tile').length === 1", 20) and "q=dns" in page.eval("location.search"), "/ searches, and the address keeps it")
    page.key("Escape")
    ok(page.wait("document.querySelectorAll('.tile').length === 11", 20), "Escape shows all again")
    page.eval("document.activeElement.blur()")
    page.key("3")
    ok(page.wait("location.search.includes('window=7d')", 20), "3 is the window of seven days, kept in the address", page.eval("location.search"))
    page.key("2")
    page.key("t")
    light = page.eval("document.documentElement.dataset.theme")
    page.key("t")
    ok([light, page.eval("document.documentElement.dataset.theme"), page.eval("localStorage.getItem('ferret-theme')")] == ["light", "dark", "dark"], "t changes the colours, for good")
    page.key("t")


def live(page):
    page.eval("window.same = true")
    ok(page.wait("document.getElementById('live').dataset.state === 'live'", 30), "news come by a stream of events")
    page.eval("""(() => { window.touched = new Set(); new MutationObserver((list) => list.forEach((m) => { const t = (m.target.closest ? m.target : m.target.parentElement).closest('.tile');
        if (t && m.type !== 'characterData') touched.add(t.querySelector('h3 a').textContent); })).observe(document.getElementById('groups'), { subtree: true, attributes: true, attributeFilter: ['data-state'] }); })()""")
    at = int(time.time()) // STEP * STEP  # the slots before it are there
    post(slot("http.get.front", at, False, words=["boom goes the page"]))
    ok(page.wait(f"{tile_of('http.get.front')}.dataset.state === 'down'", 30), "a failure turns its tile red by itself")
    ok(page.wait(f"{tile_of('http.get.front')}.textContent.includes('boom goes the page')", 30), "with its words")
    ok(page.wait("document.querySelector('#verdict .big').textContent === '2 of 11 checks down'", 30), "the line of the whole follows")
    ok(page.wait("document.title === '▼ 2 down · Ferret'", 10), "the title, too", page.eval("document.title"))
    ok(page.wait("document.querySelector('#g-http').dataset.level === 'red'", 30), "and its group")
    ok(page.eval("window.same === true && [...touched].join() === 'http.get.front'"), "without a reload, and no other tile was written", page.eval("[...touched].join()"))
    post(slot("http.get.front", at + STEP, True))
    ok(page.wait(f"{tile_of('http.get.front')}.dataset.state === 'up'", 30), "and back when it works again")


def stale(page):
    global process
    process.kill()
    process.wait()
    ok(page.wait("document.getElementById('stale')?.textContent.includes('Stale since')", 40), "a lost connection is told", page.eval("document.body.dataset.ready"))
    ok(page.eval("document.querySelectorAll('.tile').length") == 11, "what was known stays on the page")
    process = start()
    ok(page.wait("!document.getElementById('stale') && document.getElementById('live').dataset.state === 'live'", 60), "and it finds back by itself",
       page.eval("document.getElementById('live').dataset.state"))
    ok(WORDS in page.eval(f"{tile_of('git.push.demo')}.textContent"), "the words of what is broken outlive the collector")


def whole_check(browser):
    post(slot("http.get.login", int(time.time()) // STEP * STEP + STEP, False, words=[HOSTILE, "second line of it"]))
    page = browser.page(1280, 800)
    page.goto(HERE + "/check?app=demo&source=http.get.login")
    ok(page.wait("document.querySelectorAll('.chart canvas').length >= 2", 60), "a check's page draws its charts", page.complaints)
    names = page.eval("[...document.querySelectorAll('#phases-legend .key')].map((n) => n.textContent.split(' ')[0]).join()")
    ok(names == "dns,connect,tls,ttfb,other", "phases are stacked in their order", names)
    names = page.eval("[...document.querySelectorAll('#latency-legend .key')].map((n) => n.textContent.split(' ')[0]).join()")
    ok(names == "p50,p95,p99", "over percentiles", names)
    painted = page.eval("""[...document.querySelectorAll('.chart canvas')].filter((c) => c.width && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 === 3 && v)).length""")
    ok(painted >= 2, "there is something in them", painted)
    ok(page.eval("document.querySelectorAll('#histogram rect[height]').length") == 40 and "samples" in page.eval("document.getElementById('histogram').textContent"), "a histogram")
    ok(page.eval("document.querySelectorAll('#slots tbody tr').length") >= 1, "slots")
    sites = page.eval("document.getElementById('sites').textContent")
    ok(all(w in sites for w in ("eu", "any of them", "majority of them (counts)", "all of them")), "sites side by side", sites)
    ok(page.eval("document.querySelectorAll('#incidents details').length") == 2, "incidents", page.eval("document.getElementById('incidents').textContent"))
    page.eval("document.querySelector('#incidents details').open = true")
    said = page.eval("document.querySelector('#incidents details .output').textContent")
    ok(said == HOSTILE + "\nsecond line of it", "an incident tells all that was said, as it was said", said)
    ok(page.eval("document.getElementById('fail-out').textContent") == said and page.eval("document.title") != "owned", "so does the last failure")
    ok(page.eval("document.querySelector('#repeat code').textContent") == "monitors/http/get --once home=http://127.0.0.1:9/", "the command that repeats it")
    page.browser.send("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": HERE})
    page.send("Page.bringToFront")
    page.eval("document.querySelector('#repeat .copy').click()")
    ok(page.wait("document.querySelector('#repeat .copy').textContent === 'Copied'", 10), "is copied by its button", page.eval("document.querySelector('#repeat .copy').textContent"))
    ok(page.eval("navigator.clipboard.readText()") == "monitors/http/get --once home=http://127.0.0.1:9/", "as it is")
    page.eval("document.querySelector('#windows input[value=\"7d\"]').click()")
    ok(page.wait("location.search.includes('window=7d') && document.getElementById('facts').textContent.includes('uptime by time, 7d')", 30), "its window is kept in the address")
    ok(page.eval("document.querySelector('#windows input:checked').value") == "7d", "and shown as chosen")
    post(slot("http.get.newcomer", int(time.time()) // STEP * STEP, True))
    page.goto(HERE + "/check?app=demo&source=http.get.newcomer")
    ok(page.wait("document.getElementById('facts').textContent.includes('uptime by time, 1h')", 30) and page.eval("document.querySelector('#windows input:checked').value") == "1h", "of what is known for minutes, an hour is shown first")
    page.goto(HERE + "/check?app=demo&source=http.get.newcomer&window=24h")
    ok(page.wait("document.getElementById('facts').textContent.includes('uptime by time, 24h')", 30), "unless a day was asked for")
    page.goto(HERE + "/check?app=demo&source=http.get.nothing")
    ok(page.wait("!document.getElementById('missing').hidden", 30) and "http.get.nothing" in page.eval("document.getElementById('missing').textContent"), "a check that is none is told")
    page.close()


PURE = """(async () => {
	const at = document.querySelector('link[rel=stylesheet]').href.replace(/app[.]css$/, ''), bad = [];
	const [w, m, h] = await Promise.all(['words', 'merge', 'histogram'].map((name) => import(`${at}${name}.js`)));
	const is = (got, wanted) => { if (JSON.stringify(got) !== JSON.stringify(wanted)) bad.push(`${JSON.stringify(got)} is not ${JSON.stringify(wanted)}`); };
	const plain = (text) => text.replaceAll('\\u00a0', ' ');
	is([1, 0.99996, 0.9999999999, 0.5, 0, null].map(w.percent).map(plain), ['100 %', '99.996 %', '> 99.9999 %', '50.0 %', '0.0 %', '–']);
	is([0, 59999, 65000, 3600000, 11 * 3600000 + 5, 90061000, 40 * 86400000, null].map(w.duration).map(plain), ['0 s', '1 min', '1 min 5 s', '1 h', '11 h', '1 d 1 h', '40 d', '–']);
	is([0, 0.0004, 0.0042, 0.25, 1.5, 42, 300, null].map(w.seconds).map(plain), ['0 ms', '0.40 ms', '4.2 ms', '250 ms', '1.50 s', '42.0 s', '5 min', '–']);
	is([999, 1500, 2500000, null].map(w.bytes).map(plain), ['999 B', '1.5 kB', '2.5 MB', '–']);
	const one = (t, v) => [t, 1, v, v, v, v, v, v], hundred = Array.from({ length: 100 }, (_, i) => one(i * 10, i + 1));
	is(m.joined(hundred, 1000), [[0, 100, 5050, 1, 100, 50, 95, 99]]);
	is(m.joined(hundred, 500).map((b) => [b[0], b[1], b[2], b[5]]), [[0, 50, 1275, 25], [500, 50, 3775, 75]]);
	is(m.joined([[60000, 5, 10, 1, 3, 2, 2.9, 3]], 60000), [[60000, 5, 10, 1, 3, 2, 2.9, 3]]);
	is([m.stepFor(86400000, 60000), m.stepFor(3600000, 60000), m.stepFor(30 * 86400000, 3600000)], [600000, 60000, 5 * 3600000]);
	is([0.5, 1].map((q) => h.quantile([[0, 1, 50], [1, 2, 50]], 100, q)), [1, 2]);
	is(w.firstLine('\\n \\n  here \\nthere'), 'here');
	return bad;
})()"""


def lists(browser):
    page = browser.page(1280, 800)
    page.goto(HERE + "/incidents")
    page.wait("document.querySelectorAll('.incident').length > 1", 60)
    ok(page.eval("document.querySelector('.day').textContent") == "Open", "open incidents come first")
    page.eval("document.getElementById('plan').open = true")
    page.eval("Object.entries({app: 'demo', source: 'git.*', minutes: '90', note: '<b>new</b> disk'}).forEach(([k, v]) => { document.querySelector(`#plan-form [name=${k}]`).value = v; })")
    page.eval("document.querySelector('#plan-form button').click()")
    ok(page.wait("!document.getElementById('planned').hidden && document.getElementById('windows').textContent.includes('<b>new</b> disk')", 30), "a window is planned on the page, its note as it is", page.eval("document.getElementById('plan-said').textContent"))
    ok("now, 1 h" in page.eval("document.getElementById('windows').textContent").replace("\u00a0", " ") and not page.eval("document.getElementById('plan').open"), "and runs", page.eval("document.getElementById('windows').textContent"))
    page.eval("document.querySelector('#plan-form [name=minutes]').removeAttribute('max'); document.querySelector('#plan-form [name=minutes]').value = '99999'; document.querySelector('#plan-form button').click()")
    ok(page.wait("document.getElementById('plan-said').textContent.includes('at most 31 days')", 30), "what cannot be is told in the collector's words", page.eval("document.getElementById('plan-said').textContent"))
    page.eval("document.querySelector('#windows button').click()")
    ok(page.wait("document.getElementById('planned').hidden", 30), "and it is ended there")
    page.eval("document.querySelector('#which input[value=\"1\"]').click()")
    ok(page.wait("document.querySelectorAll('.incident').length === 2 && [...document.querySelectorAll('.incident')].every((n) => n.classList.contains('open'))", 30), "or alone",
       page.eval("document.getElementById('list').textContent"))
    bad = page.eval(PURE)
    ok(not bad, "numbers are written and joined as they should be", *bad)
    page.goto(HERE + "/ingest")
    page.wait("document.body.dataset.ready === '1'", 60)
    before = page.eval("document.querySelector('#verdict .big').textContent")
    post(["something that nobody reads"] * 3)
    ok(page.wait(f"document.querySelector('#verdict .big').textContent.split(' ')[0] !== {json.dumps(before)}.split(' ')[0]", 30), "the count of lines goes on by itself", before)
    page.close()


def many(browser):
    lines = []
    for i in range(1000):
        for k in range(3, -1, -1):
            lines += slot(f"check.many.c{i}", int(time.time()) - 30 * k, i != 500, app=f"app-{i % 9}", words=["it broke"] if i == 500 else ())
    for part in range(0, len(lines), 8000):
        post(lines[part:part + 8000])
    page = browser.page(1280, 800)
    began = time.monotonic()
    page.goto(HERE + "/")
    first = page.wait("document.querySelectorAll('.tile').length > 50", 120)
    ready = time.monotonic() - began
    ok(first and page.eval(TILES)[0][0] == "down", "a thousand checks: what is broken is there at once")
    ok(page.wait("document.querySelectorAll('.tile').length >= 1011", 120), "and all the others after it", page.eval("document.querySelectorAll('.tile').length"))
    print(f"# first tiles after {ready:.2f} s, all after {time.monotonic() - began:.2f} s; {page.eval('document.querySelectorAll(`*`).length')} elements")
    spent = page.eval("(() => { const t = performance.now(); document.body.offsetHeight; return performance.now() - t; })()")
    ok(page.eval("document.body.classList.contains('dense')"), "shown densely", spent)
    ok(page.eval("document.documentElement.scrollWidth") <= 1280, "no sideways scrolling")
    if SHOTS:
        page.shot(os.path.join(SHOTS, "thousand-1280-light.png"), whole=False)
    post(slot("check.many.c700", int(time.time()) // STEP * STEP + STEP, False, app="app-7", words=["broke, too"]))
    ok(page.wait("[...document.querySelectorAll('.tile[data-state=down] h3 a')].some((a) => a.textContent === 'check.many.c700')", 30), "one of them changes by itself")
    ok(not page.complaints, "no error", *page.complaints)
    page.close()


def manifests():
    os.makedirs(f"{FOLDER}/groups", exist_ok=True)
    with open(f"{FOLDER}/groups/a.json", "w") as out:
        json.dump({"name": "mine", "title": "My <b>own</b>", "checks": ["http.*"], "levels": {"green": 1, "yellow": 0.5}}, out)


def mine(browser):
    manifests()
    other = start(OTHER, FERRET_MANIFESTS=f"{FOLDER}/groups", FERRET_PUBLIC="1")
    at = int(time.time())
    post(slot("http.get.home", at) + slot("http.get.login", at, False, words=["a secret in the output"]), OTHER)
    page = browser.page(1280, 800)
    page.goto(f"http://127.0.0.1:{OTHER}/")
    ok(page.wait("document.querySelector('.group h2')?.textContent === 'My <b>own</b>'", 60), "groups of FERRET_MANIFESTS", page.eval("document.body.textContent"))
    page.goto(f"http://127.0.0.1:{OTHER}/public")
    ok(page.wait("document.querySelectorAll('.public li').length === 2", 60), "the public page", page.complaints)
    text = page.eval("document.body.textContent")
    ok("1 of 2 not working" in text and "http.get.home" in text and "secret" not in text, "tells states, and nothing that was said", text)
    for width, scheme in ((1280, "light"), (390, "dark")):
        page.shape(width, 844, scheme)
        contrast = page.eval(CONTRAST)
        ok(contrast["seen"] > 5 and not contrast["bad"] and page.eval("document.documentElement.scrollWidth") <= width, f"it can be read at {width}, {scheme}", contrast)
        if SHOTS:
            page.shot(os.path.join(SHOTS, f"public-{width}-{scheme}.png"))
    ok(not page.complaints, "without an error", *page.complaints)
    page.close()
    stop(other)


def login(browser):
    there = f"http://127.0.0.1:{OTHER}"
    other = start(OTHER, ADMIN_USERNAME="ann", ADMIN_PASSWORD="correct horse battery", DRAIN_TOKEN="drop", FERRET_MANIFESTS=f"{FOLDER}/groups", DATABASE_URL=f"sqlite:{FOLDER}/login.db")
    page = browser.page(1280, 800)
    page.goto(f"{there}/incidents?open=1")
    ok(page.wait("location.pathname === '/login' && document.body.dataset.ready === '1'", 30), "nobody is led to the login", page.eval("location.href"))
    for password, path in (("wrong", "/login"), ("correct horse battery", "/incidents")):
        page.eval("document.getElementById('user').focus()")
        page.type("ann")
        page.key("Tab")
        page.type(password)
        page.key("Enter")
        if path == "/login":
            ok(page.wait("document.getElementById('note')?.textContent.includes('not the name')", 60), "a wrong password is told", page.eval("document.body.textContent"))
    ok(page.wait("location.href.endsWith('/incidents?open=1') && document.body.dataset.ready === '1'", 60), "the right one leads on to where one wanted to go", page.eval("location.href"))
    ok(page.wait("document.querySelector('.who .name')?.textContent === 'ann'", 30), "the page knows who it is")
    ok(page.wait("document.getElementById('live').dataset.state === 'live'", 30), "and hears news")
    page.goto(f"{there}/")
    ok(page.wait("document.querySelector('#empty code')?.textContent.includes('http://drain:$DRAIN_TOKEN@127.0.0.1')", 30), "the help has the drain's token in its addresses", page.eval("document.body.textContent"))
    command = page.eval("document.querySelector('#empty code').textContent")
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60, check=False, env={**os.environ, "DRAIN_TOKEN": "drop"})
    ok(page.wait("document.querySelectorAll('.tile').length >= 1", 60), "and its first command works", command, done)
    page.eval("document.querySelector('.who button').click()")
    ok(page.wait("location.pathname === '/login'", 30), "one logs out again")
    page.goto(f"{there}/")
    ok(page.wait("location.pathname === '/login'", 30), "and is nobody")
    bad = [c for c in page.complaints if "401" not in c]
    ok(not bad, "without an error", *bad)
    page.close()
    stop(other)


process = start()
try:
    with Browser(FOLDER) as b:
        empty(b)
        fleet(NOW - 7200)
        all_pages(b)
        wall(b)
        whole_check(b)
        lists(b)
        many(b)
        mine(b)
        login(b)
except Exception:
    for line in traceback.format_exc().splitlines():
        print("# " + line, flush=True)
    raise
finally:
    process.kill()
    process.wait()
print(f"1..{count}")
