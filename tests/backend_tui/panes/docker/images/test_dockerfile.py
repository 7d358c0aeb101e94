"""The parser of Dockerfiles: continuations, comments, here-documents, variables, any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.panes.docker.images.dockerfile import assignments, expand, parse
from backend_tui.panes.docker.images.teaching import lessons
from tests.docker_image.base_image import ROOT

WORDS = st.sampled_from(["RUN", "run", "COPY", "ENV", "LABEL", "CMD"])
PART = st.text("abcxyz019=./-", min_size=1, max_size=12)
BETWEEN = st.lists(st.sampled_from(["# a comment", "", "   # another", "\t"]), max_size=3)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    found = parse(text)
    last = 0
    instructions = [*found.arguments, *(i for stage in found.stages for i in stage.instructions)]
    for each in instructions:
        assert last < each.first <= each.last
        last = each.last
    assert last <= len(text.splitlines())
    assert lessons(found) is not None


@given(
    st.lists(
        st.tuples(WORDS, st.lists(st.tuples(PART, BETWEEN), min_size=1, max_size=4), BETWEEN),
        min_size=1,
        max_size=6,
    )
)
def test_what_is_split_over_lines_is_one_instruction(
    written: list[tuple[str, list[tuple[str, list[str]]], list[str]]],
) -> None:
    lines, wanted = ["FROM base"], []
    for word, parts, after in written:
        first = len(lines) + 1
        for at, (part, between) in enumerate(parts):
            is_last = at == len(parts) - 1
            lines.append(f"{word + ' ' if at == 0 else '    '}{part}{'' if is_last else chr(92)}")
            if not is_last:
                lines += between
        wanted.append((word.upper(), " ".join(part for part, _ in parts), first, len(lines)))
        lines += after
    (stage,) = parse("\n".join(lines)).stages
    found = [(each.word, each.rest, each.first, each.last) for each in stage.instructions[1:]]
    assert found == wanted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A-${A}", "1-1"),
        ("${B:-two}${B:+no}${A:+yes}", "twoyes"),
        (r"\$A $", "$A $"),
        ("${B:-${A}}", "1"),
        ("$B", ""),
    ],
)
def test_variables(text: str, expected: str) -> None:
    assert expand(text, {"A": "1"}) == expected


def test_stages_and_the_arguments_before_them() -> None:
    text = "ARG V=3.13\nARG W\nFROM python:$V AS one\nFROM one AS two\nFROM ${W:-scratch}\n"
    found = parse(text + "COPY --from=two /a /a\n", {"V": "3.12"})
    assert [(stage.base, stage.name) for stage in found.stages] == [
        ("python:3.12", "one"),
        ("one", "two"),
        ("scratch", ""),
    ]
    assert found.needed() == {0, 1, 2}
    assert parse("FROM a AS x\nRUN y\nFROM b").needed() == {1}


def test_here_documents_and_the_escape_directive() -> None:
    text = "# escape=`\nFROM a\nRUN <<-EOF cat `\n  more\n\techo FROM inside\n\tEOF\nCMD c:\\\n"
    (stage,) = parse(text).stages
    assert [each.word for each in stage.instructions] == ["FROM", "RUN", "CMD"]
    run = stage.instructions[1]
    assert run.heredocs == ("echo FROM inside",)
    assert (run.first, run.last) == (3, 6)
    assert stage.instructions[2].rest == "c:\\"


def test_assignments_with_quotes_and_in_the_old_way() -> None:
    (stage,) = parse("FROM a\nENV A=1 B=\"two words\" C='3'\nENV OLD way of it\nARG D").stages
    one, two, three = stage.instructions[1:]
    assert assignments(one) == (("A", "1"), ("B", "two words"), ("C", "3"))
    assert assignments(two) == (("OLD", "way of it"),)
    assert assignments(three) == ()


def test_the_projects_own_dockerfile_is_explained_without_an_engine() -> None:
    found = lessons(parse((ROOT / "Dockerfile").read_text()))
    kept = [each.instruction.word for each in found if each.is_kept]
    assert kept[0] == "FROM"
    assert kept[-1] == "ENTRYPOINT"
    assert "USER" in kept
    assert "HEALTHCHECK" in kept
    assert all(each.does for each in found)
    assert [each.hints for each in found if each.hints] == []


def test_a_careless_dockerfile_is_told_so() -> None:
    text = (
        "FROM a AS unused\nRUN x\nFROM python\nCOPY . .\nENV DB_PASSWORD=hunter2\n"
        "RUN apt-get update && apt-get install -y git\nRUN pip install -r requirements.txt\n"
    )
    hints = {
        each.instruction.first: " ".join(each.hints) for each in lessons(parse(text)) if each.hints
    }
    assert "No stage of the image needs" in hints[1]
    assert "DB_PASSWORD" in hints[5]
    assert "hunter2" not in hints[5]
    assert "apt's lists" in hints[6]
    assert "line 4 copies all" in hints[7]
