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


class Softplus(nn.Module):
    """Without the threshold of nn.Softplus, which gives z itself from 20 on."""

    def forward(self, z):
        return torch.logaddexp(z, torch.zeros_like(z))


ACTIVATIONS = {
    'relu': nn.ReLU,
    'leaky-relu': nn.LeakyReLU,
    'elu': nn.ELU,
    'gelu': nn.GELU,
    'silu': nn.SiLU,
    'softplus': Softplus,
    'sigmoid': nn.Sigmoid,
    'tanh': nn.Tanh,
    'linear': nn.Identity,
    'softmax': lambda: nn.Softmax(dim=1),
}


# Of the outputs after their activation. Probabilities are at least 1e-10, as in Chainrule.

def cross_entropy(outputs, labels):
    return nn.functional.nll_loss(outputs.clamp_min(1e-10).log(), labels)


def binary_cross_entropy(outputs, labels):
    targets = targets_of(labels, outputs)
    yes, no = outputs.clamp_min(1e-10).log(), (1 - outputs).clamp_min(1e-10).log()
    return -(targets * yes + (1 - targets) * no).mean()


def squared_error(outputs, labels):
    return nn.functional.mse_loss(outputs, targets_of(labels, outputs))


LOSSES = {'cross-entropy': cross_entropy, 'binary': binary_cross_entropy, 'squared': squared_error}


def targets_of(labels, outputs):
    """A row for each sample: 1 at its class and 0 elsewhere; of a single output the class itself; amounts as
    they are."""
    if labels.is_floating_point() or outputs.shape[1] == 1:
        return labels.to(outputs.dtype).reshape(outputs.shape)
    return nn.functional.one_hot(labels, outputs.shape[1]).to(outputs.dtype)


def chosen_classes(outputs):
    """The class that the network says each sample is of."""
    return outputs.argmax(dim=1) if outputs.shape[1] > 1 else (outputs[:, 0] >= 0.5).long()


def load_network(file):
    """The layers with Chainrule's weights; the result has a row for each sample: of class probabilities where
    the last layer is softmax."""
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
        amounts = labels.dtype.kind == 'f'
        measured = None if amounts else float(file['accuracy'])
        loss_of = LOSSES[str(file['loss']) if 'loss' in file else 'cross-entropy']
    except KeyError as missing:
        sys.exit(f'{WEIGHTS}: it cannot be read: it has no array {missing}. Put the file that Chainrule wrote '
                 'along with this script beside it, or export both again.')

    inputs = torch.from_numpy(samples).to(network[0].weight.dtype)
    if samples.dtype == np.uint8:
        inputs /= 255
    targets = torch.from_numpy(labels)

    network.eval()
    with torch.no_grad():
        outputs = network(inputs)
        loss = loss_of(outputs, targets).item()

    print(network)
    print(f'Test loss: {loss:.4f}')
    if amounts:  # which are not right or wrong
        return
    correct = int((chosen_classes(outputs) == targets).sum())
    print(f'Test accuracy: {100 * correct / len(labels):.2f} % ({correct} of {len(labels)})')
    print(f'Chainrule measured: {measured:.2f} %')


if __name__ == '__main__':
    main()
