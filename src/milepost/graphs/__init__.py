"""ONNX building blocks shared by modalities and learners: build, merge, run, compare."""
