"""Files of pretrained weights: from the caches that timm and torchvision keep, where they are, else over the network.

What is there is used without asking anybody, so that the same weights are used every time and a machine without a
network works. Needs huggingface_hub and torch, so only workers import this.
"""

import hashlib
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlparse

import torch
from huggingface_hub import hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

from askew.errors import BadInput, one_line
from askew.files import writing

TIMEOUT_S = 60.0
BLOCK = 1 << 20


def hub_file(what: str, repository: str, names: Sequence[str]) -> Path:
    """The first of these files that a repository of the Hugging Face hub has; `what` is wanted, for messages."""
    repository, _, revision = repository.partition("@")
    for name in names:
        kept = try_to_load_from_cache(repository, name, revision=revision or None)
        if isinstance(kept, str):
            return Path(kept)
    try:
        return Path(_first(repository, revision or None, names))
    except Exception as error:  # noqa: BLE001  the hub's client raises what its own libraries do
        reason = error.__cause__ if isinstance(error, LocalEntryNotFoundError) and error.__cause__ else error
        raise BadInput(
            f"{what}: the weights are not in the cache and cannot be downloaded ({one_line(reason, 120)}); get "
            f"huggingface.co/{repository} where there is a network, and copy that machine's Hugging Face cache into "
            "HF_HOME here"
        ) from None


def url_file(what: str, url: str) -> Path:
    """The file of an address, kept where torch.hub keeps it; its name ends in the beginning of its SHA-256."""
    path = Path(torch.hub.get_dir(), "checkpoints", Path(urlparse(url).path).name)
    if path.is_file():
        return path
    try:
        _download(url, path)
    except (OSError, ValueError) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        reason = reason if isinstance(reason, BaseException) else error
        raise BadInput(
            f"{what}: the weights are not in the cache and cannot be downloaded ({one_line(reason, 120)}); get {url} "
            f"where there is a network, and copy it to {path}"
        ) from None
    return path


def _first(repository: str, revision: str | None, names: Sequence[str]) -> str:
    for name in names[:-1]:
        try:
            return hf_hub_download(repository, name, revision=revision)
        except LocalEntryNotFoundError:
            raise  # no network: the others would only take as long to fail
        except EntryNotFoundError:
            continue
    return hf_hub_download(repository, names[-1], revision=revision)


def _download(url: str, path: Path) -> None:
    # The servers of weights know this one.
    request = urllib.request.Request(url, headers={"User-Agent": "torch.hub"})  # noqa: S310  the library's own address
    digest = hashlib.sha256()
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer, writing(path) as stream:  # noqa: S310
        while block := answer.read(BLOCK):
            digest.update(block)
            stream.write(block)
        expected = re.search(r"-([0-9a-f]{8,64})\.", path.name)
        if expected and not digest.hexdigest().startswith(expected[1]):
            raise ValueError(f"what came has SHA-256 {digest.hexdigest()[:12]}..., not {expected[1]}...")
