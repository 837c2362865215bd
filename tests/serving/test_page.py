"""The page in a browser: a file is dropped on it, and what it says is seen."""

import base64
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tests.serving.conftest import TOKEN
from tests.serving.running import until
from tests.use.speakers import picture

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium or Chrome on this machine")
SHOTS = os.environ.get("SEQPIPE_SHOTS")
"""A folder for pictures of the page, where someone wants to look at it."""
LOOKS = {"wide": (1200, "light"), "narrow": (400, "light"), "wide-dark": (1200, "dark"), "narrow-dark": (400, "dark")}
NAME = "<img src=x onerror=alert(1)> & so on.mp4"
DROP = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name));
  const target = document.getElementById("drop");
  for (const type of ["dragover", "drop"])
    target.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser):
    """Opens a server's page; no error of the browser's is let pass, nor a request to another place."""
    pages, wrong = [], []

    def page_of(server, **looks):
        page = browser.new_page(**looks)
        page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: wrong.append(asked.url) if not is_its_own(asked.url, server) else None)
        page.goto(server.url)
        pages.append(page)
        return page

    yield page_of
    for page in pages:
        page.close()
    # A status above 399 is told there, whatever the page makes of it.
    assert [told for told in wrong if "Failed to load resource" not in told] == []


def is_its_own(url, server):
    return url.startswith((server.url, "data:", "blob:"))


def drop(page, name, data):
    page.evaluate(DROP, [name, base64.b64encode(data).decode()])


def shoot(page, name):
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.mark.parametrize("look", LOOKS)
def test_a_clip_that_is_dropped_is_answered(look, opened, client, roomy, clip):
    width, scheme = LOOKS[look]
    page = opened(roomy, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.get_by_text("trained on moving digits").wait_for()
    shoot(page, f"{look}-empty")
    drop(page, NAME, clip.read_bytes())
    page.locator("#answer").wait_for(state="visible")
    answer = client.post("/predict", files={"file": clip.read_bytes()}).json()
    assert page.locator("h2").inner_text() == answer["label"]
    assert page.locator("#name").inner_text() == NAME, "what a file is called is no HTML"
    bars = page.locator(".bars li")
    assert bars.count() == len(answer["probabilities"])
    assert bars.first.inner_text().split("\n")[-1] == f"{100 * answer['probability']:.1f} %"
    widths = [bar.bounding_box()["width"] for bar in page.locator(".bars .bar").all()]
    assert widths == sorted(widths, reverse=True)
    assert page.locator("#frames img").count() == 6
    assert all(page.evaluate("[...document.images].map((image) => image.complete && image.naturalWidth > 0)"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing hangs over the side"
    shoot(page, look)


def test_a_broken_file_is_told_and_a_good_one_follows(opened, roomy, client, clip):
    page = opened(roomy, viewport={"width": 400, "height": 800})
    page.get_by_text("trained on").wait_for()
    drop(page, "broken.mp4", b"no video")
    error = page.get_by_role("alert")
    error.wait_for(state="visible")
    assert error.inner_text().startswith("It cannot be opened as a video")
    assert not page.locator("#answer").is_visible()
    shoot(page, "narrow-error")
    with page.expect_file_chooser() as chooser:
        page.locator("#file").click()
    chooser.value.set_files(str(clip))
    page.locator("#answer").wait_for(state="visible")
    assert not error.is_visible()


def test_it_is_used_by_keyboard(opened, roomy, client):
    page = opened(roomy)
    page.get_by_text("trained on").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "file"
    with page.expect_file_chooser():
        page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_text("anticlockwise, ").is_visible(), "the classes are told below"


@pytest.mark.parametrize("look", LOOKS)
def test_segments_are_drawn_on_a_time_line(look, opened, labelling, labelled_project):
    width, scheme = LOOKS[look]
    samples = pd.read_parquet(labelled_project.data / "02_intermediate/frame_labels/samples.parquet")
    path = Path(samples["path"].iloc[0])
    with labelling.client() as client:
        until(lambda: client.get("/health").status_code == 200)
        answer = client.post("/predict", files={"file": path.read_bytes()}).json()
    page = opened(labelling, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.get_by_text("trained on").wait_for()
    drop(page, path.name, path.read_bytes())
    page.locator(".line").wait_for()
    drawn = [stretch.bounding_box() for stretch in page.locator(".line span").all()]
    whole = page.locator(".line").bounding_box()["width"]
    segments, end = answer["segments"], answer["duration_s"]
    assert [box["width"] for box in drawn] == pytest.approx(
        [whole * (one["end_s"] - one["start_s"]) / end for one in segments], abs=3
    )
    rows = [row.inner_text().split("\t")[0].strip() for row in page.locator("tbody tr").all()]
    assert rows == [one["label"] for one in segments]
    shoot(page, f"segments-{look}")


@pytest.mark.parametrize("look", LOOKS)
def test_a_word_shows_where_it_was_looked_for(look, opened, captioning, tmp_path):
    width, scheme = LOOKS[look]
    page = opened(captioning, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.get_by_text("trained on").wait_for()
    assert not page.locator("#typing").is_visible(), "pictures are not typed"
    drop(page, "new.png", picture(tmp_path / "new.png", "red", 40).read_bytes())
    page.locator("#answer").wait_for(state="visible")
    sentence, words = page.locator("h2").inner_text(), page.locator(".words button")
    assert sentence.startswith("a red picture")
    assert [word.inner_text() for word in words.all()][:3] == ["a", "red", "picture"]
    drawn = "document.querySelector('canvas').toDataURL()"
    first = page.evaluate(drawn)
    words.nth(2).hover()
    assert page.evaluate(drawn) != first
    assert words.nth(2).get_attribute("aria-pressed") == "true"
    assert words.nth(0).get_attribute("aria-pressed") == "false"
    assert page.get_by_text("of the picture").is_visible(), "who does not see it is told"
    frame, over = page.locator("#frames img").bounding_box(), page.locator("canvas").bounding_box()
    assert over["width"] == pytest.approx(0.75 * frame["width"], abs=1), "the square that is read of it"
    assert over["height"] == pytest.approx(frame["height"], abs=1)
    assert page.locator(".sentences li").count() == 4
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shoot(page, f"caption-{look}")


def test_a_typed_text_is_translated_and_its_words_are_shaded_by_keyboard(opened, translating):
    page = opened(translating, viewport={"width": 400, "height": 800})
    page.get_by_label("Or type a text").fill("eins <b>hund</b>")
    page.get_by_role("button", name="Answer").click()
    page.locator("#answer").wait_for(state="visible")
    assert page.locator("h2").inner_text().startswith("one")
    read = page.locator(".source span")
    assert read.first.inner_text() == "eins"
    assert "<unknown>" in read.all_inner_texts(), "what is read is no HTML"
    shares = "[...document.querySelectorAll('.source span')].map((one) => one.style.getPropertyValue('--share'))"
    page.get_by_role("button", name="Answer").focus()
    for place in (0, 1):
        page.keyboard.press("Tab")
        assert page.locator(".words button").nth(place).get_attribute("aria-pressed") == "true"
    assert sum(map(float, page.evaluate(shares))) == pytest.approx(1.0, abs=1e-3)
    assert page.locator("#look [aria-live]").inner_text().startswith(tuple(read.all_inner_texts())), "in words, too"
    shoot(page, "translation")


def test_a_token_is_asked_for(opened, narrow, admitted):
    page = opened(narrow)
    field = page.get_by_label("This server asks for a token")
    field.wait_for(state="visible")
    field.fill("wrong")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("That token is not the server's.").wait_for()
    shoot(page, "token")
    field.fill(TOKEN)
    page.keyboard.press("Enter")
    page.get_by_text("trained on").wait_for()
    assert not field.is_visible()
    page.reload()
    page.get_by_text("trained on").wait_for()
