#!/usr/bin/env python3
# @HEADER@
"""The network in PyTorch.

    python3 @SCRIPT@ [FOLDER OF THE IDX FILES]

Prints loss and accuracy over the test samples that Chainrule measured. Needs PyTorch, NumPy and, beside
this script, @WEIGHTS@.
"""
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

WEIGHTS = Path(__file__).resolve().parent / @WEIGHTS_LITERAL@
@DATA@

ACTIVATIONS = {
    'relu': nn.ReLU,
    'sigmoid': nn.Sigmoid,
    'tanh': nn.Tanh,
    'linear': nn.Identity,
    'softmax': lambda: nn.Softmax(dim=1),
}


def load_network(file):
    """The layers with Chainrule's weights; the result has a row of class probabilities for each sample."""
    modules = []
    for layer, name in enumerate(file['activations'], start=1):
        weight, bias = torch.from_numpy(file[f'W{layer}']), torch.from_numpy(file[f'b{layer}'])
        linear = nn.Linear(weight.shape[1], weight.shape[0], dtype=weight.dtype)
        with torch.no_grad():
            linear.weight.copy_(weight)
            linear.bias.copy_(bias)
        modules += [linear, ACTIVATIONS[str(name)]()]
    return nn.Sequential(*modules)


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
        network = load_network(file)
        samples, labels = test_samples(file)
        measured = float(file['accuracy'])
    except KeyError as missing:
        sys.exit(f'{WEIGHTS}: it cannot be read: it has no array {missing}. Put the file that Chainrule wrote '
                 'along with this script beside it, or export both again.')

    inputs = torch.from_numpy(samples).to(network[0].weight.dtype)
    if samples.dtype == np.uint8:
        inputs /= 255
    targets = torch.from_numpy(labels)

    network.eval()
    with torch.no_grad():
        probabilities = network(inputs)
        loss = nn.functional.nll_loss(probabilities.clamp_min(1e-10).log(), targets).item()
        correct = int((probabilities.argmax(dim=1) == targets).sum())

    print(network)
    print(f'Test loss: {loss:.4f}')
    print(f'Test accuracy: {100 * correct / len(labels):.2f} % ({correct} of {len(labels)})')
    print(f'Chainrule measured: {measured:.2f} %')


if __name__ == '__main__':
    main()
