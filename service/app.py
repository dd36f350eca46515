"""The FastAPI application: the endpoints of `service.api`, the widget, and what every request goes through.

`create_app` is the only way in. `ally serve` calls it; another ASGI server can (`--factory service.app:create_app`),
after `service.logs.log_json`, which keeps questions out of tracebacks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse
from starlette.middleware import Middleware

from service.api import answers, check, health, problems, sessions, sources
from service.api.runtime import Runtime
from service.api.transport import REQUEST_ID, BodyGuard, RequestContext
from service.settings import Settings, load_settings

WIDGET = Path(__file__).parent / "widget"

DESCRIPTION = """\
Prepares candidates for interviews from dated industry news. Every fact and every piece of advice cites the words of
a source, with its publisher and date. Errors are problems after RFC 9457; their `type` is an address that explains
them.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application. It opens its indexes in the background once it is started.

    Args:
        settings: read from the environment when left out.

    Raises:
        SettingsError: a setting cannot be used.
    """
    settings = settings or load_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        runtime = Runtime(settings)
        app.state.runtime = runtime
        runtime.start()
        try:
            yield
        finally:
            await runtime.close()

    middleware = [Middleware(RequestContext), Middleware(BodyGuard, max_bytes=settings.max_body_bytes)]
    if settings.cors_origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Content-Type", "Last-Event-ID", REQUEST_ID],
            expose_headers=["Content-Location", "Link", "Location", "Retry-After", REQUEST_ID],
            max_age=3600,
        )
        middleware.insert(1, cors)
    app = FastAPI(
        title="InterviewAlly",
        version=version("interviewally"),
        description=DESCRIPTION,
        lifespan=lifespan,
        middleware=middleware,
    )
    problems.install(app)
    for module in (answers, sessions, check, sources, health, problems):
        app.include_router(module.router)
    _serve_widget(app)
    return app


def _serve_widget(app: FastAPI) -> None:
    policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'"

    @app.get("/", include_in_schema=False)
    async def demo_page() -> FileResponse:
        return FileResponse(WIDGET / "index.html", headers={"Content-Security-Policy": policy})

    @app.get("/widget/ally-chat.js", include_in_schema=False)
    async def widget_script() -> FileResponse:
        # Other sites load it as a module, which browsers fetch with CORS; it holds nothing private.
        headers = {"Cache-Control": "max-age=300", "Access-Control-Allow-Origin": "*"}
        return FileResponse(WIDGET / "ally-chat.js", media_type="text/javascript", headers=headers)
