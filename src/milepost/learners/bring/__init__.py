"""Own models as learners: a PyTorch module, a Keras model, a scikit-learn estimator, an ONNX file."""

from milepost.learners.bring.estimators import from_sklearn as from_sklearn
from milepost.learners.bring.ready import from_onnx as from_onnx
from milepost.learners.bring.torched import from_keras as from_keras
from milepost.learners.bring.torched import from_torch as from_torch
