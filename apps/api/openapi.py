"""The OpenAPI document of a version: made of its routes and of its methods' marks."""

import json
import re
from collections.abc import Iterator
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any

from apispec import APISpec
from flask import Blueprint, Response, current_app, request, url_for
from werkzeug.routing import Rule

from apps.api.documented import Fragment, fragments_of
from apps.web.access import public
from apps.web.same_origin import SAFE_METHODS

PLACEHOLDER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")  # <int(max=9):file_id>
TYPES = {"int": {"type": "integer", "minimum": 0}}
TOKEN = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
PROBLEM = json.loads((Path(__file__).parent / "schemas" / "problem.json").read_text())


def serve(blueprint: Blueprint) -> None:
    """Serve the document of a version, made when it is first asked for."""
    made = cache(lambda: describe(blueprint.name))

    @blueprint.get("/openapi.json")
    @public
    def openapi() -> Response:
        here = url_for(".openapi").removesuffix("/openapi.json")
        text = json.dumps({**made(), "servers": [{"url": here}]}, indent=2)
        response = Response(text + "\n", mimetype="application/json")
        response.cache_control.no_cache = True  # ask each time whether it has changed
        response.add_etag()
        response.make_conditional(request)
        return response


def describe(version: str) -> dict[str, Any]:
    """Make the document of a version's resources."""
    spec = APISpec("Lectern", version, "3.1.0")
    spec.components.security_scheme("token", TOKEN)
    reference(spec, "Problem", PROBLEM)
    for rule in current_app.url_map.iter_rules():
        view = current_app.view_functions[rule.endpoint]
        if rule.endpoint.startswith(f"{version}.") and hasattr(view, "view_class"):
            path = PLACEHOLDER.sub(r"{\2}", rule.rule.removeprefix(f"/api/{version}"))
            spec.path(path, operations=operations(spec, rule, view.view_class))
    made: dict[str, Any] = spec.to_dict()
    return made


def operations(spec: APISpec, rule: Rule, resource: Any) -> Fragment:
    """Describe what a resource does at this path, method by method."""
    found = {}
    for name in sorted(method.lower() for method in resource.methods):
        method = getattr(resource, name)
        summary, _, more = cleandoc(method.__doc__).partition("\n")
        found[name] = merged(
            {
                "operationId": f"{resource.__name__}.{name}",
                "tags": [rule.rule.split("/")[3]],
                "summary": summary,
                "description": more.strip(),
            },
            *of_route(rule, resource, name),
            *of_method(spec, method),
            *(one for kind in resource.__mro__ for one in fragments_of(kind)),
            *fragments_of(method),
        )
    return found


def merged(*fragments: Fragment) -> Fragment:
    """Put fragments together; the later one counts where two say the same."""
    made: Fragment = {"parameters": [], "responses": {}}
    headers: Fragment = {}  # each with what it says
    for fragment in fragments:
        rest = dict(fragment)
        made["parameters"] += rest.pop("parameters", [])
        for name, meaning in rest.pop("headers", {}).items():
            text = {"type": "string"}
            headers[name] = {"description": meaning, "schema": text}
        for status, meaning in rest.pop("responses", {}).items():
            made["responses"][status] = answer(status, meaning)
        made |= rest
    for status, response in made["responses"].items():
        if status < 400 and headers:
            response["headers"] = headers
    return made


def answer(status: int, meaning: str | Fragment) -> Fragment:
    """Describe an answer; one that is only a text is an error, or has no body."""
    if not isinstance(meaning, str):
        return dict(meaning)
    if status < 400:
        return {"description": meaning}
    problem = {"application/problem+json": {"schema": "Problem"}}
    return {"description": meaning, "content": problem}


def of_route(rule: Rule, resource: Any, name: str) -> Iterator[Fragment]:
    """Describe what the address and the way to it bring."""
    for kind, parameter in PLACEHOLDER.findall(rule.rule):
        schema = TYPES.get(kind, {"type": "string"})
        place = {"name": parameter, "in": "path", "required": True, "schema": schema}
        yield {"parameters": [place], "responses": {404: "There is no such thing."}}
    if not getattr(resource, "is_public", False):
        yield {"security": [{"token": []}], "responses": {401: "Log in first."}}
    if name.upper() not in SAFE_METHODS:
        yield {"responses": {403: "You may not.", 415: "The body is no JSON."}}


def of_method(spec: APISpec, method: Any) -> Iterator[Fragment]:
    """Describe what the decorators of parts 2 to 4 have left."""
    if taken := getattr(method, "taken", None):
        schema = reference(spec, taken.name, taken.schema)
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        refused = {400: "No clear JSON.", 413: "Too long.", 422: "It doesn't fit."}
        yield {"requestBody": body, "responses": refused}
    for name, schema in getattr(method, "query", {}).items():
        parameter = {"name": name, "in": "query", "schema": schema}
        yield {"parameters": [parameter], "responses": {422: "It doesn't fit."}}
    if not (returned := getattr(method, "returned", None)):
        yield {"responses": {204: "Done."}}
        return
    for name in ("only", "exclude"):
        parameter = {"name": name, "in": "query", "schema": {"type": "string"}}
        yield {"parameters": [parameter], "responses": {400: "There's no such field."}}
    # With `only` or `exclude`, no field is sure to be there.
    own = {key: returned.serializer.schema[key] for key in returned.serializer.schema}
    own.pop("required", None)
    schema = reference(spec, returned.serializer.name, own)
    if returned.many:
        items = {"items": {"type": "array", "items": schema}}
        schema = {"type": "object", "required": ["items"], "properties": items}
    if getattr(method, "paged", False):
        schema["properties"]["next"] = {"type": ["string", "null"]}
    content = {"application/json": {"schema": schema}}
    found = {"description": "As it is now.", "content": content}
    yield {"responses": {returned.status: found}}


def reference(spec: APISpec, name: str, schema: Fragment) -> Fragment:
    """Put a schema among the document's, once, and return a reference to it."""
    if name not in spec.components.schemas:
        spec.components.schema(name, schema)
    return {"$ref": f"#/components/schemas/{name}"}
