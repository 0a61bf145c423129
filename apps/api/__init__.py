"""The REST API: the resources of all subjects, under /api/VERSION."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import flask_restful
from flask import Blueprint, Flask

from apps.api import openapi, swagger
from apps.api.conditional import with_etag


class Resource(flask_restful.Resource):  # type: ignore[misc]
    """Something with an address, and a method for each verb of HTTP that it knows."""

    def __init_subclass__(cls) -> None:
        """Give each answer to GET an ETag; Python calls this for each subclass."""
        super().__init_subclass__()
        if "get" in vars(cls):
            cls.get = with_etag(cls.get)


class Subject(Protocol):
    """A module `resources` of a subject: which path belongs to which resource."""

    ROUTES: Mapping[str, type[Resource]]


class Api(flask_restful.Api):  # type: ignore[misc]
    """Flask-RESTful's, with this app's answers to errors, and its mark `@public`."""

    def error_router(self, original_handler: Any, error: Exception) -> Any:
        """Leave errors to the app: they look alike everywhere."""
        return original_handler(error)

    def output(self, resource: Any) -> Any:
        """Make a view of a resource, open to strangers if its class is."""
        view = super().output(resource)
        view.is_public = getattr(resource.view_class, "is_public", False)
        return view


def init_app(app: Flask, versions: Mapping[str, Iterable[Subject]]) -> None:
    """Serve each version's subjects under /api/VERSION."""
    swagger.init_app(app)
    for version, subjects in versions.items():
        blueprint = Blueprint(version, __name__, url_prefix=f"/api/{version}")
        api = Api(blueprint)
        for subject in subjects:
            for path, resource in subject.ROUTES.items():
                api.add_resource(resource, path, endpoint=resource.__name__)
        openapi.serve(blueprint)
        swagger.serve(blueprint)
        app.register_blueprint(blueprint)
