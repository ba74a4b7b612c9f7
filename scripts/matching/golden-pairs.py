"""Writes shared/domain/matching/comparing/jaro-winkler.golden.ndjson: pairs of strings with their similarity by
rapidfuzz, an implementation in C++ of the same definition, over UTF-16 code units.

    python3 -m venv venv && venv/bin/pip install rapidfuzz==3.14.6
    venv/bin/python scripts/matching/golden-pairs.py > shared/domain/matching/comparing/jaro-winkler.golden.ndjson
"""

import json
import random
import struct

from rapidfuzz.distance import JaroWinkler

chance = random.Random(20261122)
alphabets = ["ab", "aeinrst", "abcdefghijklmnopqrstuvwxyz ", "éñüøaen", "रमेशकुार्ि", "सn王李😀👩"]


def units(text):
    data = text.encode("utf-16-le")
    return list(struct.unpack(f"<{len(data) // 2}H", data))


def word(alphabet, length):
    return "".join(chance.choice(alphabet) for _ in range(length))


def noisy(text, alphabet):
    letters = list(text)
    for _ in range(chance.randint(1, max(1, len(letters) // 4))):
        at = chance.randrange(len(letters) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            letters.insert(at, chance.choice(alphabet))
        elif kind == 1 and letters:
            letters.pop(min(at, len(letters) - 1))
        elif kind == 2 and len(letters) > 1:
            at = min(at, len(letters) - 2)
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        elif letters:
            letters[min(at, len(letters) - 1)] = chance.choice(alphabet)
    return "".join(letters)


published = [
    ("MARTHA", "MARHTA"), ("DWAYNE", "DUANE"), ("DIXON", "DICKSONX"), ("JONES", "JOHNSON"),
    ("SHACKLEFORD", "SHACKELFORD"), ("DUNNINGHAM", "CUNNIGHAM"), ("NICHLESON", "NICHULSON"),
    ("MASSEY", "MASSIE"), ("ABROMS", "ABRAMS"), ("HARDIN", "MARTINEZ"), ("ITMAN", "SMITH"),
    ("JERALDINE", "GERALDINE"), ("MICHELLE", "MICHAEL"), ("JULIES", "JULIUS"), ("TANYA", "TONYA"),
]  # fmt: skip
edges = [
    ("", ""), ("", "a"), ("a", ""), ("a", "a"), ("a", "b"), ("ab", "ba"), ("ab", "ab"), ("aaa", "aaa"),
    ("a" * 31, "a" * 32), ("a" * 32, "a" * 32), ("a" * 32, "a" * 33), ("a" * 33, "a" * 33),
    ("a" * 64, "a" * 65), ("ab" * 16, "ba" * 16), ("ab" * 17, "ba" * 17), ("x" + "a" * 40, "a" * 40 + "x"),
]  # fmt: skip


def pairs():
    yield from published
    yield from edges
    lengths = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 15, 20, 25, 31, 32, 33, 34, 40, 63, 64, 65, 90]
    for alphabet in alphabets:
        for length in lengths:
            for _ in range(12):
                one = word(alphabet, length)
                yield one, noisy(one, alphabet)
            for _ in range(8):
                yield word(alphabet, length), word(alphabet, chance.choice(lengths))


for a, b in pairs():
    similarity = JaroWinkler.similarity(units(a), units(b), prefix_weight=0.1)
    print(json.dumps([a, b, similarity], ensure_ascii=False))
