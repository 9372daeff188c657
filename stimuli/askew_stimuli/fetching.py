"""Downloads of published data: each file by itself, checked against the hash that comes with askew.

Files that are there and right are not fetched again, so an interrupted download goes on where it stopped. The hash,
not the address, says which version of a file is meant.
"""

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pooch
import requests

from askew.errors import BadInput
from askew_stimuli.progress import tracked
from askew_stimuli.registry import hashes

ADDRESSES = {
    "unusual-poses": "https://raw.githubusercontent.com/BRAIN-Aalto/unusual_poses/HEAD/",
    "model-vs-human": "https://raw.githubusercontent.com/bethgelab/model-vs-human/HEAD/raw-data/",
}
THREADS = 8
RETRIES = 2
TIMEOUT_S = 15


def is_address(text: str) -> bool:
    """Whether a text can be the address of a server."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def fetch(name: str, folder: Path, mirror: str | None = None) -> None:
    """Download what is missing of a data set into `folder`; returns once every file is there with the right hash."""
    known = hashes(name)
    strange = _strange(folder, known)
    if strange is not None:
        raise BadInput(f"{strange}: is no part of {name}; move it, or keep the downloads elsewhere (--cache)")
    pooch.get_logger().setLevel("ERROR")
    address = (mirror or ADDRESSES[name]).rstrip("/") + "/"
    kennel = pooch.create(path=folder, base_url=address, registry=known, retry_if_failed=RETRIES)
    for file in known:
        # pooch makes folders too, but two of its threads may trip over each other.
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
    stopping = Event()

    def download(url: str, output: object, kennel: object) -> None:
        if stopping.is_set():
            raise InterruptedError  # which pooch does not try again
        pooch.HTTPDownloader(timeout=TIMEOUT_S)(url, output, kennel)

    with ThreadPoolExecutor(THREADS) as pool:
        jobs = {pool.submit(kennel.fetch, file, downloader=download): file for file in known}
        try:
            for job in tracked(as_completed(jobs), f"downloading {name}", len(jobs)):
                _settle(job.exception(), jobs[job], address, folder)
        except BaseException:
            stopping.set()
            pool.shutdown(cancel_futures=True)
            raise


def _strange(folder: Path, known: Iterable[str]) -> Path | None:
    """A file among the downloads that is not one of them, and that an import would take for data."""
    expected = {folder / file for file in known}
    for path in sorted(folder.rglob("*")):
        unfinished = path.name.startswith(".") or re.fullmatch(r"tmp[a-z0-9_]{8}", path.name)  # as pooch calls them
        a_folder = path.is_dir() and not path.is_symlink()
        if path not in expected and not unfinished and not a_folder:
            return path
    return None


def _settle(error: BaseException | None, file: str, address: str, folder: Path) -> None:
    if error is None:
        return
    parts = urlsplit(address)
    url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() + file  # without a password
    if isinstance(error, ValueError) and "hash of downloaded file" in str(error):  # pooch says it this way
        raise BadInput(
            f"{url}: is not the file that askew knows (its SHA-256 differs); it was not kept, as it may be damaged or "
            "changed by its authors"
        ) from None
    if isinstance(error, (requests.RequestException, ValueError)):
        raise BadInput(
            f"{url}: could not be downloaded ({_reason(error)}); what came so far is kept in {folder}, so try again, "
            "or get the data by hand and use `askew import`"
        ) from None
    raise error


def _reason(error: Exception) -> str:
    response = getattr(error, "response", None)
    if response is not None:
        return f"the server says {response.status_code} {response.reason}"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return "that is no address"
    if isinstance(error, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)):
        return "the answer was cut or damaged"
    return "no connection" if isinstance(error, requests.ConnectionError) else "that did not work"
