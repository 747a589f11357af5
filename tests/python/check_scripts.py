#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the two scripts that a model is exported to against each other, for tst_npz.

    check_scripts.py FOLDER OF THE SCRIPTS, FILE.npz...

Each file has, beside the network, X [samples, inputs] and Y, classes or amounts. Both scripts load the network,
compute outputs and loss, and take the gradients of all weights, the one by its own backward pass, the other by
PyTorch's; no two numbers may differ by more than 1e-12. Prints the outputs, a row for each sample, and the loss
of each file. Exit status 77: NumPy or PyTorch is not installed.
"""
import sys
from pathlib import Path

try:
    import numpy as np
    import torch
except ImportError:
    sys.exit(77)


def script(folder, name):
    text = (Path(folder) / name).read_text()
    for placeholder, code in (('@WEIGHTS_LITERAL@', "'weights.npz'"), ('@DATA@', ''), ('@SAMPLES@', '')):
        text = text.replace(placeholder, code)
    names = {'__name__': name, '__file__': name}
    exec(compile(text, name, 'exec'), names)
    return names


def near(a, b):
    return np.abs(np.asarray(a) - np.asarray(b)).max() <= 1e-12


def main():
    in_numpy, in_torch = script(sys.argv[1], 'numpy_network.py'), script(sys.argv[1], 'torch_network.py')
    for path in sys.argv[2:]:
        file = dict(np.load(path))
        labels = file['Y'] if file['Y'].dtype.kind == 'f' else file['Y'].astype(np.int64)

        mlp = in_numpy['load_model_vec'](file)
        pred = in_numpy['forward_vec'](mlp, file['X'].T)
        Y = in_numpy['targets_of'](labels, mlp['layer_sizes'][-1]).astype(np.float64)
        loss = in_numpy['LOSSES'][mlp['loss']](pred, Y)
        in_numpy['backward_vec'](loss)

        network = in_torch['load_network'](file)
        outputs = network(torch.from_numpy(file['X']))
        other_loss = in_torch['LOSSES'][mlp['loss']](outputs, torch.from_numpy(labels))
        other_loss.backward()

        assert near(pred['data'].T, outputs.detach().numpy()), f'{path}: outputs'
        assert near(loss['data'], other_loss.item()), f'{path}: loss'
        for node, parameter in zip(mlp['parameters'], network.parameters()):
            assert near(node['grad'].reshape(parameter.shape), parameter.grad.numpy()), f'{path}: gradients'
        chosen = in_torch['chosen_classes'](outputs).numpy()
        assert (in_numpy['chosen_classes'](pred['data']) == chosen).all(), f'{path}: classes'
        for row in pred['data'].T:
            print(*(repr(float(v)) for v in row))
        print(repr(float(loss['data'])))


main()
