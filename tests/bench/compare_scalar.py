#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scalar engine beside Stan Math and ADOL-C, alternately, on the same samples.

    cmake --build --preset release --target chainrule_scalar
    tests/bench/compare_scalar.py --data FOLDER_OF_MNIST

Peers are compiled where their Debian packages are: r-cran-stanheaders (with libtbb-dev and libeigen3-dev),
libadolc-dev. Prints each round's raw lines (name, samples a second, mean loss of the first 200 samples), then
medians and their ratios to Stan Math.
"""
import argparse
import array
import gzip
import os
import platform
import random
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
STAN = "/usr/lib/R/site-library/StanHeaders/include"


def write_samples(path, folder, count):
    """Initial weights and the first samples, as peers/step.h reads them."""
    draw = random.Random(1)
    parameters = [draw.gauss(0, (1 / 784) ** 0.5) for _ in range(16 * 784)] + [0.0] * 16
    parameters += [draw.gauss(0, 0.25) for _ in range(160)] + [0.0] * 10
    if folder:
        with gzip.open(os.path.join(folder, "train-images-idx3-ubyte.gz")) as file:
            pixels = file.read(16 + 784 * count)[16:]
        with gzip.open(os.path.join(folder, "train-labels-idx1-ubyte.gz")) as file:
            labels = file.read(8 + count)[8:]
        numbers = [pixel / 255 for pixel in pixels]
    else:
        numbers = [draw.random() if draw.random() < 0.19 else 0.0 for _ in range(784 * count)]
        labels = bytes(draw.randrange(10) for _ in range(count))
    with open(path, "wb") as file:
        file.write(struct.pack("=Q", count))
        array.array("d", parameters).tofile(file)
        array.array("d", numbers).tofile(file)
        file.write(labels)


def build_peer(name, folder, flags):
    program = os.path.join(folder, name)
    source = os.path.join(HERE, "peers", name + ".cpp")
    command = ["g++", "-std=c++17", "-O3", "-march=native", "-w", source, "-o", program] + flags
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        print(f"# {name} does not build:\n{result.stderr[:2000]}", file=sys.stderr)
        return None
    return program


def rate(command):
    line = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return line, float(line.split()[1])


def count_instructions(program, samples):
    """Of one step, by the difference between a longer and a shorter run under callgrind."""
    print("\n# callgrind: instructions of one step")
    for mode in ("anew", "every", "demand", "evaluate"):
        totals = []
        for steps in (220, 420):
            # Valgrind offers no AVX-512: what is counted are the AVX2 loops.
            with tempfile.NamedTemporaryFile() as out:
                result = subprocess.run(
                    ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", program, samples,
                     f"steps={steps}", mode], capture_output=True, text=True)
            totals.append(int(re.search(r"Collected : (\d+)", result.stderr).group(1)))
        print(f"{mode} {(totals[1] - totals[0]) // 200}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder with MNIST's training files (.gz); else random sparse samples")
    parser.add_argument("--program", default=os.path.join(ROOT, "build/release/bin/chainrule_scalar"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--callgrind", action="store_true", help="count instructions too, where valgrind is")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        samples = os.path.join(folder, "samples")
        write_samples(samples, options.data, options.samples)
        own = [options.program, samples, str(options.seconds)]
        commands = {f"chainrule {mode}": own + [mode] for mode in ("anew", "every", "demand", "evaluate")}
        if os.path.isdir(STAN):
            program = build_peer("stan_scalar", folder, ["-I" + STAN, "-I/usr/include/eigen3", "-ltbb"])
            if program:
                commands["stan"] = [program, samples, str(options.seconds)]
        if os.path.exists("/usr/include/adolc/adolc.h"):
            program = build_peer("adolc_scalar", folder, ["-ladolc"])
            if program:
                commands["adolc"] = [program, samples, str(options.seconds)]

        print(f"# {platform.processor() or platform.machine()}, {os.cpu_count()} processors; one thread")
        rates = {name: [] for name in commands}
        ratios = {name: [] for name in commands}
        for turn in range(options.rounds):
            for name, command in commands.items():
                line, value = rate(command)
                rates[name].append(value)
                print(f"{turn + 1} {line}", flush=True)
            if "stan" in commands:
                for name in commands:
                    ratios[name].append(rates[name][-1] / rates["stan"][-1])
        print("\n# median samples a second" + (", to Stan Math (median of each round's ratio)" if ratios else ""))
        for name in commands:
            text = f"{name:20} {statistics.median(rates[name]):12.0f}"
            if ratios[name]:
                text += f" {statistics.median(ratios[name]):8.2f}"
            print(text)
        if options.callgrind:
            if shutil.which("valgrind"):
                count_instructions(options.program, samples)
            else:
                print("# valgrind is not installed", file=sys.stderr)


if __name__ == "__main__":
    main()
