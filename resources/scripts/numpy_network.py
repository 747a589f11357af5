#!/usr/bin/env python3
# @HEADER@
"""The network in NumPy, built as the assignment builds it: out of dictionaries and functions, no classes.

    python3 @SCRIPT@ [FOLDER OF THE IDX FILES]

Prints loss and accuracy over the test samples that Chainrule measured. Needs NumPy and, beside this
script, @WEIGHTS@.
"""
import math
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
    """A function of each element by itself; `derivative` is its own at each element."""
    out = create_value_vec(data, (a,), op)

    def _backward():
        a['grad'] = a['grad'] + derivative * out['grad']

    out['_backward'] = _backward
    return out


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -50, 50)))


def erf(z):
    return np.vectorize(math.erf, otypes=[np.float64])(z).astype(z.dtype)


def relu_vec(a):
    return elementwise_vec(a, np.maximum(0, a['data']), a['data'] > 0, 'ReLU')


def leaky_relu_vec(a):
    slope = np.where(a['data'] > 0, 1, 0.01).astype(a['data'].dtype)
    return elementwise_vec(a, slope * a['data'], slope, 'leaky ReLU')


def elu_vec(a):
    below = np.minimum(a['data'], 0)
    data = np.where(a['data'] > 0, a['data'], np.expm1(below))
    return elementwise_vec(a, data, np.exp(below), 'ELU')


def gelu_vec(a):
    z = a['data']
    share = (1 + erf(z * math.sqrt(0.5))) / 2  # of the normal distribution that lies below z
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return elementwise_vec(a, z * share, share + z * density, 'GELU')


def silu_vec(a):
    z, s = a['data'], sigmoid(a['data'])
    return elementwise_vec(a, z * s, s * (1 + z * (1 - s)), 'SiLU')


def softplus_vec(a):
    return elementwise_vec(a, np.logaddexp(0, a['data']), sigmoid(a['data']), 'softplus')


def sigmoid_vec(a):
    y = sigmoid(a['data'])
    return elementwise_vec(a, y, y * (1 - y), 'sigmoid')


def tanh_vec(a):
    y = np.tanh(a['data'])
    return elementwise_vec(a, y, 1 - y * y, 'tanh')


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


def binary_crossentropy_loss_vec(pred, Y):
    """Mean over samples and outputs, in nats; Y has 0 or 1 for each output."""
    yes, no = np.maximum(pred['data'], 1e-10), np.maximum(1 - pred['data'], 1e-10)
    out = create_value_vec(-(Y * np.log(yes) + (1 - Y) * np.log(no)).mean(), (pred,), 'binary cross-entropy')

    def _backward():
        pred['grad'] = pred['grad'] + out['grad'] * ((1 - Y) / no - Y / yes) / Y.size

    out['_backward'] = _backward
    return out


def squared_error_loss_vec(pred, Y):
    """Mean over samples and outputs."""
    error = pred['data'] - Y
    out = create_value_vec((error * error).mean(), (pred,), 'squared error')

    def _backward():
        pred['grad'] = pred['grad'] + out['grad'] * 2 * error / Y.size

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
    'leaky-relu': leaky_relu_vec,
    'elu': elu_vec,
    'gelu': gelu_vec,
    'silu': silu_vec,
    'softplus': softplus_vec,
    'sigmoid': sigmoid_vec,
    'tanh': tanh_vec,
    'linear': linear_vec,
    'softmax': softmax_vec,
}

LOSSES = {
    'cross-entropy': categorical_crossentropy_loss_vec,
    'binary': binary_crossentropy_loss_vec,
    'squared': squared_error_loss_vec,
}


def load_model_vec(file):
    mlp = {'activations': [str(name) for name in file['activations']], 'parameters': []}
    mlp['loss'] = str(file['loss']) if 'loss' in file else 'cross-entropy'
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


def targets_of(labels, outputs):
    """A column for each sample: 1 at its class and 0 elsewhere; of a single output the class itself; amounts
    as they are."""
    if labels.dtype.kind == 'f':
        return labels.reshape(len(labels), -1).T
    if outputs == 1:
        return labels[np.newaxis, :]
    Y = np.zeros((outputs, len(labels)))
    Y[labels, np.arange(len(labels))] = 1
    return Y


def chosen_classes(pred):
    """The class that the network says each sample is of."""
    return pred.argmax(axis=0) if len(pred) > 1 else (pred[0] >= 0.5).astype(np.int64)


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
        amounts = labels.dtype.kind == 'f'
        measured = None if amounts else float(file['accuracy'])
    except KeyError as missing:
        sys.exit(f'{WEIGHTS}: it cannot be read: it has no array {missing}. Put the file that Chainrule wrote '
                 'along with this script beside it, or export both again.')

    X = samples.T.astype(mlp['parameters'][0]['data'].dtype)
    if samples.dtype == np.uint8:
        X /= 255
    Y = targets_of(labels, mlp['layer_sizes'][-1]).astype(X.dtype)

    pred = forward_vec(mlp, X)
    loss = LOSSES[mlp['loss']](pred, Y)
    backward_vec(loss)  # every node's 'grad' is there now, to look at or to train on

    print(' -> '.join(str(size) for size in mlp['layer_sizes']), '(' + ', '.join(mlp['activations']) + ')')
    print(f'Test loss: {float(loss["data"]):.4f}')
    if amounts:  # which are not right or wrong
        return
    correct = int((chosen_classes(pred['data']) == labels).sum())
    print(f'Test accuracy: {100 * correct / len(labels):.2f} % ({correct} of {len(labels)})')
    print(f'Chainrule measured: {measured:.2f} %')


if __name__ == '__main__':
    main()
