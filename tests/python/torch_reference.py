#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the cases of tst_torch with PyTorch in double precision.

    torch_reference.py SPEC RESULT [RECORDED]

All three are JSON files. SPEC holds the data for each kind of targets, the cases (layers, first
parameters, optimizer, rate, penalties, schedule), masks of dropout and the schedules whose rates are asked for.
RESULT receives each case's parameters after its last step, in the order in which they came, and the rates.
RECORDED receives the parameters rounded to 11 decimals and some of the rates: what is kept for machines without
PyTorch. Exit status 77: PyTorch is not installed.

Nothing of a step is computed here: activations, losses and clipping are torch.nn.functional's and
torch.nn.utils's, gradients autograd's, steps torch.optim's, rates torch.optim.lr_scheduler's. Only the penalties
that PyTorch has no option for are added to the gradients.
"""
import json
import math
import sys
import warnings

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    sys.exit(77)

ACTIVATIONS = {
    'relu': F.relu,
    'leaky-relu': F.leaky_relu,
    'elu': F.elu,
    'gelu': F.gelu,
    'silu': F.silu,
    'softplus': lambda z: F.softplus(z, threshold=1e9),
    'sigmoid': torch.sigmoid,
    'tanh': torch.tanh,
    'linear': lambda z: z,
    'softmax': lambda z: F.softmax(z, dim=1),
}

# Of the outputs, of the sums that the output's activation was taken of, and of the targets.
LOSSES = {
    'cross-entropy': lambda outputs, logits, targets: F.cross_entropy(logits, targets),
    'binary': lambda outputs, logits, targets: F.binary_cross_entropy(outputs, targets),
    'squared': lambda outputs, logits, targets: F.mse_loss(outputs, targets),
}

OPTIMIZERS = {
    'sgd': lambda groups: torch.optim.SGD(groups, lr=1),
    'momentum': lambda groups: torch.optim.SGD(groups, lr=1, momentum=0.9),
    'nesterov': lambda groups: torch.optim.SGD(groups, lr=1, momentum=0.9, nesterov=True),
    'adagrad': lambda groups: torch.optim.Adagrad(groups),
    'rmsprop': lambda groups: torch.optim.RMSprop(groups),
    'adam': lambda groups: torch.optim.Adam(groups),
    'adamw': lambda groups: torch.optim.AdamW(groups),
}


def step_scheduler(optimizer, steps):
    if steps % 3 == 0:
        return torch.optim.lr_scheduler.StepLR(optimizer, steps // 3, gamma=0.1)
    thirds = [math.ceil(steps / 3), math.ceil(2 * steps / 3)]
    return torch.optim.lr_scheduler.MultiStepLR(optimizer, thirds, gamma=0.1)


SCHEDULES = {
    'constant': lambda optimizer, steps: torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1),
    'step': step_scheduler,
    'exponential': lambda optimizer, steps:
        torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.01 ** (1 / steps)),
    'cosine': lambda optimizer, steps: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps),
    'one-cycle': lambda optimizer, steps:
        torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1, total_steps=steps, cycle_momentum=False),
}


def rates_of(make_scheduler, steps):
    """The rates of an optimizer whose rate is 1, with the scheduler stepped after every batch."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make_scheduler(optimizer, steps)
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        if step + 1 < steps:
            scheduler.step()
    return rates


def factors(schedule, steps, warmup):
    rates = rates_of(SCHEDULES[schedule], steps)
    if warmup > 1:
        rising = rates_of(lambda optimizer, _: torch.optim.lr_scheduler.LinearLR(
            optimizer, start_factor=1 / warmup, end_factor=1, total_iters=warmup - 1), steps)
        rates = [rate * rise for rate, rise in zip(rates, rising)]
    return rates


def split_parameters(layers, inputs, numbers):
    """Weights (units, inputs) and biases (units) of each dense layer."""
    weights, biases, at = [], [], 0
    for layer in layers:
        if 'dropout' in layer:
            continue
        units = layer['units']
        weights.append(torch.tensor(numbers[at:at + units * inputs]).reshape(units, inputs).requires_grad_())
        at += units * inputs
        biases.append(torch.tensor(numbers[at:at + units]).requires_grad_())
        at += units
        inputs = units
    assert at == len(numbers)
    return weights, biases


def forward(layers, weights, biases, x, masks, step):
    dense = 0
    sums = x
    for place, layer in enumerate(layers):
        if 'dropout' in layer:
            x = x * masks[place][step][:, :x.shape[1]]
            continue
        sums = F.linear(x, weights[dense], biases[dense])
        x = ACTIVATIONS[layer['activation']](sums)
        dense += 1
    return x, sums


def train(case, spec, data, masks):
    x, targets = data[case['data']]
    layers = case['layers']
    weights, biases = split_parameters(layers, x.shape[1], case['parameters'])
    parameters = weights + biases
    decoupled = case['optimizer'] == 'adamw'
    optimizer = OPTIMIZERS[case['optimizer']]([
        {'params': weights, 'weight_decay': case['l2'] if decoupled else 0},
        {'params': biases, 'weight_decay': 0}])
    rates = factors(case['schedule'], spec['steps'], case['warmup'])
    for step in range(spec['steps']):
        batch = spec['batches'][step % len(spec['batches'])]
        for group in optimizer.param_groups:
            group['lr'] = case['rate'] * rates[step]
        optimizer.zero_grad()
        outputs, logits = forward(layers, weights, biases, x[batch], masks, step)
        LOSSES[case['loss']](outputs, logits, targets[batch]).backward()
        if case['clip'] > 0:
            torch.nn.utils.clip_grad_norm_(parameters, case['clip'])
        with torch.no_grad():
            for weight in weights:
                weight.grad += case['l1'] * torch.sign(weight)
                if not decoupled:
                    weight.grad += case['l2'] * weight
        optimizer.step()
    result = []
    for weight, bias in zip(weights, biases):
        result += weight.flatten().tolist() + bias.tolist()
    return result


def record(path, parameters, rates):
    lines = ['"%s":[%s]' % (name, ','.join('%.11f' % number for number in numbers))
             for name, numbers in parameters.items()]
    some = {name: range(0, len(numbers), max(1, len(numbers) // 30)) for name, numbers in rates.items()}
    more = ['"%s":{%s}' % (name, ','.join('"%d":%.15g' % (step, rates[name][step]) for step in steps))
            for name, steps in some.items()]
    with open(path, 'w', encoding='utf-8') as file:
        file.write('{"parameters":{\n%s\n},\n"rates":{\n%s\n}}\n' % (',\n'.join(lines), ',\n'.join(more)))


def main():
    spec_path, result_path, *recorded_path = sys.argv[1:]
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    warnings.simplefilter('ignore')  # of schedulers that are stepped without an optimizer
    with open(spec_path, encoding='utf-8') as file:
        spec = json.load(file)

    x = torch.tensor(spec['inputs'])
    data = {name: (x, torch.tensor(targets)) for name, targets in spec['targets'].items()}
    masks = {int(place): torch.tensor(numbers) for place, numbers in spec['masks'].items()}
    parameters = {case['name']: train(case, spec, data, masks) for case in spec['cases']}
    rates = {each['name']: factors(each['schedule'], each['steps'], each['warmup'])
             for each in spec['schedules']}
    with open(result_path, 'w', encoding='utf-8') as file:
        json.dump({'parameters': parameters, 'rates': rates}, file)
    for path in recorded_path:
        record(path, parameters, rates)


main()
