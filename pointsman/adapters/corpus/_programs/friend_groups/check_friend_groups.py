"""Checks of groups."""

from itertools import pairwise

from friend_groups import Groups, connected_at


def made(*pairs: str) -> Groups[str]:
    groups: Groups[str] = Groups()
    for pair in pairs:
        groups.join(pair[0], pair[1])
    return groups


def check_joined() -> object:
    groups: Groups[str] = Groups()
    return [[groups.join(pair[0], pair[1]) for pair in ("ab", "ba", "cd", "aa", "ac", "bd", "ee")], groups.count]


def check_groups() -> object:
    groups = made("ab", "cd", "de", "fg", "xx")
    groups.add("z")
    groups.add("a")
    return [groups.groups(), groups.count, made().groups()]


def check_together() -> object:
    groups = made("ab", "bc", "de")
    return [groups.together(pair[0], pair[1]) for pair in ("ac", "ca", "ad", "dd", "ed")]


def check_unknown() -> object:
    groups, found = made("ab"), []
    for pair in ("az", "za", "ab"):
        try:
            found.append(str(groups.together(pair[0], pair[1])))
        except KeyError:
            found.append("KeyError")
    return [found, groups.count]


def check_sizes() -> object:
    groups = made("ab", "bc", "dc", "ef", "fa")
    return [groups.sizes, groups.root("e"), groups.root("a")]


def check_connected() -> object:
    pairs = [(7, "a", "b"), (2, "c", "d"), (5, "b", "c"), (9, "d", "a")]
    return [connected_at(pairs, people) for people in ("", "abcd", "ab", "abcde")] + [connected_at([], "a")]


def check_long_ways() -> object:
    class Member(int):
        compared = 0

        def __eq__(self, other: object) -> bool:
            Member.compared += 1
            return int.__eq__(self, int(str(other)))

        def __ne__(self, other: object) -> bool:
            Member.compared += 1
            return int.__ne__(self, int(str(other)))

        __hash__ = int.__hash__

    groups: Groups[int] = Groups()
    members = [Member(number) for number in range(3000)]
    for one, other in pairwise(members):
        groups.join(one, other)
    return [len(groups.groups()), Member.compared < 60000]
