"""docs/components/ says what the code does."""

import re

import pytest
import web_platform

from surface import pages
from surface.exported import Exported, exported

PAGES = sorted(path.name for path in pages.DIRECTORY.glob("*.md"))


def test_every_page_is_what_the_docstrings_make_of_it() -> None:
    written = {name: (pages.DIRECTORY / name).read_text() for name in PAGES}
    made = pages.pages()
    stale = sorted(name for name in written.keys() | made.keys() if written.get(name) != made.get(name))
    assert stale == [], (
        f"docs/components/ is not what the docstrings make of it. Write it again with\n  {pages.WRITING}"
    )


@pytest.mark.parametrize("name", web_platform.__all__)
def test_every_exported_name_has_its_place(name: str) -> None:
    page, _, heading = pages.place_of(name).partition("#")
    text = (pages.DIRECTORY / page).read_text()
    assert f"`{name}`" in text or text.startswith(f"# {name}\n")
    assert not heading or heading in _headings(text)


@pytest.mark.parametrize("each", exported().values(), ids=list(exported()))
def test_everything_that_is_exported_is_described_with_its_members(each: Exported) -> None:
    assert each.description
    assert [member.name for member in each.members if not member.meaning] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_heading(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#([^)]+))?\)", (pages.DIRECTORY / page).read_text())
    targets = {(pages.DIRECTORY / file, heading) for file, heading in links if "://" not in file}
    assert [str(file) for file, _ in targets if not file.exists()] == []
    assert {
        (file, heading) for file, heading in targets if heading and heading not in _headings(file.read_text())
    } == set()


def test_the_documents_lead_to_the_reference() -> None:
    assert "](components/README.md)" in (pages.DIRECTORY.parent / "importing.md").read_text()


def _headings(text: str) -> set[str]:
    """The places that GitLab gives the headings of a page."""
    found: dict[str, int] = {}
    places = set()
    for title in re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE):
        place = re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
        places.add(f"{place}-{found[place]}" if place in found else place)
        found[place] = found.get(place, 0) + 1
    return places
