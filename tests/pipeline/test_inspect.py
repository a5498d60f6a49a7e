"""Recognition: what each input is taken for, and its lines explained under the layouts in force."""

from pathlib import Path

from logan.pipeline.inspect import explain, inspect

ELFF = """#Software: SGOS
#Fields: date time c-ip cs-host cs-uri-path
2024-01-10 13:55:36 10.1.2.3 a.example /a
#Fields: date time cs-host c-ip cs-uri-path
2024-01-10 13:55:37 b.example 10.1.2.4 /b
2024-01-10 oops
"""


def test_lines_are_read_under_the_header_above_them(tmp_path: Path) -> None:
    path = tmp_path / "main.log"
    path.write_text(ELFF)
    (one,) = inspect([str(path)])
    lines = list(explain(one, lines=3))
    assert [line.directive for line in lines] == [True, True, False, True, False, False]
    assert [line.number for line in lines] == [1, 2, 3, 4, 5, 6]
    assert lines[2].record["host"] == "a.example"
    assert lines[4].record["host"] == "b.example"
    assert lines[5].record == {}
    assert lines[5].reason is not None
    assert lines[5].fault is not None
    assert lines[5].fault.field == "time"


def test_only_so_many_lines_are_explained(tmp_path: Path) -> None:
    path = tmp_path / "main.log"
    path.write_text(ELFF)
    (one,) = inspect([str(path)])
    assert [line.number for line in explain(one, lines=1)] == [1, 2, 3, 4]


def test_unknown_and_unreadable_inputs_have_their_failure(tmp_path: Path) -> None:
    (tmp_path / "odd.log").write_text("what is this\n")
    (tmp_path / "cut.gz").write_bytes(b"\x1f\x8b\x08\x00\x00")
    (tmp_path / "empty.log").write_text("\n\n")
    found = {Path(one.recognised.name).name: one for one in inspect([str(tmp_path)])}
    assert found["odd.log"].failure == ("format not recognised: no format knows its first lines")
    assert list(explain(found["odd.log"], lines=3)) == []
    assert found["cut.gz"].failure is not None
    assert found["empty.log"].failure is None
    assert found["empty.log"].recognised.format is None
