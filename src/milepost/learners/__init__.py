"""One file a family of models; all learn from graph outputs and become ONNX."""
