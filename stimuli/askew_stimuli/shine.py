"""Histograms and spectra made equal over a set by SHINE, as the optional library `shinier` has it.

Off unless asked for, and seldom what an experiment wants. A histogram that an object does not have by itself moves its
shadows and highlights to where its form has none; a spectrum shared by all takes each object's own coarse and fine
structure away and leaves ghosts of its edges around it. People recognise such pictures less well, and networks, which
were trained on none, worse still, so that what was to be held equal becomes a difference between the observers. Match
luminance and contrast instead unless a question is about histograms or spectra.

What shinier does, and does not: it works on linear luminance and keeps chromaticity, so that strongly coloured objects
miss highlights that no screen could show in their colour. Histograms have 256 steps of linear luminance, which are
coarse in the dark, and make a large surface of one value into a gradient from top to bottom. They are matched inside
the objects where every silhouette is known, otherwise over whole pictures; spectra always are of whole pictures, so a
plain background does not stay plain. Each picture is scaled about its mean until less than 1 % of it has to be clipped,
so the equality of spectra ends there and at the 8 bits of the file. It takes some 0.4 s a picture of 500 x 500, and 70
bytes of temporary disk a pixel.

It runs in a process of its own, in a temporary folder: it draws from numpy's shared random numbers, prints, and leaves
logs and copies of every picture behind.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from askew.errors import BadInput, brief
from askew.extras import install_line, installed
from askew_stimuli.effects import Effect, Outcome
from askew_stimuli.levelling import said
from askew_stimuli.light import Bytes
from askew_stimuli.matching import lightness
from askew_stimuli.picture import Picture, manifest_of, read_manifest
from askew_stimuli.pixels import pixels_of
from askew_stimuli.place import refuse_place
from askew_stimuli.png import encoded
from askew_stimuli.progress import working
from askew_stimuli.transform import View, transform, views

Kind = Literal["histogram", "spectrum", "spatial-frequency"]
MODES = {"histogram": 2, "spatial-frequency": 3, "spectrum": 4}  # as shinier numbers them
FEWEST = 50  # pixels of an object; shinier takes no histogram of fewer
SEED = 0  # of the draws among pixels of the same luminance
_PICTURES, _MASKS, _RESULTS = "pictures", "masks", "results"


def shine(folder: Path, out: Path, kind: Kind) -> Outcome:
    """Write the set that SHINE makes of a set."""
    release = installed("shinier")
    if release is None:
        raise BadInput(f"--shine needs shinier, which is not installed; type: {install_line('shine')}")
    manifest = manifest_of(folder)
    refuse_place(folder, out)
    pictures = read_manifest(manifest)
    number = {picture.image_id: _name(place) for place, picture in enumerate(pictures)}
    effects = []
    with tempfile.TemporaryDirectory(prefix="askew-shine-") as name:
        bench = Path(name)
        masked = _lay_out(manifest, pictures, bench, kind)
        _run(bench, kind, release)
        words = f"SHINE {kind} (shinier {release})"

        def change(view: View) -> tuple[Picture, Bytes]:
            picture, pixels, mask = view.picture, view.pixels, view.mask
            made = pixels_of(bench / _RESULTS / number[picture.image_id]).copy()
            if masked and mask is not None:
                made[~mask] = pixels[~mask]
            if mask is not None and mask.any():
                effects.append(
                    Effect(picture.image_id, picture.condition, lightness(pixels, mask), lightness(made, mask))
                )
            return replace(picture, matched=said(picture, words)), made

        done = {"shine": kind, "inside_objects": masked, "seed": SEED}
        transform(folder, out, change, done, versions={"shinier": release}, words="writing pictures")
    return Outcome(words, len(pictures), effects)


def _name(place: int) -> str:
    return f"{place:06}.png"


def _lay_out(manifest: Path, pictures: Sequence[Picture], bench: Path, kind: Kind) -> bool:
    """Put pictures and masks where shinier looks for them; returns whether only the objects are to be changed."""
    for name in (_PICTURES, _MASKS, _RESULTS):
        (bench / name).mkdir()
    masked = kind == "histogram"
    first: tuple[int, ...] | None = None
    for place, view in enumerate(views(manifest, pictures)):
        picture, pixels, mask = view.picture, view.pixels, view.mask
        first = first or pixels.shape
        if pixels.shape != first:
            raise BadInput(
                f"{manifest}: SHINE needs pictures of one size, but {pictures[0].image_id} is {_by(first)} and "
                f"{picture.image_id} is {_by(pixels.shape)}; make them of one size"
            )
        (bench / _PICTURES / _name(place)).write_bytes(encoded(pixels))
        if mask is None:
            masked = False
            continue
        if kind == "histogram" and mask.sum() < FEWEST:
            raise BadInput(
                f"{picture.image_id}: its object covers {mask.sum()} pixels, too few for a histogram, which needs "
                f"{FEWEST}; leave it out of the set"
            )
        (bench / _MASKS / _name(place)).write_bytes(encoded(mask))
    if not masked:
        for file in (bench / _MASKS).iterdir():
            file.unlink()
    return masked


def _by(shape: Sequence[int]) -> str:
    return f"{shape[1]} x {shape[0]}"


def _run(bench: Path, kind: Kind, release: str) -> None:
    """Have shinier make the results, in a process whose temporary files, random numbers and words are its own."""
    aside = {**os.environ, "TMPDIR": str(bench), "TEMP": str(bench), "TMP": str(bench), "MPLBACKEND": "agg"}
    words = [sys.executable, "-m", "askew_stimuli.shine", kind]
    with working(f"matching the {kind}"):
        end = subprocess.run(words, cwd=bench, env=aside, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if end.returncode:
        last = end.stderr.decode(errors="replace").strip().split("\n")[-1] or f"it ended with {end.returncode}"
        raise BadInput(f"shinier {release} could not match the {kind}: {brief(last)}; match luminance instead")


def _work(bench: Path, kind: str) -> None:
    """What that process does."""
    from shinier import ImageDataset, ImageProcessor, Options  # noqa: PLC0415

    masked = any((bench / _MASKS).iterdir())
    options = Options(
        input_folder=bench / _PICTURES,
        output_folder=bench / _RESULTS,
        masks_folder=bench / _MASKS if masked else None,
        whole_image=3 if masked else 1,
        mode=MODES[kind],
        seed=SEED,
        linear_luminance=False,  # the codes are not, so it goes over to luminance itself, by Rec. 709
        rec_standard=2,
        rescaling=0,  # stretched to black and white, the whole set would get lighter
        dithering=0,
        conserve_memory=True,
        verbose=-1,
    )
    ImageProcessor(dataset=ImageDataset(options=options), verbose=-1)


if __name__ == "__main__":
    _work(Path.cwd(), sys.argv[1])
