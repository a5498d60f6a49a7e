"""How a character that moves, hides or breaks is written, wherever text of a log is shown."""

from typing import Final

_BYTE_SURROGATES: Final = range(0xDC80, 0xDD00)


def escape(character: str) -> str:
    """Write one character as a visible escape: `\\xNN`, `\\uNNNN` or `\\UNNNNNNNN`."""
    code = ord(character)
    if code in _BYTE_SURROGATES:  # how Python keeps a byte of a file name that it cannot decode
        code -= 0xDC00
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
