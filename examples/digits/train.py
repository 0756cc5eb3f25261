"""Makes digits.onnx, held_out.csv and seven.png: trains on scikit-learn's own copy of the UCI digits, asks onnxruntime.

    python3 -m venv v && v/bin/pip install numpy==2.4.6 scikit-learn==1.9.1 skl2onnx==1.20.0 onnxruntime==1.32.0 pillow==13.0.0
    v/bin/python train.py
"""

import numpy as np
import onnxruntime
from PIL import Image
from skl2onnx import to_onnx
from skl2onnx.helpers.onnx_helper import select_model_inputs_outputs
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

onnxruntime.set_default_logger_severity(3)
pixels, digits = load_digits(return_X_y=True)
pixels = pixels.astype(np.float32)
seen, unseen, seen_digits, unseen_digits = train_test_split(
    pixels, digits, test_size=0.2, random_state=7, stratify=digits
)
network = MLPClassifier((64,), alpha=1e-2, max_iter=400, random_state=7).fit(seen, seen_digits)
print(f"right of {len(unseen)} held out: {network.score(unseen, unseen_digits):.4f}")

model = to_onnx(network, seen[:1], options={"zipmap": False}, target_opset=17)
model = select_model_inputs_outputs(model, ["probabilities"])
with open("digits.onnx", "wb") as file:
    file.write(model.SerializeToString())

session = onnxruntime.InferenceSession("digits.onnx")
(reference,) = session.run(["probabilities"], {session.get_inputs()[0].name: unseen[:100]})
print("onnxruntime beside scikit-learn:", abs(reference - network.predict_proba(unseen[:100])).max())
print("right of the first 100:", (reference.argmax(axis=1) == unseen_digits[:100]).sum())
with open("held_out.csv", "w") as file:
    for digit, image, answer in zip(unseen_digits, unseen, reference):
        numbers = [str(digit), *(f"{ink:.0f}" for ink in image), *(f"{p:.7f}" for p in answer)]
        file.write(",".join(numbers) + "\n")

# As on paper: dark on white, eight times as large, with a margin.
seven = unseen[list(unseen_digits).index(7)].reshape(8, 8)
paper = np.full((96, 96), 255, np.uint8)
paper[16:80, 16:80] = np.kron(255 - seven * 15, np.ones((8, 8)))
Image.fromarray(paper).save("seven.png", optimize=True)
