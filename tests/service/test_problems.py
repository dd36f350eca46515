"""Every error of the service is one problem type, and every problem type has a page."""

from __future__ import annotations

import re

import httpx
import pytest

from service import errors
from service.api.problems import BY_SLUG, CATALOGUE, problem_of


def concrete_errors() -> set[type[Exception]]:
    return {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.ServiceError) and kind is not errors.ServiceError
    }


def test_the_catalogue_maps_the_tree_of_errors_one_to_one() -> None:
    # An unusable setting stops the process before there is a client.
    assert set(CATALOGUE) == concrete_errors() - {errors.SettingsError}
    assert len(BY_SLUG) == len(CATALOGUE) + 3  # plus unknown address, wrong method, internal error


def test_the_tree_in_the_docstring_names_every_error() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or ""))

    assert drawn == {kind.__name__ for kind in concrete_errors()}


def test_an_error_outside_the_tree_is_told_without_its_text() -> None:
    problem = problem_of(RuntimeError("password=secret"), "/v1/answers", "r1")

    assert problem.status == 500
    assert "secret" not in problem.model_dump_json()


@pytest.mark.parametrize("slug", sorted(BY_SLUG))
@pytest.mark.asyncio(loop_scope="session")
async def test_the_type_of_a_problem_is_an_address_that_explains_it(client: httpx.AsyncClient, slug: str) -> None:
    as_json = await client.get(f"/v1/problems/{slug}")
    as_page = await client.get(f"/v1/problems/{slug}", headers={"Accept": "text/html,*/*;q=0.8"})

    assert as_json.json()["type"] == f"/v1/problems/{slug}"
    assert as_json.json()["meaning"]
    assert as_json.json()["remedy"]
    assert as_page.headers["Content-Type"].startswith("text/html")


@pytest.mark.asyncio(loop_scope="session")
async def test_the_list_of_problem_types_is_complete(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/v1/problems")).json()

    assert {page["type"] for page in listed} == {f"/v1/problems/{slug}" for slug in BY_SLUG}


@pytest.mark.parametrize(
    ("method", "address", "status", "slug"),
    [
        ("GET", "/nothing/here", 404, "not-found"),
        ("GET", "/v1/problems/unknown", 404, "problem-not-found"),
        ("DELETE", "/v1/sources", 405, "method-not-allowed"),
        ("GET", "/v1/answers", 405, "method-not-allowed"),
    ],
)
@pytest.mark.asyncio(loop_scope="session")
async def test_what_the_framework_refuses_is_a_problem_too(
    client: httpx.AsyncClient, method: str, address: str, status: int, slug: str
) -> None:
    response = await client.request(method, address)

    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["type"] == f"/v1/problems/{slug}"
    assert status != 405 or response.headers["Allow"]
