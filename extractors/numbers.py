"""Numbers with check digits: what is valid, and the one way to mend a misread character.

Resident ID (GB 11643), unified social credit code (GB 32100), organisation code (GB 11714), the old 15-digit
registration number, machine-readable zone (ICAO 9303), travel permits. A mend is only offered when exactly one
likely reading satisfies the check digit; otherwise the number stays as it was read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, product
from math import prod

from extractors.divisions import was_division

CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
RESIDENT_ID_ALPHABET = "0123456789X"
MRZ_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_UNSURE = 0.98
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_FULL_WIDTH = {ord(a): ord(b) for a, b in zip("０１２３４５６７８９", "0123456789", strict=True)}
_TO_DIGIT = str.maketrans("OoQDIl|iZzSsBbGgqTAУ", "00001111225588699747")
_LOOK_ALIKES = {
    '0': '0O8QD6C', '1': '1I7LT4', '2': '2Z7', '3': '3895', '4': '41A9', '5': '5S63', '6': '6G580', '7': '71T2',
    '8': '8B0369', '9': '9834', 'A': 'A4', 'B': 'B8R', 'C': 'CG0', 'D': 'D0', 'E': 'EF', 'F': 'FEP', 'G': 'G6C',
    'H': 'HMN', 'J': 'J1', 'K': 'KXR', 'L': 'L1', 'M': 'MNHW', 'N': 'NMH', 'P': 'PRF', 'Q': 'Q0', 'R': 'RPBK',
    'T': 'T71', 'U': 'UW', 'W': 'WUM', 'X': 'XKY', 'Y': 'YXT',
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CheckedNumber:
    """A number after reading.

    `valid` says the check digit agrees; `repaired` that an unsure character was replaced to make it agree (bringing
    the text to the number's alphabet, O to 0, is not counted as that).
    """

    value: str
    valid: bool
    repaired: bool


def resident_id_check(first17: str) -> str:
    """Check character of a resident ID number's first 17 digits."""
    return _ID_CHECKS[sum(w * int(c) for w, c in zip(_ID_WEIGHTS, first17, strict=True)) % 11]


def is_resident_id(number: str) -> bool:
    """Whether an 18-character resident ID number has a calendar birth date and the right check character."""
    if not re.fullmatch(r"[1-9]\d{16}[0-9X]", number) or birth_of(number) is None:
        return False
    return resident_id_check(number[:17]) == number[17]


def birth_of(number: str) -> date | None:
    """The birth date inside a resident ID number, None when it is no day of the calendar."""
    text = number[6:14]
    if not re.fullmatch(r"(18|19|20)\d{6}", text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def sex_of(number: str) -> str:
    """男 or 女 from the sequence part of a resident ID number."""
    return "男" if int(number[16]) % 2 else "女"


def upgrade_resident_id(number15: str) -> str:
    """The 18-character form of a 15-digit number given out before 1999."""
    first17 = number15[:6] + "19" + number15[6:]
    return first17 + resident_id_check(first17)


def credit_code_check(first17: str) -> str:
    """Check character of a unified social credit code's first 17 characters."""
    total = sum(CREDIT_CODE_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(first17))
    return CREDIT_CODE_ALPHABET[(31 - total % 31) % 31]


def is_credit_code(code: str) -> bool:
    """Whether an 18-character unified social credit code has the right form and check character."""
    letters = f"[{CREDIT_CODE_ALPHABET}]"
    if not re.fullmatch(rf"{letters}{{2}}\d{{6}}{letters}{{10}}", code):
        return False
    return credit_code_check(code[:17]) == code[17]


def is_organisation_code(code: str) -> bool:
    """Whether an organisation code such as `71526726-X` has the right check character."""
    if not re.fullmatch(r"[0-9A-Z]{8}-[0-9X]", code):
        return False
    total = sum(w * int(c, 36) for w, c in zip(_ORG_WEIGHTS, code[:8], strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11)) == code[9]


def is_old_registration_number(number: str) -> bool:
    """Whether a 15-digit registration number of the years 2007-2015 has the right check digit."""
    if not re.fullmatch(r"\d{15}", number):
        return False
    remainder = 10
    for digit in number[:14]:
        remainder = ((remainder + int(digit)) % 10 or 10) * 2 % 11
    return (11 - remainder) % 10 == int(number[14])


def mrz_check(text: str) -> int:
    """Check digit of a part of a machine-readable zone.

    Raises:
        ValueError: the part holds a character that zones do not have.
    """
    values = (0 if c == "<" else int(c, 36) for c in text)
    return sum(v * (7, 3, 1)[i % 3] for i, v in enumerate(values)) % 10


def is_mrz_part(part: str, check: str) -> bool:
    """Whether a part of a machine-readable zone agrees with its check digit; what holds other characters never does."""
    return bool(re.fullmatch(r"[0-9A-Z<]*", part) and re.fullmatch(r"[0-9]", check)) and mrz_check(part) == int(check)


def is_mrz_line2(line: str) -> bool:
    """Whether all check digits of a passport's second machine-readable line agree."""
    if not re.fullmatch(r"[0-9A-Z<]{43}[0-9]", line):
        return False
    parts = ((line[:9], line[9]), (line[13:19], line[19]), (line[21:27], line[27]))
    if not all(is_mrz_part(part, digit) for part, digit in parts):
        return False
    # An unused optional part may carry `<` in place of its check digit.
    if line[42] == "<" and line[28:42].strip("<"):
        return False
    if line[42] != "<" and mrz_check(line[28:42]) != int(line[42], 36):
        return False
    return mrz_check(line[:10] + line[13:20] + line[21:43]) == int(line[43], 36)


def mend_mrz_line2(line: str) -> str:
    """The line with letters and digits of like shape exchanged so that all its check digits agree.

    Only where one exchange alone does it (at most two characters in each part), or one alone that gives a number of
    the usual form, letters before digits; otherwise the line as it was.
    """
    if not re.fullmatch(r"[0-9A-Z<]{44}", line) or is_mrz_line2(line):
        return line
    parts = [_mrz_variants(line[start:end], line[end]) for start, end in _MRZ_PARTS]
    if prod(map(len, parts)) > _MOST_MENDS:
        return line
    good = set()
    for number, birth, expiry, private in product(*parts):
        text = number + line[9:13] + birth + line[19:21] + expiry + line[27] + private + line[42:]
        if text[43] == "<":  # cut off at the picture's edge; the parts have check digits of their own
            text = text[:43] + str(mrz_check(text[:10] + text[13:20] + text[21:43]))
        if is_mrz_line2(text):
            good.add(text)
    usual = {text for text in good if re.fullmatch(_USUAL_PASSPORT_NUMBER, text[:9].strip("<"))}
    return next((found.pop() for found in (usual, good) if len(found) == 1), line)


_USUAL_PASSPORT_NUMBER = r"[A-Z]{1,2}\d{5,8}[A-Z]?"
_MOST_MENDS = 1000  # a line that could be so many things says nothing
_MRZ_PARTS = ((0, 9), (13, 19), (21, 27), (28, 42))
_MRZ_TWINS = {
    "O": "0Q", "0": "OQD", "Q": "O0", "D": "0O", "I": "1", "1": "I", "Z": "2", "2": "Z", "S": "5", "5": "S", "B": "8", "8": "B",
    "G": "6", "6": "G", "K": "<", "C": "<",
}  # fmt: skip


def _mrz_variants(part: str, check: str) -> list[str]:
    """Readings of one part that its own check digit allows; the part itself where that is already so."""
    if check == "<" or is_mrz_part(part, check):
        return [part]
    places = [i for i, c in enumerate(part) if c in _MRZ_TWINS]
    for count in (1, 2):
        found = [v for v in _exchanged(part, places, count) if is_mrz_part(v, check)]
        if found:
            return found
    return [part]


def _exchanged(part: str, places: Sequence[int], count: int) -> list[str]:
    variants = []
    for chosen in combinations(places, count):
        for letters in product(*(_MRZ_TWINS[part[i]] for i in chosen)):
            text = list(part)
            for i, letter in zip(chosen, letters, strict=True):
                text[i] = letter
            variants.append("".join(text))
    return variants


def is_hk_macau_permit(number: str) -> bool:
    """Whether the number has the form of a mainland travel permit for Hong Kong and Macao residents."""
    return re.fullmatch(r"[HM]\d{8}(\d{2})?", number) is not None


def is_taiwan_permit(number: str) -> bool:
    """Whether the number has the form of a mainland travel permit for Taiwan residents."""
    return re.fullmatch(r"\d{8}|\d{10}[A-Z]?", number) is not None


def mend_resident_id(raw: str, probabilities: Sequence[float] = ()) -> CheckedNumber:
    """Brings a read resident ID number to its alphabet and mends what its check character proves wrong.

    Only to a number that begins with the code of an administrative division.
    """
    text = _squeeze(raw)
    digits = text[:-1].translate(_TO_DIGIT) + text[-1:].translate(str.maketrans("xKkY×", "XXXXX")).translate(_TO_DIGIT)
    return _mend(digits, RESIDENT_ID_ALPHABET, is_resident_id, probabilities, lambda number: was_division(number[:6]))


def mend_credit_code(raw: str, probabilities: Sequence[float] = ()) -> CheckedNumber:
    """Brings a read credit code to its alphabet and mends what its check character proves wrong."""
    text = _squeeze(raw)
    code = text.upper().translate(str.maketrans("OIZSV", "0125U"))
    # Positions 3 to 8 are the division code: figures only.
    code = code[:2] + code[2:8].translate(_TO_DIGIT) + code[8:]
    return _mend(code, CREDIT_CODE_ALPHABET, is_credit_code, probabilities)


def _squeeze(raw: str) -> str:
    return re.sub(r"[^0-9A-Za-z×|]", "", raw.translate(_FULL_WIDTH))


def _mend(
    text: str,
    alphabet: str,
    is_valid: Callable[[str], bool],
    probabilities: Sequence[float],
    is_likely: Callable[[str], bool] = lambda text: True,
) -> CheckedNumber:
    if is_valid(text) or len(text) != 18:
        return CheckedNumber(text, is_valid(text), False)
    for places in (1, 2):
        variants = _variants(text, _unsure(probabilities, len(text)), places, alphabet)
        found = {c for c in variants if is_valid(c) and is_likely(c)}
        if len(found) == 1:
            return CheckedNumber(found.pop(), True, True)
        if found:
            break
    return CheckedNumber(text, False, False)


def _unsure(probabilities: Sequence[float], length: int) -> tuple[int, ...]:
    """The few positions that may be wrong.

    Only characters the reader was unsure of: among all places and look-alikes one nearly always satisfies a check
    digit by chance, and a number that was printed wrong must not be made right.
    """
    if len(probabilities) != length:
        return ()
    ranked = sorted(enumerate(probabilities), key=lambda item: item[1])
    return tuple(i for i, probability in ranked[:4] if probability < _UNSURE)


def _variants(text: str, unsure: Sequence[int], places: int, alphabet: str) -> list[str]:
    """Every text with `places` unsure characters replaced by ones that look like them."""
    variants: list[str] = []
    for chosen in combinations(unsure, places):
        options = [[c for c in _LOOK_ALIKES.get(text[i], "") if c in alphabet and c != text[i]] for i in chosen]
        for replacement in product(*options):
            letters = list(text)
            for i, letter in zip(chosen, replacement, strict=True):
                letters[i] = letter
            variants.append("".join(letters))
    return variants
