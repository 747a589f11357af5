#!/usr/bin/env python3
# @HEADER@
"""The network in NumPy, built as the assignment builds it: out of dictionaries and functions, no classes.

    python3 @SCRIPT@ [FOLDER OF THE IDX FILES]

Prints loss and accuracy over the test samples that Chainrule measured. Needs NumPy and, beside this
script, @WEIGHTS@.
"""
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np

WEIGHTS = Path(__file__).resolve().parent / @WEIGHTS_LITERAL@
@DATA@

# ---- Value nodes: an array, its gradient, and how to hand the gradient on to where the array came from

def create_value_vec(data, _children=(), _op=''):
    data = np.asarray(data)
    return {
        'data': data,
        'grad': np.zeros_like(data),
        '_backward': lambda: None,
        '_prev': list(_children),
        '_op': _op,
    }


def matmul_vec(a, b):
    out = create_value_vec(a['data'] @ b['data'], (a, b), '@')

    def _backward():
        a['grad'] = a['grad'] + out['grad'] @ b['data'].T
        b['grad'] = b['grad'] + a['data'].T @ out['grad']

    out['_backward'] = _backward
    return out


def add_vec(a, b):
    out = create_value_vec(a['data'] + b['data'], (a, b), '+')

    def _backward():
        for node in (a, b):
            grad = out['grad']
            for axis, length in enumerate(node['data'].shape):
                if length == 1:  # a bias is one column that was added to every sample's
                    grad = grad.sum(axis=axis, keepdims=True)
            node['grad'] = node['grad'] + grad

    out['_backward'] = _backward
    return out


def elementwise_vec(a, data, derivative, op):
    out = create_value_vec(data, (a,), op)

    def _backward():
        a['grad'] = a['grad'] + derivative(out['data']) * out['grad']

    out['_backward'] = _backward
    return out


def relu_vec(a):
    return elementwise_vec(a, np.maximum(0, a['data']), lambda y: y > 0, 'ReLU')


def sigmoid_vec(a):
    data = 1 / (1 + np.exp(-np.clip(a['data'], -50, 50)))
    return elementwise_vec(a, data, lambda y: y * (1 - y), 'sigmoid')


def tanh_vec(a):
    return elementwise_vec(a, np.tanh(a['data']), lambda y: 1 - y * y, 'tanh')


def linear_vec(a):
    return a


def softmax_vec(a):
    exp_data = np.exp(a['data'] - a['data'].max(axis=0, keepdims=True))
    out = create_value_vec(exp_data / exp_data.sum(axis=0, keepdims=True), (a,), 'softmax')

    def _backward():
        y, grad = out['data'], out['grad']
        a['grad'] = a['grad'] + y * (grad - (grad * y).sum(axis=0, keepdims=True))

    out['_backward'] = _backward
    return out


def categorical_crossentropy_loss_vec(pred, Y):
    """Mean cross-entropy in nats; Y is one-hot, a column for each sample."""
    m = Y.shape[1]
    picked = np.maximum((pred['data'] * Y).sum(axis=0), 1e-10)
    out = create_value_vec(-np.log(picked).mean(), (pred,), 'cross-entropy')

    def _backward():
        pred['grad'] = pred['grad'] - out['grad'] * Y / np.maximum(pred['data'], 1e-10) / m

    out['_backward'] = _backward
    return out


def backward_vec(loss):
    order, seen = [], set()

    def visit(node):
        if id(node) not in seen:
            seen.add(id(node))
            for parent in node['_prev']:
                visit(parent)
            order.append(node)

    visit(loss)
    loss['grad'] = np.ones_like(loss['data'])
    for node in reversed(order):
        node['_backward']()


# ---- The network

ACTIVATIONS = {
    'relu': relu_vec,
    'sigmoid': sigmoid_vec,
    'tanh': tanh_vec,
    'linear': linear_vec,
    'softmax': softmax_vec,
}


def load_model_vec(file):
    mlp = {'activations': [str(name) for name in file['activations']], 'parameters': []}
    for layer in range(1, len(mlp['activations']) + 1):
        mlp['parameters'].append(create_value_vec(file[f'W{layer}']))
        mlp['parameters'].append(create_value_vec(file[f'b{layer}'][:, np.newaxis]))
    weights = mlp['parameters'][0::2]
    mlp['layer_sizes'] = [weights[0]['data'].shape[1]] + [W['data'].shape[0] for W in weights]
    return mlp


def forward_vec(mlp, X):
    """X has a column for each sample; so has the result, with a row for each class."""
    A = create_value_vec(X)
    for layer, name in enumerate(mlp['activations']):
        W, b = mlp['parameters'][2 * layer:2 * layer + 2]
        A = ACTIVATIONS[name](add_vec(matmul_vec(W, A), b))
    return A


# ---- The test samples

@SAMPLES@

def read_weights():
    """The arrays of the file with the weights, or a word on why there are none to be had."""
    if not WEIGHTS.is_file():
        why = 'there is no such file'
    else:
        try:
            with open(WEIGHTS, 'rb') as stream, np.load(stream) as file:
                return {name: file[name] for name in file.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
            why = 'it cannot be read: it is no whole .npz file'
    sys.exit(f'{WEIGHTS}: {why}. Put the file that Chainrule wrote along with this script beside it, or '
             'export both again.')


def main():
    file = read_weights()
    try:
        mlp = load_model_vec(file)
        samples, labels = test_samples(file)
        measured = float(file['accuracy'])
    except KeyError as missing:
        sys.exit(f'{WEIGHTS}: it cannot be read: it has no array {missing}. Put the file that Chainrule wrote '
                 'along with this script beside it, or export both again.')

    X = samples.T.astype(mlp['parameters'][0]['data'].dtype)
    if samples.dtype == np.uint8:
        X /= 255
    Y = np.zeros((mlp['layer_sizes'][-1], len(labels)), X.dtype)
    Y[labels, np.arange(len(labels))] = 1

    pred = forward_vec(mlp, X)
    loss = categorical_crossentropy_loss_vec(pred, Y)
    backward_vec(loss)  # every node's 'grad' is there now, to look at or to train on

    correct = int((pred['data'].argmax(axis=0) == labels).sum())
    print(' -> '.join(str(size) for size in mlp['layer_sizes']), '(' + ', '.join(mlp['activations']) + ')')
    print(f'Test loss: {float(loss["data"]):.4f}')
    print(f'Test accuracy: {100 * correct / len(labels):.2f} % ({correct} of {len(labels)})')
    print(f'Chainrule measured: {measured:.2f} %')


if __name__ == '__main__':
    main()
