"""The page in a real browser: words, an upload, a paste, a removed example, and no complaint from the page's policy."""

import base64
import shutil
import threading
from pathlib import Path

import pytest

from sensorium.settings import Settings
from sensorium.types import Modality
from sensorium.web import serve

webdriver = pytest.importorskip("selenium.webdriver", reason="needs the package selenium")
from selenium.webdriver.chrome.options import Options  # noqa: E402  # after the check that it is there
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver on the PATH")

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
)  # fmt: skip
PASTE = """
const bytes = Uint8Array.from(atob(arguments[0]), (letter) => letter.charCodeAt(0));
const data = new DataTransfer();
data.items.add(new File([bytes], "pasted.png", {type: "image/png"}));
document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
"""


@pytest.fixture
def browser(tmp_path):
    options = Options()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


@pytest.fixture
def address(app):
    announced: list[str] = []
    ready = threading.Event()
    threading.Thread(
        target=serve,
        args=(app, Settings(port=0)),
        kwargs={"announce": lambda where: (announced.append(where), ready.set())},
        daemon=True,
    ).start()
    assert ready.wait(10)
    return announced[0]


def titles(browser):
    return browser.execute_script(
        "return [...document.querySelectorAll('main .card h2')].map((node) => node.innerText)"
    )


def wait(browser, condition):
    return WebDriverWait(browser, 20).until(lambda _: condition())


def test_a_search_by_words_upload_and_paste(browser, address, engine, library):
    browser.get(address)
    field = browser.find_element(By.ID, "q")
    field.send_keys("ball\n")
    wait(browser, lambda: titles(browser) == ["red ball"])
    assert browser.current_url == f"{address}?q=ball"

    picture: Path = library.item(2).path
    browser.find_element(By.ID, "upload").send_keys(str(picture))
    wait(browser, lambda: "gone.png" in titles(browser))  # an example finds every picture, words did not
    assert engine.examples[-1][:3] == (Modality.PICTURE, ".png", picture.read_bytes())
    assert [part.text for part in engine.asked[-1].parts if part.text] == ["ball"]

    browser.find_element(By.CSS_SELECTOR, ".part .sense").click()
    wait(browser, lambda: engine.asked[-1].parts[-1].weight == -1.0)
    browser.find_element(By.CSS_SELECTOR, ".part button.remove").click()
    wait(browser, lambda: titles(browser) == ["red ball"])
    assert browser.find_elements(By.CSS_SELECTOR, ".part") == []

    browser.execute_script(PASTE, base64.b64encode(picture.read_bytes()).decode())
    wait(browser, lambda: "gone.png" in titles(browser))
    assert engine.examples[-1][2] == picture.read_bytes()
    complaints = [entry["message"] for entry in browser.get_log("browser") if "Content Security" in entry["message"]]
    assert complaints == []


def test_more_results_join_those_on_the_page(browser, address, engine, library):
    engine.page_size = 1
    browser.get(f"{address}?q=ball+shoe")
    assert len(titles(browser)) == 1
    browser.find_element(By.CSS_SELECTOR, ".next a").click()
    wait(browser, lambda: len(set(titles(browser))) == 2)
    assert browser.find_elements(By.CSS_SELECTOR, ".next") == []
    assert browser.current_url == f"{address}?q=ball+shoe"

    browser.find_element(By.ID, "upload").send_keys(str(library.item(2).path))
    button = wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, ".next button"))[0]
    button.click()
    wait(browser, lambda: len(titles(browser)) == 2)
    assert engine.examples[-1][2] == library.item(2).path.read_bytes()  # the file was sent again


def test_reasons_are_fetched_when_they_are_asked_for(browser, address):
    browser.get(f"{address}?q=sourdough")
    assert browser.find_elements(By.CSS_SELECTOR, ".reasons") == []
    browser.find_element(By.CSS_SELECTOR, ".why summary").click()
    reasons = wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, ".why .reasons"))[0]
    assert "Place 3 of all that was found" in reasons.text
    assert "Without its text: place 7." in reasons.text


def test_a_refused_file_is_told_without_asking_the_service(browser, address, engine, tmp_path):
    browser.get(address)
    notes = tmp_path / "notes.txt"
    notes.write_text("no example")
    browser.find_element(By.ID, "upload").send_keys(str(notes))
    problem = wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "main [role=alert]"))[0]
    assert "notes.txt" in problem.text
    assert engine.asked == []


def test_a_title_with_markup_runs_nothing_and_pages_fit_small_screens(browser, address):
    browser.set_window_size(500, 800)
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    )
    for path in ("", "?q=blue+shoe", "?q=sourdough", "items/2", "items/3", "?q=zebra&kind=picture"):
        browser.get(address + path)  # an alert would make this raise
        width = browser.execute_script("return document.documentElement.scrollWidth")
        assert (path, width) == (path, 360)


def test_a_recording_starts_at_the_moment_that_is_clicked(browser, address, library, engine):
    browser.get(f"{address}?q=fugue")
    player = browser.find_element(By.TAG_NAME, "audio")
    wait(browser, lambda: browser.execute_script("return arguments[0].readyState", player) >= 1)
    browser.execute_script("document.querySelector('a.moment').dataset.start = '1.5'")  # the tone lasts two seconds
    browser.execute_script("document.querySelector('a.moment').click()")
    assert browser.execute_script("return arguments[0].currentTime", player) >= 1.5
    assert browser.current_url == f"{address}?q=fugue"
