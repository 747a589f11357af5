#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the same network on the same MNIST samples with Chainrule's matrix engine and, where they are
installed (Debian: python3-torch, python3-numpy, python3-sklearn and libopenblas0-pthread), with PyTorch, NumPy
and scikit-learn, in turn, one thread each on one and the same processor, and prints every measurement, the medians and the ratios. Nothing is
judged, but a peer that multiplies by the reference BLAS is left out: Debian installs that one with those
packages, it is about ten times slower than OpenBLAS, and a ratio to it would flatter us for nothing.

    cmake --build --preset release --target chainrule bench_matrix
    CHAINRULE_DATA=DIR tests/bench/compare.py --program build/release/bin/chainrule

DIR/mnist holds MNIST's four files. Seconds are those of an epoch's training alone: shuffling and gathering
count, loading and evaluation do not.
"""

import argparse
import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

LAYERS = [784, 128, 64, 10]
BATCH = 64
RATE = 0.1
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def stay_on_one_processor():
    """Of a process before it starts: no helping thread of anybody's then works beside the measured one."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def read_idx(path):
    for name, opener in ((path + ".gz", gzip.open), (path, open)):
        if os.path.exists(name):
            with opener(name, "rb") as file:
                data = file.read()
            return data[4 + 4 * data[3]:]
    sys.exit(f"{path} not found: set CHAINRULE_DATA to the folder that has mnist in it")


# ---- the others, each in a process of its own ----------------------------------------------------------

def load_arrays(folder, samples, dense, numpy):
    pixels = numpy.frombuffer(read_idx(folder + "/train-images-idx3-ubyte"), numpy.uint8)[:samples * 784]
    labels = numpy.frombuffer(read_idx(folder + "/train-labels-idx1-ubyte"), numpy.uint8)[:samples]
    if dense:
        pixels = numpy.maximum(pixels, 1)
    return pixels.reshape(samples, 784), labels


def torch_trainer(folder, samples, precision, dense, momentum):
    import numpy
    import torch
    torch.set_num_threads(1)
    torch.manual_seed(1)
    kind = torch.float32 if precision == "float" else torch.float64
    pixels, labels = load_arrays(folder, samples, dense, numpy)
    x = torch.tensor(pixels).to(kind) / 255
    y = torch.tensor(labels.astype("int64"))
    steps = []
    for inputs, units in zip(LAYERS, LAYERS[1:]):
        steps += [torch.nn.Linear(inputs, units, dtype=kind), torch.nn.ReLU()]
    model = torch.nn.Sequential(*steps[:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02 if momentum else RATE, momentum=momentum)
    cross_entropy = torch.nn.CrossEntropyLoss()

    def epoch():
        begin = time.perf_counter()
        order = torch.randperm(samples)
        for i in range(0, samples, BATCH):
            batch = order[i:i + BATCH]
            optimizer.zero_grad()
            cross_entropy(model(x.index_select(0, batch)), y.index_select(0, batch)).backward()
            optimizer.step()
        return time.perf_counter() - begin

    test = numpy.frombuffer(read_idx(folder + "/t10k-images-idx3-ubyte"), numpy.uint8).reshape(-1, 784)
    test_x = torch.tensor(test).to(kind) / 255
    test_y = torch.tensor(numpy.frombuffer(read_idx(folder + "/t10k-labels-idx1-ubyte"), numpy.uint8).astype("int64"))

    def accuracy():
        with torch.no_grad():
            return (model(test_x).argmax(1) == test_y).double().mean().item() * 100

    return epoch, accuracy


def numpy_trainer(folder, samples, precision, dense, momentum):
    import numpy
    kind = numpy.float32 if precision == "float" else numpy.float64
    pixels, labels = load_arrays(folder, samples, dense, numpy)
    x = pixels.astype(kind) / kind(255)
    random = numpy.random.default_rng(1)
    weights = [(random.standard_normal((i, u)) * (2 / (i + u)) ** 0.5).astype(kind)
               for i, u in zip(LAYERS, LAYERS[1:])]
    biases = [numpy.zeros(u, kind) for u in LAYERS[1:]]

    def epoch():
        begin = time.perf_counter()
        order = random.permutation(samples)
        for i in range(0, samples, BATCH):
            batch = order[i:i + BATCH]
            values = [x[batch]]
            for w, b in zip(weights, biases):
                sums = values[-1] @ w
                sums += b
                values.append(numpy.maximum(sums, 0, out=sums) if w is not weights[-1] else sums)
            p = numpy.exp(values[-1] - values[-1].max(1, keepdims=True))
            p /= p.sum(1, keepdims=True)
            p[numpy.arange(len(batch)), labels[batch]] -= 1
            p *= kind(1 / len(batch))
            for l in reversed(range(len(weights))):
                gradient = values[l].T @ p
                bias = p.sum(0)
                if l:
                    p = (p @ weights[l].T) * (values[l] > 0)
                gradient *= kind(RATE)
                weights[l] -= gradient
                biases[l] -= kind(RATE) * bias
        return time.perf_counter() - begin

    return epoch, None


def sklearn_trainer(folder, samples, precision, dense, momentum):
    import numpy
    import warnings
    from sklearn.neural_network import MLPClassifier
    warnings.simplefilter("ignore")
    kind = numpy.float32 if precision == "float" else numpy.float64
    pixels, labels = load_arrays(folder, samples, dense, numpy)
    x = pixels.astype(kind) / kind(255)
    model = MLPClassifier(LAYERS[1:-1], solver="sgd", momentum=0, batch_size=BATCH, learning_rate_init=RATE,
                          alpha=0, max_iter=1, warm_start=True, random_state=1)

    def epoch():
        begin = time.perf_counter()
        model.fit(x, labels)
        return time.perf_counter() - begin

    return epoch, None


TRAINERS = {"torch": torch_trainer, "numpy": numpy_trainer, "sklearn": sklearn_trainer}


def blas_in_use():
    with open("/proc/self/maps") as maps:
        files = sorted({line.split()[-1] for line in maps if "blas" in line and "r-xp" in line})
    return [file for file in files if not file.endswith(".so") or "lib" in os.path.basename(file)]


def work(arguments):
    epoch, accuracy = TRAINERS[arguments.work](arguments.folder, arguments.samples, arguments.precision,
                                               arguments.dense, arguments.momentum)
    epoch()
    libraries = blas_in_use()
    if any("/blas/libblas" in os.path.realpath(file) for file in libraries):
        print(f"uses the reference BLAS ({libraries[0]}); install libopenblas0-pthread", flush=True)
        return
    print("ready", ", ".join(os.path.basename(file) for file in libraries), flush=True)
    for line in sys.stdin:
        if line.strip() == "accuracy":
            print(accuracy(), flush=True)
        else:
            print(statistics.median(epoch() for _ in range(int(line))), flush=True)


# ---- alternation ---------------------------------------------------------------------------------------

class Peer:
    def __init__(self, name, folder, samples, precision, dense, momentum=0.0):
        command = [sys.executable, __file__, "--work", name, "--folder", folder, "--samples", str(samples),
                   "--precision", precision, "--momentum", str(momentum)] + (["--dense"] if dense else [])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.DEVNULL, env={**os.environ, **ONE_THREAD},
                                        preexec_fn=stay_on_one_processor)
        answer = self.process.stdout.readline().strip()
        self.works = answer.startswith("ready")
        print(f"  {name}: {answer.removeprefix('ready ') or 'not installed'}", flush=True)

    def ask(self, question):
        print(question, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def train(program, options):
    run = subprocess.run([program, "train", "--json", "--no-library", "--threads", "1", *options],
                         capture_output=True, text=True, preexec_fn=stay_on_one_processor)
    if run.returncode != 0:
        sys.exit(run.stderr)
    return [json.loads(line) for line in run.stdout.splitlines()]


def chainrule_epoch(program, source, samples, precision, epochs):
    events = train(program, ["--preset", "matrix", "--data", source, "--train", str(samples), "--precision",
                             precision, "--epochs", str(epochs + 1)])
    return statistics.median(e["train_seconds"] for e in events[2:-1])


def write_dense(folder, target):
    for name in ("train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte", "t10k-images-idx3-ubyte"):
        for ending in ("", ".gz"):
            if os.path.exists(f"{folder}/{name}{ending}"):
                shutil.copy(f"{folder}/{name}{ending}", target)
    images = read_idx(folder + "/train-images-idx3-ubyte").replace(b"\0", b"\1")
    with open(target + "/train-images-idx3-ubyte", "wb") as file:
        file.write(bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (len(images) // 784, 28, 28)))
        file.write(images)


def peaks(program):
    bench = os.path.join(os.path.dirname(program), "bench_matrix")
    if not os.path.exists(bench):
        return {}
    run = subprocess.run([bench, "--benchmark_filter=multiplyAddPeak", "--benchmark_format=json"],
                         capture_output=True, text=True)
    return {b["name"].split("/")[-1]: b["items_per_second"] for b in json.loads(run.stdout)["benchmarks"]}


def compare(program, folder, source, samples, precision, dense, rounds, epochs):
    print(f"\n{precision}, {samples} samples, {'no zeros' if dense else 'MNIST'}: seconds an epoch", flush=True)
    peers = {name: Peer(name, folder, samples, precision, dense) for name in TRAINERS}
    peers = {name: peer for name, peer in peers.items() if peer.works}
    rows = {"chainrule": [], **{name: [] for name in peers}}
    for turn in range(rounds):
        rows["chainrule"].append(chainrule_epoch(program, source, samples, precision, epochs))
        for name, peer in peers.items():
            rows[name].append(peer.ask(epochs))
        print(f"  {turn + 1:2}  " + "  ".join(f"{name} {row[-1]:.4f}" for name, row in rows.items()), flush=True)
    for peer in peers.values():
        peer.close()
    own = statistics.median(rows["chainrule"])
    for name, row in rows.items():
        ratios = statistics.median(r / c for r, c in zip(row, rows["chainrule"]))
        print(f"  {name:9}  median {statistics.median(row):.4f}  minimum {min(row):.4f}  to chainrule: of medians "
              f"{statistics.median(row) / own:.2f}, of minima {min(row) / min(rows['chainrule']):.2f}, "
              f"median of the rounds {ratios:.2f}", flush=True)
    return rows["chainrule"]


def bench(program, pattern):
    """Items a second by name."""
    path = os.path.join(os.path.dirname(program), "bench_matrix")
    run = subprocess.run([path, f"--benchmark_filter={pattern}", "--benchmark_format=json"],
                         capture_output=True, text=True, check=True)
    return {b["name"]: b["items_per_second"] for b in json.loads(run.stdout)["benchmarks"]}


def compare_threads(program, rounds):
    """Two threads to one, beside how much more arithmetic two processors give than one in the same round."""
    print("\ntwo threads to one (samples a second), and the same of a loop of multiply-adds in registers")
    ratios = {}
    for turn in range(rounds):
        rates = bench(program, "^(twoThreadPeak|threads)/")
        row = {"peak": rates["twoThreadPeak/float/real_time/threads:2"] /
               rates["twoThreadPeak/float/real_time/threads:1"]}
        for batch in (64, 256, 1024):
            one, two = (rates[f"threads/threads:{n}/batch:{batch}/real_time"] for n in (1, 2))
            row[f"batch {batch}"] = two / one
        print(f"  {turn + 1:2}  " + "  ".join(f"{name} {ratio:.2f}" for name, ratio in row.items()), flush=True)
        for name, ratio in row.items():
            ratios.setdefault(name, []).append(ratio)
    print("  median  " + "  ".join(f"{name} {statistics.median(row):.2f}" for name, row in ratios.items()))


def compare_skipping(program, rounds):
    """What looking for zeros and skipping them costs where there are none."""
    print("\nno zeros: seconds of a step that skips, to one that does not look for zeros")
    ratios = {}
    for turn in range(rounds):
        rates = bench(program, "^skipOnDense/")
        row = {f"{precision}, {choice}": rates[f"skipOnDense/{precision}/never"] / rates[f"skipOnDense/{precision}/{choice}"]
               for precision in ("float", "double") for choice in ("chosen", "always")}
        print(f"  {turn + 1:2}  " + "  ".join(f"{name} {ratio:.3f}" for name, ratio in row.items()), flush=True)
        for name, ratio in row.items():
            ratios.setdefault(name, []).append(ratio)
    print("  median  " + "  ".join(f"{name} {statistics.median(row):.3f}" for name, row in ratios.items()))


def count_instructions(program):
    """Of one batch of 64 MNIST-like samples, by the difference between a longer and a shorter run."""
    if not shutil.which("valgrind"):
        sys.exit("valgrind is not installed")
    path = os.path.join(os.path.dirname(program), "bench_matrix")
    totals = []
    for steps in (100, 200):
        # Valgrind offers no AVX-512: what is counted are the AVX2 kernels.
        with tempfile.NamedTemporaryFile() as out:
            run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", path,
                                  "--steps", str(steps)], capture_output=True, text=True)
        totals.append(int(re.search(r"Collected : (\d+)", run.stderr).group(1)))
    print(f"\ncallgrind: {(totals[1] - totals[0]) // 100} instructions of one batch of 64 (float, AVX2)")


def compare_full(program, folder, rounds):
    """Training seconds until the test accuracy first reaches 98 %."""
    print("\nfloat, 60,000 samples, momentum: training seconds to 98 % of the test samples", flush=True)
    both = []
    for turn in range(rounds):
        own = None
        for epochs in range(1, 40):
            events = train(program, ["--preset", "matrix-full", "--data", folder, "--epochs", str(epochs),
                                     "--seed", str(turn + 1)])
            if events[-1]["test_accuracy"] >= 98.0:
                own = (events[-1]["train_seconds"], epochs)
                break
        print(f"  {turn + 1:2}  " + (f"chainrule {own[0]:.2f} s, {own[1]} epochs" if own else "not reached"), flush=True)
        peer = Peer("torch", folder, 60000, "float", False, 0.9)
        if peer.works:
            times = [peer.ask(1)]
            while peer.ask("accuracy") < 98.0 and len(times) < 60:
                times.append(peer.ask(1))
            # Its first epoch, before the clock ran, counts as the others' mean.
            seconds = sum(times) * (len(times) + 1) / len(times)
            print(f"      torch {seconds:.2f} s, {len(times) + 1} epochs; to chainrule "
                  f"{seconds / own[0]:.2f}" if own else "", flush=True)
            if own:
                both.append((own[0], seconds))
            peer.close()
    if both:
        print(f"  median  chainrule {statistics.median(own for own, _ in both):.2f} s  "
              f"torch {statistics.median(torch for _, torch in both):.2f} s  "
              f"median of the ratios {statistics.median(torch / own for own, torch in both):.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/bin/chainrule")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=5, help="in each round, of which the median counts")
    parser.add_argument("--samples", type=int, default=10000)
    parser.add_argument("--precision", choices=("float", "double"), default=None, help="default: both")
    parser.add_argument("--dense", action="store_true", help="only the inputs without zeros")
    parser.add_argument("--full", action="store_true", help="the time to 98 %% on all of MNIST instead")
    parser.add_argument("--threads", action="store_true", help="two threads to one, beside a probe, instead")
    parser.add_argument("--skipping", action="store_true", help="the cost of looking for zeros instead")
    parser.add_argument("--callgrind", action="store_true", help="the instructions of one batch instead")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--momentum", type=float, default=0.0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        return work(arguments)
    folder = os.path.join(os.environ.get("CHAINRULE_DATA", "."), "mnist")
    program = os.path.abspath(arguments.program)
    print(f"processor: {open('/proc/cpuinfo').read().split('model name')[1].splitlines()[0].strip(': 	')}, "
          f"load {os.getloadavg()[0]:.1f}")
    multiply_adds = arguments.samples * (2 * sum(i * u for i, u in zip(LAYERS, LAYERS[1:])) +
                                         sum(i * u for i, u in zip(LAYERS[1:], LAYERS[2:])))
    if arguments.threads:
        return compare_threads(program, arguments.rounds)
    if arguments.skipping:
        return compare_skipping(program, arguments.rounds)
    if arguments.callgrind:
        return count_instructions(program)
    if arguments.full:
        return compare_full(program, folder, arguments.rounds)
    with tempfile.TemporaryDirectory() as dense_folder:
        write_dense(folder, dense_folder)
        for dense in (True,) if arguments.dense else (False, True):
            for precision in (arguments.precision,) if arguments.precision else ("float", "double"):
                before = peaks(program).get(precision)
                own = compare(program, folder, dense_folder if dense else folder, arguments.samples, precision,
                              dense, arguments.rounds, arguments.epochs)
                after = peaks(program).get(precision)
                if before and after:
                    limit = multiply_adds / max(before, after)
                    print(f"  peak {before / 1e9:.1f} and {after / 1e9:.1f} billion multiply-adds a second: dense "
                          f"limit {limit:.4f} s; chainrule's best {limit / min(own) * 100:.0f} % of it", flush=True)


if __name__ == "__main__":
    main()
