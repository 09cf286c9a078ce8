"""What a word is: every script is cut the same way for the text and for the search that looks for it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.memory import Memory, MemoryScope, recall
from pointsman.core.words import LONGEST, MOST_TERMS, has_term, join_words, terms_of, words_of

PIECES = ("火车正在等待信号", "東京タワー", "기차가", "สถานีรถไฟ", "ລົດໄຟ", "រថភ្លើង", "ရထား")
SPACED = ("रेलगाड़ी", "தமிழ்", "العربية", "Züge", "поезд", "תחנה", "train", "42")
texts = st.text(
    st.sampled_from("".join((*PIECES, *SPACED)) + " \u0301\u0308\u064e\u200b\u200d\ufe0f_'👩🚀1") | st.characters()
)


def is_found(search: str, text: str) -> bool:
    terms = terms_of(search)
    return bool(terms) and all(has_term(join_words(text), term) for term in terms)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's 42_Züge, ДА!", ("it", "s", "42", "züge", "да")),
        ("रेलगाड़ी तमिल", (unicodedata.normalize("NFC", "रेलगाड़ी"), "तमिल")),
        ("தமிழ் மொழி", ("தமிழ்", "மொழி")),
        ("cafe\u0301", ("caf\u00e9",)),
        ("العَرَبِيَّة", ("العربية",)),
        ("שָׁלוֹם", ("שלום",)),
        ("می\u200cخواهم", ("میخواهم",)),
        ("信号", ("信号", "号")),
        ("iPhone手机3号", ("iphone", "手机", "机", "3", "号")),
        ("ｶﾞｽ ＡＢＣ", ("ガス", "ス", "abc")),
        ("한국어", ("한국", "국어", "어")),
        ("สถานี", ("สถา", "ถาน", "านี", "นี", "ี")),
        ("STRASSE Straße", ("strasse", "strasse")),
        ("İSTANBUL istanbul", ("istanbul", "istanbul")),
        ("٣٤ ๓๔ 34", ("34", "34", "34")),
        ("👩\u200d🚀 train 🚂\ufe0f 1\ufe0f\u20e3", ("train", "1")),
        ("so\u00adft hy-phen", ("soft", "hy", "phen")),
        ("\x00 \"* ' ; -- \ud800", ()),
        ("x" * 500, ("x" * LONGEST,)),
    ],
)
def test_words_are_cut_by_the_rules_of_their_script(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("search", "text"),
    [
        ("信号", "火车正在等待信号"),
        ("等待信号", "火车正在等待信号。"),
        ("号", "火车正在等待信号"),
        ("タワー", "東京タワーの高さは何メートルですか"),
        ("기차", "고속기차가 온다"),
        ("ข้าวผัด", "ฉันชอบกินข้าวผัด"),
        ("ရထား", "က\u200bရ\u200bထား"),
        ("रेल", "यह रेलगाड़ी है"),
        ("العربية", "اللغة العَرَبِيَّة"),
        ("العَرَبِيَّة", "اللغة العربية"),
        ("caf\u00e9", "cafe\u0301"),
        ("cafe\u0301", "caf\u00e9"),
        ("SIGN", "signals"),
        ("信号 train", "Train: 火车正在等待信号"),
    ],
)
def test_what_was_said_is_found_by_a_part_of_it(search: str, text: str) -> None:
    assert is_found(search, text)


@pytest.mark.parametrize(
    ("search", "text"),
    [
        ("号信", "火车正在等待信号"),
        ("信等待", "火车正在等待信号"),
        ("号灯", "信号 灯"),
        ("ड़ी", "रेलगाड़ी"),
        ("zuge", "Züge"),
        ("rains", "trains"),
        ("รถสถา", "สถานีรถไฟ"),
        ("🚂", "🚂"),
        ("", "anything"),
    ],
)
def test_what_was_not_said_is_not_found(search: str, text: str) -> None:
    assert not is_found(search, text)


@given(texts, texts, texts)
def test_every_text_is_found_by_all_of_it_wherever_it_stands(before: str, text: str, after: str) -> None:
    said = text[: LONGEST // 20]  # so that no folding makes it longer than what is compared
    assert not terms_of(said) or is_found(said, f"{before} {said} {after}")


@given(texts)
def test_words_hold_no_separator_and_are_words_of_themselves(text: str) -> None:
    for word in words_of(text):
        assert word
        assert not set(word) & set(" \"'*_\x00\n")
        assert words_of(word)[:1] == (word,)


@given(texts)
def test_how_a_text_is_composed_changes_nothing(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert words_of(unicodedata.normalize(form, text)) == words_of(unicodedata.normalize("NFC", text))


def test_a_search_is_bounded_whatever_is_pasted_into_it() -> None:
    assert len(terms_of(" ".join(map(str, range(9999))))) == MOST_TERMS
    (term,) = terms_of("信号" * 9999)
    assert len(term.split()) < LONGEST


def test_memories_are_recalled_by_what_they_share_in_any_script() -> None:
    facts = ("我的猫喜欢吃鱼", "我住在北京", "ผมชอบกินข้าวผัด", "मुझे रेलगाड़ी पसंद है", "나는 기차를 좋아한다")
    kept = [Memory(id=str(number), text=fact, created=0.0) for number, fact in enumerate(facts)]
    for number, asked in enumerate(("他喜欢吃什么", "北京天气怎么样", "ข้าวผัดอร่อยไหม", "कौन सी रेलगाड़ी?", "기차 시간")):
        assert [one.memory.id for one in recall(kept, asked, 1, MemoryScope(), 1.0)] == [str(number)]
    assert recall(kept, "怎么样", 9, MemoryScope(), 1.0) == ()
