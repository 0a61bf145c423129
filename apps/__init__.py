"""The application: `create_app` is its table of contents."""

import os
from collections.abc import Mapping

from flask import Flask
from flask_embedded import Embedded  # chapter 7

from apps import (
    api,  # chapter 8
    chapter,
    errors,
    file,  # chapter 7
    health,
    log,
    note,  # chapter 7
    permission,  # chapter 6
    progress,  # chapter 7
    search,  # chapter 5
    token,  # chapter 4
    user,  # chapter 3
)
from apps.api import limiter as api_limiter  # chapter 8
from apps.api import origins as api_origins  # chapter 8
from apps.chapter import resources as chapter_resources  # chapter 8
from apps.file import resources as file_resources  # chapter 8
from apps.note import own_pages as own_note_pages  # chapter 7
from apps.note import pages as note_pages  # chapter 7
from apps.note import resources as note_resources  # chapter 8
from apps.progress import resources as progress_resources  # chapter 8
from apps.progress import resources_v2 as progress_v2  # chapter 8
from apps.settings.loading import load_config
from apps.store import database  # chapter 3
from apps.store import limiter as redis_limiter  # chapter 7
from apps.store import mongo as mongo_store  # chapter 7
from apps.store import redis as redis_store  # chapter 7
from apps.user import pages as user_pages  # chapter 3
from apps.user import resources as user_resources  # chapter 8
from apps.web import (
    access,  # chapter 3
    headers,  # chapter 5
    limits,  # chapter 3
    proxies,  # chapter 3
    same_origin,  # chapter 3
    session_cookie,  # chapter 3
    static_files,  # chapter 5
    templating,  # chapter 5
)

SUBJECTS = [
    chapter,
    file,  # chapter 7
    file.pages,  # chapter 7
    health,
    note_pages,  # chapter 7
    own_note_pages,  # chapter 7
    permission,  # chapter 6
    progress,  # chapter 7
    search,  # chapter 5
    token,  # chapter 4
    user,  # chapter 3
    user_pages,  # chapter 3
]
# region chapter 8: v1
V1 = [
    chapter_resources,
    file_resources,
    note_resources,
    progress_resources,
    user_resources,
]
# What changed is another resource; all others are the same in both versions.
V2 = [progress_v2 if subject is progress_resources else subject for subject in V1]
# endregion v1


def create_app(config: str | Mapping[str, object] | None = None) -> Flask:
    """Build one independent application; nothing happens at import."""
    app = Flask(__name__)
    os.umask(0o077)  # what the app writes is for its own user alone
    load_config(app, config)
    log.init_app(app)
    database.init_app(app)  # chapter 3
    Embedded(stores=["redis", "mongo"]).init_app(app)  # chapter 7
    redis_store.init_app(app)  # chapter 7
    redis_limiter.init_app(app)  # chapter 7
    mongo_store.init_app(app)  # chapter 7
    # region chapter 3: who-asks
    proxies.init_app(app)
    limits.init_app(app)
    # A change that another site asks for is refused before we look who sends it.
    same_origin.init_app(app)
    session_cookie.init_app(app)
    # region chapter 8: before-log-in
    api_origins.init_app(app)
    api_limiter.init_app(app)
    # endregion before-log-in
    access.init_app(app)
    user.sessions.init_app(app)
    # endregion who-asks
    token.init_app(app)  # chapter 4
    permission.init_app(app)  # chapter 6
    note.init_app(app)  # chapter 7
    for subject in SUBJECTS:
        app.register_blueprint(subject.blueprint)
    api.init_app(app, {"v1": V1, "v2": V2})  # chapter 8
    static_files.init_app(app)  # chapter 5
    templating.init_app(app)  # chapter 5
    errors.init_app(app)
    # region chapter 5: headers
    # Last, so outermost: answers that never reach a view have the headers, too.
    headers.init_app(app)
    # endregion headers
    return app
