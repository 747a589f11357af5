#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks an ONNX file with onnx.checker and evaluates it, for tst_onnx.

    run_onnx.py MODEL INPUTS ROWS

INPUTS holds ROWS rows of float64. Prints the output's rows. The evaluator is onnx's own (ReferenceEvaluator)
where this version of onnx has it; else the operators are done here by their definitions in NumPy. Exit status
77: onnx or NumPy is not installed.
"""
import math
import sys

try:
    import numpy as np
    import onnx
    from onnx import numpy_helper
except ImportError:
    sys.exit(77)


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def gemm(a, b, c=0, alpha=1.0, beta=1.0, transA=0, transB=0):
    return alpha * ((a.T if transA else a) @ (b.T if transB else b)) + beta * c


OPERATORS = {
    'Gemm': gemm,
    'Sub': np.subtract,
    'Div': np.divide,
    'Cast': lambda x, to: x.astype({1: np.float32, 11: np.float64}[to]),
    'Relu': lambda x: np.maximum(x, 0),
    'LeakyRelu': lambda x, alpha=0.01: np.where(x < 0, x.dtype.type(alpha) * x, x),
    'Elu': lambda x, alpha=1.0: np.where(x < 0, x.dtype.type(alpha) * np.expm1(np.minimum(x, 0)), x),
    'Erf': lambda x: np.vectorize(math.erf, otypes=[np.float64])(x).astype(x.dtype),
    'Softplus': lambda x: np.log1p(np.exp(x)),
    'Add': np.add,
    'Mul': np.multiply,
    'Max': np.maximum,
    'Sigmoid': lambda x: 1 / (1 + np.exp(-x)),
    'Tanh': np.tanh,
    'Softmax': softmax,
}


def evaluate(model, x):
    try:
        from onnx.reference import ReferenceEvaluator
    except ImportError:
        values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        values[model.graph.input[0].name] = x
        for node in model.graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            values[node.output[0]] = OPERATORS[node.op_type](*(values[n] for n in node.input), **attributes)
        return values[model.graph.output[0].name]
    return ReferenceEvaluator(model).run(None, {model.graph.input[0].name: x})[0]


def main():
    model = onnx.load(sys.argv[1])
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    kind = onnx.TensorProto.DataType.Name(model.graph.input[0].type.tensor_type.elem_type)
    x = np.fromfile(sys.argv[2]).reshape(int(sys.argv[3]), -1)
    y = evaluate(model, x.astype({'FLOAT': np.float32, 'DOUBLE': np.float64}[kind]))
    assert y.dtype == {'FLOAT': np.float32, 'DOUBLE': np.float64}[kind]
    for row in y:
        print(*(repr(float(v)) for v in row))


main()
