"""Checks of sets of bits."""

from bit_set import BitSet, read_rights


def check_members() -> object:
    return [list(BitSet(members)) for members in ((), (0,), (3, 1, 3), (64, 200), range(5))]


def check_bits() -> object:
    return [BitSet((0, 2)).bits, BitSet((1,), 4).bits, BitSet((), 9).bits, BitSet((3,), 8).bits]


def check_contains() -> object:
    return [[number in BitSet(members) for number in range(5)] for members in ((), (0, 3), (1, 2, 4))]


def check_length() -> object:
    return [len(BitSet(members)) for members in ((), (0,), (7, 7), (1, 300), range(70))]


def check_changed() -> object:
    base = BitSet([1, 2])
    return [
        list(base.with_members(0, 2)),
        list(base.without(2, 5)),
        list(base.with_members()),
        list(base.without()),
        list(base),
    ]


def check_two_sets() -> object:
    one, other = BitSet([1, 2, 5]), BitSet([2, 5])
    return [
        list(one.common(other)),
        one.is_part_of(other),
        other.is_part_of(one),
        one.is_part_of(one),
        BitSet().is_part_of(other),
        BitSet([9]).is_part_of(one),
    ]


def check_free() -> object:
    return [
        BitSet(members).first_free(size)
        for members, size in (((), 3), ((0, 1), 3), ((0, 1, 2), 3), ((1,), 0), ((0, 2), 9))
    ]


def check_rights() -> object:
    found = []
    for text in (
        "",
        "read",
        " read , share ",
        "all",
        "-read",
        "all,-write,-all,admin",
        "admin,,",
        "fly",
        "read,-fly",
        "--read",
    ):
        try:
            found.append(str(list(read_rights(text))))
        except KeyError as error:
            found.append(type(error.__cause__).__name__)
    return found
