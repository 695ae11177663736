#!/usr/bin/python3
"""Random valid cases, run and judged: python3 tests/random_cases [--seeds FROM..TO | --seed N] ...

Every seed is a case (generator.py) that `sandglass check` has to accept and `sandglass run` to
solve; the result has to conserve, to balance and to keep its order (judge.py), and of a sample of
the seeds the run's mirror image, one on two ranks and one much finer have to agree with it
(compare.py).  A failing seed is told with its class; the first ones of each class are made as small as possible
and written to a folder (minimise.py).  --seed N tries a single one again, with every check."""

import argparse
import collections
import functools
import multiprocessing
import os
import shutil
import sys
import time

import case_text
import examine
import generator
import judge
import minimise


def arguments():
    parser = argparse.ArgumentParser(prog="tests/random_cases", description="Random valid cases.")
    parser.add_argument("--seeds", default="1..100", metavar="FROM..TO")
    parser.add_argument("--seed", type=int, help="this one alone, with every check")
    parser.add_argument("--program", default="./sandglass")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--time-limit", type=int, default=30, help="processor time of a run [s]")
    parser.add_argument("--every", type=int, default=10,
                        help="mirror image, two ranks and finer run of one seed in so many")
    parser.add_argument("--allow-wrong", type=int, default=0, help="wrong results (default none)")
    parser.add_argument("--allow", type=int, help="unfinished cases (default 1 in 1000, or 1)")
    parser.add_argument("--minimise", type=int, default=1, help="failing seeds of each class")
    parser.add_argument("--minimise-time", type=int, default=120, help="for each of them [s]")
    parser.add_argument("--folder", default="build/random", help="of the smallest cases")
    parser.add_argument("--print", action="store_true", help="print the cases and run nothing")
    return parser.parse_args()


def seeds_of(options):
    if options.seed is not None:
        return [options.seed]
    first, _, last = options.seeds.partition("..")
    return range(int(first), int(last or first) + 1)


def comparisons(options, seed):
    """Which of them a seed gets; each tenth (say) seed another one, so that their cost spreads."""
    if options.seed is not None:
        return set(examine.COMPARISONS)
    turn = seed % options.every if options.every else None
    return {name for k, name in enumerate(examine.COMPARISONS) if turn == k % (options.every or 1)}


def try_seed(options, seed):
    case = generator.generate(seed)
    with examine.scratch_folder() as folder:
        found, notes = examine.examine(case, options, folder, comparisons(options, seed))
    return seed, found, notes


def tell(options, seed, found):
    for finding in found:
        print(f"seed {seed}: {finding.kind}: {finding.text}")
    told = options.told_program
    program = "" if told == "./sandglass" else f" --program {told}"
    print(f"    again: /usr/bin/python3 tests/random_cases{program} --seed {seed}", flush=True)


def worst(found):
    kinds = {finding.kind for finding in found}
    return next((kind for kind in judge.CLASSES if kind in kinds), "passed")


def run_all(options, seeds):
    """The class of each seed, and what was not compared and why."""
    classes, notes = {}, collections.Counter()
    with multiprocessing.Pool(options.jobs) as pool:
        for seed, found, noted in pool.imap_unordered(functools.partial(try_seed, options), seeds):
            classes[seed] = worst(found)
            notes.update(noted)
            if found:
                tell(options, seed, found)
    return classes, notes


def reduce_one(options, failing):
    seed, kind = failing
    return seed, kind, minimise.minimise(generator.generate(seed), kind, options)


def reduce(options, classes):
    """The smallest cases of the first failing seeds of each class."""
    chosen = []
    for kind in judge.CLASSES:
        if kind != "refused":
            failing = [seed for seed in sorted(classes) if classes[seed] == kind]
            chosen += [(seed, kind) for seed in failing[:options.minimise]]
    os.makedirs(options.folder, exist_ok=True)
    with multiprocessing.Pool(options.jobs) as pool:
        for seed, kind, case in pool.imap(functools.partial(reduce_one, options), chosen):
            path = os.path.join(options.folder, f"{kind.replace(' ', '-')}-{seed}.yaml")
            with open(path, "w", encoding="ascii") as file:
                file.write(case_text.to_yaml(case))
            print(f"\n{path}, the smallest case with the finding '{kind}' of seed {seed}:")
            print(case_text.to_yaml(case), flush=True)


def verdict(options, classes, notes, seconds):
    counts = collections.Counter(classes.values())
    total = len(classes)
    print(f"\n{total} cases in {seconds:.0f} s")
    for kind in ["passed"] + judge.CLASSES:
        if counts[kind]:
            print(f"  {kind:14} {counts[kind]:6}  {100 * counts[kind] / total:6.2f} %")
    for note, count in sorted(notes.items()):
        print(f"  ({count} {note})")
    wrong = sum(counts[kind] for kind in judge.WRONG)
    unfinished = sum(counts[kind] for kind in judge.UNFINISHED)
    allowed = max(1, total // 1000) if options.allow is None else options.allow
    print(f"{wrong} wrong (allowed {options.allow_wrong}), {unfinished} unfinished (allowed {allowed}), "
          f"{counts['refused']} refused (allowed {max(1, total // 100)})")
    print(f"{counts['passed']} of {total} cases are as they should be")
    return wrong <= options.allow_wrong and unfinished <= allowed and counts["refused"] <= max(1, total // 100)


def main():
    options = arguments()
    options.told_program, options.program = options.program, os.path.abspath(options.program)
    if options.print:
        for seed in seeds_of(options):
            print(case_text.to_yaml(generator.generate(seed)))
        return 0
    if not shutil.which(options.program):
        sys.exit(f"{options.program}: no such program; make builds it")
    began = time.time()
    classes, notes = run_all(options, seeds_of(options))
    seconds = time.time() - began
    reduce(options, classes)
    return 0 if verdict(options, classes, notes, seconds) else 1


if __name__ == "__main__":
    sys.exit(main())
