"""Makes the files of tests/labels/formats/data with label-studio-sdk 2.1.2, which only this script needs.

python -m venv VENV; VENV/bin/pip install label-studio-sdk==2.1.2; VENV/bin/python tools/studio.py
"""

import json
import tempfile
from pathlib import Path

import numpy as np
from label_studio_sdk.converter import brush
from label_studio_sdk.converter.imports.coco import convert_coco_to_ls
from label_studio_sdk.label_interface import LabelInterface

HERE = Path(__file__).parents[1] / "tests" / "labels" / "formats" / "data"
CONFIG = """<View><Text name="text" value="$text"/><Pairwise name="pair" toName="text"/>
<Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Bad"/></Choices>
<Choices name="about" toName="text" choice="multiple"><Choice value="Food"/><Choice value="Price"/></Choices>
<Taxonomy name="where" toName="text"><Choice value="Asia"><Choice value="Japan"/></Choice></Taxonomy>
<Number name="age" toName="text"/><Rating name="stars" toName="text"/></View>"""
COCO = {
    "images": [
        {"id": 1, "file_name": "a.jpg", "width": 200, "height": 100},
        {"id": 2, "file_name": "sub/b.jpg", "width": 640, "height": 480},
    ],
    "categories": [{"id": 3, "name": "cat"}, {"id": 7, "name": "big dog"}],
    "annotations": [
        {
            "id": 1, "image_id": 1, "category_id": 3, "bbox": [10, 20, 30.5, 40], "iscrowd": 0,
            "segmentation": [],
        },
        {
            "id": 2, "image_id": 1, "category_id": 7, "bbox": [1, 1, 9, 9], "iscrowd": 0,
            "segmentation": [[1, 1, 10, 1, 5.5, 10]],
        },
    ],
}  # fmt: skip


def drawn() -> None:
    """Boxes and polygons by the importer of COCO."""
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / "coco.json"
        source.write_text(json.dumps(COCO))
        made = Path(temporary) / "made.json"
        convert_coco_to_ls(str(source), str(made), out_type="annotations", image_root_url="images")
        tasks = json.loads(made.read_text())
    (HERE / "studio-drawn.json").write_text(json.dumps(tasks, indent=1))


def chosen() -> None:
    """One result of each control of texts by the labelling interface."""
    interface = LabelInterface(CONFIG)
    tasks = []
    for number, told in enumerate(
        (
            {"mood": "Good", "about": ["Food", "Price"], "age": 42, "stars": 4},
            {"mood": "Bad", "about": ["Food"]},
        )
    ):
        result = [region._dict() for region in interface.create_regions(told)]
        annotation = {
            "completed_by": {"id": 5, "email": "ann@example.org"},
            "result": result,
            "lead_time": 4.5,
        }
        tasks.append({"id": 10 + number, "data": {"text": f"text {number}"}, "annotations": [annotation]})
    (HERE / "studio-chosen.json").write_text(json.dumps(tasks, indent=1))


def painted() -> None:
    """Brush strokes by the encoder: noise and a square."""
    rng = np.random.default_rng(0)
    noise = (rng.random((9, 14)) < 0.5).astype(np.uint8) * 255
    square = np.zeros((40, 50), np.uint8)
    square[10:30, 5:45] = 255
    tasks = []
    for picture in (noise, square):
        high, wide = picture.shape
        told = {"format": "rle", "rle": brush.mask2rle(picture), "brushlabels": ["skin"]}
        result = {
            "id": "x", "type": "brushlabels", "from_name": "tag", "to_name": "image", "value": told,
            "original_width": wide, "original_height": high, "image_rotation": 0,
        }  # fmt: skip
        tasks.append(
            {"data": {"image": f"{wide}.png"}, "predictions": [{"model_version": "m", "result": [result]}]}
        )
    (HERE / "studio-painted.json").write_text(json.dumps(tasks))
    (HERE / "painted.json").write_text(json.dumps([(p > 0).astype(int).tolist() for p in (noise, square)]))


if __name__ == "__main__":
    drawn()
    chosen()
    painted()
