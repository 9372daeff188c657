"""Downloads of published data: each file by itself, checked against the hash that comes with askew.

Files that are there and right are not fetched again, so an interrupted download goes on where it stopped. The list
of files is in registries/, one a line: path and SHA-256. The hash, not the address, says which version it is.
"""

import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.resources import files
from pathlib import Path

import pooch
import requests

from askew.errors import BadInput
from askew_stimuli.progress import tracked

ADDRESSES = {
    "unusual-poses": "https://raw.githubusercontent.com/BRAIN-Aalto/unusual_poses/HEAD/",
    "model-vs-human": "https://raw.githubusercontent.com/bethgelab/model-vs-human/HEAD/raw-data/",
}
THREADS = 8
RETRIES = 2
TIMEOUT_S = 30


def registry(name: str) -> Path:
    """The list of the files of a data set that comes with askew."""
    return Path(str(files("askew_stimuli") / "registries" / f"{name}.txt"))


def cache_folder(name: str) -> Path:
    """Where downloads are kept: ASKEW_CACHE, or the place that the system has for caches."""
    return Path(os.environ.get("ASKEW_CACHE") or pooch.os_cache("askew")) / name


def fetch(name: str, folder: Path, mirror: str | None = None) -> None:
    """Download what is missing of a data set into `folder`; returns once every file has the right hash."""
    pooch.get_logger().setLevel("ERROR")
    address = (mirror or ADDRESSES[name]).rstrip("/") + "/"
    kennel = pooch.create(path=folder, base_url=address, retry_if_failed=RETRIES)
    kennel.load_registry(registry(name))
    for file in kennel.registry:
        # pooch makes folders too, but two of its threads may trip over each other.
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
    downloader = pooch.HTTPDownloader(timeout=TIMEOUT_S)
    with ThreadPoolExecutor(THREADS) as pool:
        jobs = {pool.submit(kennel.fetch, file, downloader=downloader): file for file in kennel.registry}
        try:
            for job in tracked(as_completed(jobs), f"downloading {name}", len(jobs)):
                _settle(job.exception(), kennel.get_url(jobs[job]), folder)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _settle(error: BaseException | None, url: str, folder: Path) -> None:
    if error is None:
        return
    if isinstance(error, requests.RequestException):
        raise BadInput(
            f"{url}: could not be downloaded ({_reason(error)}); what came so far is kept in {folder}, so try again, "
            "or get the data by hand and use `askew import`"
        ) from None
    if isinstance(error, ValueError):  # pooch says so of a wrong hash
        raise BadInput(
            f"{url}: is not the file that askew knows (its SHA-256 differs); it was not kept, as it may be damaged or "
            "changed by its authors"
        ) from None
    raise error


def _reason(error: requests.RequestException) -> str:
    if error.response is not None:
        return f"the server says {error.response.status_code} {error.response.reason}"
    return "no answer in time" if isinstance(error, requests.Timeout) else "no connection"
