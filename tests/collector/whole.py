# SPDX-License-Identifier: MIT
"""whole.py URL SOURCE WORDS FOLDER [SHOTS]: a person who has the dashboard open while SOURCE breaks, says
WORDS and recovers. Prints `up`, `down`, `words`, `up again` as each is seen, then complaints."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helper"))
from browser import Browser  # noqa: E402

URL, SOURCE, WORDS, FOLDER = sys.argv[1:5]
SHOTS = sys.argv[5] if len(sys.argv) > 5 else ""
TILE = f"[...document.querySelectorAll('article.tile')].find(t => t.querySelector('h3 a')?.title === '{SOURCE}')"
SHAPES = [(1280, 800, "light"), (1280, 800, "dark"), (390, 844, "light"), (390, 844, "dark")]


def say(*words):
    print(*words, flush=True)


def state(page, wanted, seconds):
    return page.wait(f"({TILE})?.dataset.state === '{wanted}'", seconds)


def shots(browser, name, path="/"):
    for width, height, scheme in SHAPES if SHOTS else []:
        page = browser.page(width, height, scheme)
        page.goto(URL + path)
        page.wait("document.querySelector('#live .text')?.textContent === 'live'", 5)
        page.shot(os.path.join(SHOTS, f"whole-{name}-{width}-{scheme}.png"))
        page.close()


with Browser(FOLDER) as browser:
    page = browser.page(1280, 800)
    page.goto(URL + "/")
    say("up" if state(page, "up", 90) else "never up")
    if not state(page, "down", 120):
        say("never down")
    say("down")
    text = page.wait(f"({TILE})?.querySelector('.words')?.textContent.includes({WORDS!r}) && ({TILE}).textContent", 30)
    say("words" if text else "other words: " + str(page.eval(f"({TILE})?.textContent")))
    say("first" if page.wait(f"document.querySelector('#broken')?.textContent.includes('{SOURCE}')", 20) else "not among what is broken")
    shots(browser, "down")
    shots(browser, "check", f"/check?app=fle&source={SOURCE}")
    shots(browser, "incidents", "/incidents")
    say("shot")
    say("up again" if state(page, "up", 120) else "not up again")
    shots(browser, "up")
    say("complaints:", *page.complaints)
