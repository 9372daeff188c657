"""Small stand-ins for the published data sets: simulated, laid out as the real ones are."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook
from PIL import Image
from scipy.io import savemat

GREY = (124, 116, 104)
# file name -> (class, alternative class, names as the workbook has them, with its stray spaces and slips)
STIMULI = {
    "587_0_6_0_0": (587, 596, ("hammer ", "hatchet")),
    "587_1_267_110_42": (587, 473, ("hammer", "can opener")),
    "587_2_328_183_313": (587, 456, ("hammer", "bow")),
    "830_0_8_0_0": (830, 551, ("stretcher", "cructh")),
    "830_1_228_281_355": (830, 450, ("stretcher", "bobsled")),
}
HUMANS = {"subj_1_40": 0.04, "subj_1_unlim": 0.9, "subj_13_150": 0.15, "subj_13_unlim": 0.0}


def human_rows(viewed: float) -> np.ndarray:
    """A session over all stimuli: right, wrong, right, mis-click, right."""
    rows = []
    for (name, (index, alternative, _)), (key, pressed) in zip(
        STIMULI.items(), [(1, 1), (1, 2), (2, 2), (0, 0), (2, 2)], strict=True
    ):
        _, pose, *angles = (int(part) for part in name.split("_"))
        rows.append([index, alternative, pose, *angles, key, pressed, viewed, 1.25 if key else 0.0])
    return np.array(rows, dtype=float)


def model_rows(answers: list[int]) -> np.ndarray:
    return np.array(
        [
            [index, alternative, int(name.split("_")[1]), answer]
            for (name, (index, alternative, _)), answer in zip(STIMULI.items(), answers, strict=True)
        ],
        dtype=np.uint16,
    )


@pytest.fixture
def poses(tmp_path: Path) -> Path:
    """A folder like the published study of unusual poses: five pictures, two simulated people, two models."""
    root = tmp_path / "poses"
    (root / "data").mkdir(parents=True)
    (root / "stimuli_exp").mkdir()
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for number, (name, (_, _, names)) in enumerate(STIMULI.items()):
        image = Image.new("RGB", (50, 50), GREY)
        image.paste((40 * number, 90, 160), (10, 10, 40, 30 + number))
        image.save(root / "stimuli_exp" / f"{name}.png")
        sheet.cell(number + 2, 1, names[0])  # the first row is empty, as in the published workbook
        sheet.cell(number + 2, 2, names[1])
    book.save(root / "object_names.xlsx")
    (root / "stimuli_exp" / ".DS_Store").touch()
    for name, viewed in HUMANS.items():
        savemat(root / "data" / f"{name}.mat", {"condi": human_rows(viewed)})
    spurious = np.insert(human_rows(0.0), 2, 0, axis=1)
    savemat(root / "data" / "subj_13_unlim.mat", {"condi": spurious})
    savemat(root / "data" / "beit.mat", {"data": model_rows([1, 0, 1, 1, 1])})
    savemat(root / "data" / "gpt4o_answers.mat", {"data": model_rows([1, 2, 1, 0, 1])})
    return root


HEADERS = (
    "subj,session,trial,rt,object_response,category,condition,imagename",
    "subj,Session,trial,rt,object_response,category,condition,imagename",
)


@pytest.fixture
def benchmark_data(tmp_path: Path) -> Path:
    """A folder like raw-data/ of the model-vs-human benchmark: two data sets, simulated people and a model."""
    root = tmp_path / "raw-data"
    for name in ("noise", "edge"):
        (root / name).mkdir(parents=True)
    for who in (1, 2):
        prefix = f"s0{who}"
        (root / "noise" / f"noise_subject-0{who}_session_1.csv").write_text(
            f"{HEADERS[who % 2]}\n"
            f"subject-0{who},1,1,0.868942022323608,dog,cat,0.10,0001_nse_{prefix}_0.10_cat_10_n021_3.png\n"
            f"subject-0{who},1,2,NaN,na,cat,inf,000{who}_nse_{prefix}_inf_cat_10_n021_4.png\n"
            f"subject-0{who},1,3,0.5,knife,knife,true,0003_nse_{prefix}_true_knife_10_n030_41.png\n"
        )
    (root / "edge" / "edge_subject-01_session_1.csv").write_text(
        f"{HEADERS[0]}\nsubject-01,1,1,0.9,knife,oven,0,0001_edg_s01_0_oven_00_oven10.png\n"
    )
    (root / "edge" / "edge_resnet50_session-1.csv").write_text(
        f"{HEADERS[0]}\nresnet50,1,1,NaN,oven,oven,NaN,oven10.png\n"
    )
    return root


ASK_TIMM = """
import json
from timm.data import ImageNetInfo
info = ImageNetInfo("imagenet-1k")
print(json.dumps([info.index_to_description(index) for index in range(1000)]))
"""


@pytest.fixture(scope="session")
def imagenet() -> list[list[str]]:
    """All names of each class of ImageNet-1k, by timm.

    Asked in a process of its own: Triton, which comes with torch, and the graphics driver that has rendered by then
    each bring an LLVM, and the second of them to be loaded ends the process.
    """
    if find_spec("timm") is None:
        pytest.skip("timm is not installed")
    run = subprocess.run([sys.executable, "-c", ASK_TIMM], capture_output=True, text=True, timeout=300, check=True)
    return [names.split(", ") for names in json.loads(run.stdout.splitlines()[-1])]
