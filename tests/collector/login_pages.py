# SPDX-License-Identifier: MIT
# login_pages.py URL-OF-SET-UP NAME PORT FOLDER: in Chromium, under a name that is no loopback's and without
# TLS (so without Sec-Fetch-Site): the set-up link, logging out and in, and what is wrong on the way. TAP.
import os
import sys

sys.path.insert(0, os.environ["FERRET_SRC"] + "/tests/helper")
from browser import Browser  # noqa: E402

link, name, port, folder = sys.argv[1:]
count = 0


def ok(right, what, note=""):
    global count
    count += 1
    print(f"{'ok' if right else 'not ok'} {count} - {what}")
    if not right:
        print("#", note)


def fill(page, fields):
    for field, text in fields.items():
        page.eval(f"document.getElementById({field!r}).value = {text!r}")
    page.eval("document.querySelector('form button[type=submit]').click()")


with Browser(folder, name) as b:
    page = b.page(390, 844)
    page.goto(link)
    ok(page.eval("document.title").startswith("Set a password"), "the link shows a form")
    ok(page.eval("document.documentElement.scrollWidth <= 390"), "that fits a telephone")
    if os.environ.get("FERRET_SHOTS"):
        page.shot(os.environ["FERRET_SHOTS"] + "/setup-390.png")
    fill(page, {"user": "ann@example.com", "password": "long enough, really", "again": "long enough, realli"})
    page.wait("document.querySelector('[role=alert]')", 30)
    ok("not the same" in page.eval("document.body.innerText"), "two passwords that differ are told")
    fill(page, {"user": "ann@example.com", "password": "long enough, really", "again": "long enough, really"})
    page.wait("location.pathname === '/' && document.readyState === 'complete'", 60)
    ok(True, "a password is set, and its owner is on the wall of checks")
    page.wait("fetch('/api/checks').then(r => r.status).then(s => window.seen = s), window.seen === 200", 30)
    ok(page.eval("document.cookie") == "", "no script sees the cookie")
    page.eval("fetch('/api/session').then(r => r.json()).then(s => fetch('/logout', {method: 'POST',"
              " headers: {'X-Csrf-Token': s.csrf}})).then(r => window.left = r.status)")
    page.wait("window.left === 204", 30)
    page.goto(f"http://{name}:{port}/check?app=a&source=b")
    page.wait("location.pathname === '/login' && document.body.dataset.ready === '1'", 30)
    ok(True, "logged out, a page leads to the login")
    fill(page, {"user": "ann@example.com", "password": "wrong"})
    page.wait("location.search.includes('failed') && !document.getElementById('note').hidden", 60)
    ok(True, "a wrong password is told")
    fill(page, {"user": "ann@example.com", "password": "long enough, really"})
    page.wait("location.pathname === '/check' && location.search === '?app=a&source=b'", 60)
    ok(True, "the right one leads to where one wanted to be")
print(f"1..{count}")
