"""The 16 categories of the model-vs-human benchmark, as classes of ImageNet-1k.

Which classes make up a category is a fact of the benchmark: "16-class ImageNet" (Geirhos, Temme, Rauber, Schütt, Bethge
& Wichmann, NeurIPS 2018), used again by Geirhos et al. (NeurIPS 2021). It is not all that people would call so: a jeep
is in no category, and the one knife is a cleaver.
"""

from askew_models.imagenet import CLASSES, synsets

# By index, from 0. The published lists name the same classes by index and by synset; synsets there that are of no class
# of ImageNet-1k are left out, as the benchmark's own code does when it scores a network.
CATEGORIES: dict[str, tuple[int, ...]] = {
    "airplane": (404,),
    "bear": (*range(294, 298),),
    "bicycle": (444, 671),
    "bird": (
        *(8, *range(10, 17), *range(18, 21), *range(22, 25)),
        *(*range(80, 84), *range(87, 97), *range(98, 101)),
        *(*range(127, 134), *range(135, 146)),
    ),
    "boat": (472, 554, 625, 814, 914),
    "bottle": (440, 720, 737, 898, 899, 901, 907),
    "car": (436, 511, 817),
    "cat": (*range(281, 287),),
    "chair": (423, 559, 765, 857),
    "clock": (409, 530, 892),
    "dog": (
        *(*range(152, 192), *range(193, 204), *range(205, 227), *range(228, 242)),
        *(*range(243, 251), *range(252, 258), 259, *range(261, 264), *range(265, 269)),
    ),
    "elephant": (385, 386),
    "keyboard": (508, 878),
    "knife": (499,),
    "oven": (766,),
    "truck": (555, 569, 656, 675, 717, 734, 864, 867),
}


def category(name: str) -> tuple[str, ...]:
    """The synsets of a category.

    >>> category("elephant")
    ('n02504013', 'n02504458')
    """
    classes = synsets(CLASSES)
    return tuple(classes[index] for index in CATEGORIES[name])
