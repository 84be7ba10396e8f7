"""The ledger's bundles: where each version lies, and which stored bytes belong to anybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from pipeline.ledger_base import Database, as_text, as_time
from pipeline.ledger_tables import arrivals, bundles
from pipeline.rows import BundleRow, hash_of_place, place_in_store

_MANY = 300


class Bundles(Database):
    """Bundles that were written."""

    def save_bundle(self, filing: str, folder: str, digest: str, now: datetime) -> BundleRow:
        """Records a written bundle under the filing's next bundle version; the same digest again is the same row."""
        with self._write() as connection:
            return record_bundle(connection, filing, folder, digest, now)

    def latest_bundle(self, filing: str) -> BundleRow | None:
        """The newest bundle of a filing."""
        with self._read() as connection:
            row = connection.execute(_select_bundles(filing)).mappings().first()
        return None if row is None else _bundle(row)

    def packed_bundles(self, filing: str) -> tuple[str, ...]:
        """The hashes of a filing's bundles that are in the store."""
        with self._read() as connection:
            places = connection.execute(sa.select(bundles.c.folder).where(bundles.c.filing == filing)).scalars()
            return tuple(filter(None, map(hash_of_place, places)))

    def is_known(self, sha256: str) -> bool:
        """Whether stored bytes are a file that arrived, or a bundle."""
        arrived = sa.select(arrivals.c.id).where(arrivals.c.sha256 == sha256).limit(1)
        made = sa.select(bundles.c.filing).where(bundles.c.folder == place_in_store(sha256)).limit(1)
        with self._read() as connection:
            return any(connection.execute(query).first() is not None for query in (arrived, made))

    def known_files(self, hashes: Iterable[str]) -> frozenset[str]:
        """Those of these bytes that are files that arrived."""
        asked, found = list(hashes), set[str]()
        with self._read() as connection:
            for start in range(0, len(asked), _MANY):
                query = sa.select(arrivals.c.sha256).where(arrivals.c.sha256.in_(asked[start : start + _MANY]))
                found.update(connection.execute(query).scalars())
        return frozenset(found)

    def old_packed_bundles(self, keep: int) -> dict[tuple[str, int], str]:
        """Filing and version to the hash of each bundle in the store but for the newest `keep` of each filing."""
        query = sa.select(bundles).order_by(bundles.c.version.desc())
        places: dict[str, dict[tuple[str, int], str]] = {}
        with self._read() as connection:
            for row in connection.execute(query).mappings():
                places.setdefault(row["filing"], {})[row["filing"], row["version"]] = hash_of_place(row["folder"])
        old = (one for several in places.values() for one in list(several.items())[keep:])
        return {version: sha256 for version, sha256 in old if sha256}

    def stored_files(self) -> frozenset[str]:
        """The hashes of all files that arrived and of all bundles in the store."""
        with self._read() as connection:
            arrived = connection.execute(sa.select(arrivals.c.sha256).distinct()).scalars()
            packed = connection.execute(sa.select(bundles.c.folder)).scalars()
            return frozenset([*arrived, *filter(None, map(hash_of_place, packed))])

    def bundle_folders(self) -> dict[tuple[str, int], str]:
        """Filing and version to the folder of each bundle that is not in the store."""
        with self._read() as connection:
            rows = connection.execute(sa.select(bundles.c.filing, bundles.c.version, bundles.c.folder)).all()
        return {(filing, version): folder for filing, version, folder in rows if not hash_of_place(folder)}

    def forget_bundles(self, versions: list[tuple[str, int]]) -> None:
        """Deletes the rows of bundles, each named by filing and version."""
        with self._write() as connection:
            for filing, version in versions:
                mine = (bundles.c.filing == filing) & (bundles.c.version == version)
                connection.execute(sa.delete(bundles).where(mine))


def record_bundle(connection: Connection, filing: str, folder: str, digest: str, now: datetime) -> BundleRow:
    """As `Bundles.save_bundle`, as a part of what else is saved."""
    last = connection.execute(_select_bundles(filing)).mappings().first()
    if last is not None and last["digest"] == digest:
        return _bundle(last)
    version = 1 if last is None else last["version"] + 1
    row = {"filing": filing, "version": version, "folder": folder, "digest": digest, "created_at": as_text(now)}
    connection.execute(sa.insert(bundles).values(row))
    return BundleRow(filing, version, folder, digest, now)


def _select_bundles(filing: str) -> sa.Select[Any]:
    return sa.select(bundles).where(bundles.c.filing == filing).order_by(bundles.c.version.desc()).limit(1)


def _bundle(row: RowMapping) -> BundleRow:
    return BundleRow(row["filing"], row["version"], row["folder"], row["digest"], as_time(row["created_at"]))
