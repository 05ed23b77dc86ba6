"""Who is in the demo fleet, and what ails whom: the product's story as data."""

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """What is wrong with a number when the demo begins."""

    NEW = "new"  # nobody has scanned its code
    STUCK = "stuck"  # its server shows no code, until it is restarted
    LOGGED_OUT = "logged_out"  # somebody removed the device on the phone
    REPLACED = "replaced"  # another program uses the same number, and the two throw each other out
    ELSEWHERE = "elsewhere"  # its webhook belongs to another system
    PARKED = "parked"  # switched off on purpose
    MOVED = "moved"  # its session lives on another node than the registry says
    UNREACHABLE = "unreachable"  # its server has another address by now


@dataclass(frozen=True, slots=True)
class Number:
    """One instance; `phone` is the number that scans its code."""

    name: str
    label: str
    phone: str
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Gateway:
    """A simulated gateway. `moves`: when its numbers are connected, it goes to another port."""

    key: str
    name: str
    kind: str
    version: str
    numbers: tuple[Number, ...] = ()
    moves: bool = False


# Where a moved session turns up.
SECOND_NODE = "webjs-2"

FLEET = (
    Gateway(
        "1.8.2",
        "Demo Evolution 1.8.2",
        "evolution",
        "1.8.2",
        (
            Number("toko-utama", "Toko Utama", "6281100000001"),
            Number("kasir", "Kasir", "6281100000003", Trouble.NEW),
            Number("bengkel", "Bengkel", "6281100000004", Trouble.REPLACED),
        ),
    ),
    Gateway(
        "2.3.6",
        "Demo Evolution 2.3.6",
        "evolution",
        "2.3.6",
        (
            Number("layanan", "Layanan Pelanggan", "6281100000002"),
            Number("gudang", "Gudang", "6281100000005", Trouble.STUCK),
            Number("promo", "Promo", "6281100000006", Trouble.LOGGED_OUT),
            Number("reservasi", "Reservasi", "6281100000007", Trouble.ELSEWHERE),
            Number("arsip", "Arsip", "6281100000008", Trouble.PARKED),
        ),
    ),
    Gateway(
        "moving",
        "Demo Evolution Medan",
        "evolution",
        "2.3.6",
        (Number("medan", "Cabang Medan", "6281100000009", Trouble.UNREACHABLE),),
        moves=True,
    ),
    Gateway(
        "webjs-1",
        "Demo webjs 1",
        "webjs",
        "1",
        (Number("antar", "Antar Jemput", "6281100000010", Trouble.MOVED),),
    ),
    Gateway(SECOND_NODE, "Demo webjs 2", "webjs", "1"),
)
