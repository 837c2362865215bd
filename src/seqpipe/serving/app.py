"""The paths of the server, and what is behind each."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from seqpipe import __version__
from seqpipe.serving.body import Body
from seqpipe.serving.guard import Access, Guard
from seqpipe.serving.limits import MOST_FRAMES, Limits
from seqpipe.serving.metrics import Metrics, resident_bytes
from seqpipe.serving.pool import Pool
from seqpipe.serving.refused import Refused
from seqpipe.serving.uploads import uploaded

PAGE, PAGE_FILES = Path(__file__).parent / "page", ("page.html", "page.css", "page.js", "sentence.js")
BINARY = {"schema": {"type": "string", "format": "binary"}}
FORM = {"schema": {"type": "object", "required": ["file"], "properties": {"file": BINARY["schema"]}}}
BODY = {"requestBody": {"required": True, "content": {"multipart/form-data": FORM, "application/octet-stream": BINARY}}}
ERRORS: Mapping[int | str, dict[str, Any]] = {
    401: {"description": "The token is missing or wrong."},
    408: {"description": "The upload came too slowly."},
    413: {"description": "The file is too large."},
    422: {"description": "The file cannot be answered; `error` is a sentence, `reason` a code."},
    429: {"description": "Too many requests wait; `Retry-After` says when to ask again."},
}
PREDICT = "/predict"
LOADING = "The model is being loaded; ask again in a few seconds."


def make_app(pool: Pool, limits: Limits, access: Access, folder: Path) -> FastAPI:
    """The server's paths; ``pool`` is started with them and stopped behind the last request."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        pool.start()
        yield
        await pool.stop()

    # The pages that FastAPI has for its description load scripts from elsewhere: /openapi.json will do.
    app = FastAPI(title="seqpipe", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    metrics = Metrics()
    app.add_middleware(Guard, access=access, counted={PREDICT: metrics.refused})
    _add_errors(app)
    _add_page(app)
    _add_state(app, pool, limits, metrics)
    _add_predict(app, pool, limits, metrics, folder)
    return app


def _add_predict(app: FastAPI, pool: Pool, limits: Limits, metrics: Metrics, folder: Path) -> None:
    @app.post(PREDICT, openapi_extra=BODY, responses=dict(ERRORS), summary="What the model says of a file")
    async def predict(
        request: Request,
        name: Annotated[str | None, Query(description="The file's name, where the body is the file itself.")] = None,
        frames: Annotated[int, Query(ge=0, le=MOST_FRAMES, description="Pictures of the file in the answer.")] = 0,
        attention: Annotated[bool, Query(description="Whether to tell what was looked at for each word.")] = False,
    ) -> JSONResponse:
        started, body = time.monotonic(), Body(request, limits)
        try:
            with pool.place():
                async with uploaded(request, body, name, limits, folder) as file:
                    asked = {"path": str(file.path), "name": file.name, "frames": frames, "attention": attention}
                    reply = await _unless_gone(request, pool.ask(asked))
        except Refused as refused:
            metrics.refused(refused.reason)
            await body.drain()
            raise
        except ClientDisconnect:
            metrics.refused("disconnected")
            return JSONResponse({}, 499)  # nobody reads it
        except Exception:
            metrics.refused("failed")
            raise
        if reply["status"] == 200:
            metrics.answered(time.monotonic() - started)
        else:
            metrics.refused(reply["body"]["reason"])
        return JSONResponse(reply["body"], reply["status"])


async def _unless_gone(request: Request, asking: Any) -> dict[str, Any]:
    """The reply; raises ClientDisconnect where nobody waits for it any more."""
    reply, gone = asyncio.ensure_future(asking), asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait({reply, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not reply.done():
            raise ClientDisconnect
        return dict(reply.result())
    finally:
        gone.cancel()
        reply.cancel()


def _add_state(app: FastAPI, pool: Pool, limits: Limits, metrics: Metrics) -> None:
    @app.get("/health", summary="Whether a model is loaded", responses={503: {"description": "Not yet, or not now."}})
    async def health() -> JSONResponse:
        ready = pool.ready > 0
        return JSONResponse({"status": "ready" if ready else "loading"}, 200 if ready else 503)

    @app.get("/model", summary="What the model is, its classes, and the limits")
    async def model() -> JSONResponse:
        if pool.model is None:
            raise Refused(503, "loading", LOADING, {"Retry-After": "5"})
        told = {key: value for key, value in pool.model.items() if not key.startswith("max_")}
        return JSONResponse({**told, "limits": effective(limits, pool.model)})

    @app.get("/metrics", summary="Counts, as Prometheus reads them", response_class=PlainTextResponse)
    async def counted() -> PlainTextResponse:
        processes = {"server": os.getpid(), **{f"worker_{place}": pid for place, pid in enumerate(pool.pids)}}
        memory = {name: resident_bytes(pid) for name, pid in processes.items()}
        known = {name: size for name, size in memory.items() if size is not None}
        text = metrics.text(pool.waiting, pool.restarts, pool.ready, known)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")


def effective(limits: Limits, model: Mapping[str, Any]) -> dict[str, Any]:
    """The limits as they hold: those that were not given are the model's."""
    return {**limits.told(), "max_megapixels": model["max_megapixels"], "max_seconds": model["max_seconds"]}


def _add_page(app: FastAPI) -> None:
    for name in PAGE_FILES:
        app.add_api_route("/" if name == PAGE_FILES[0] else f"/{name}", _file(PAGE / name), include_in_schema=False)


def _file(path: Path) -> Callable[[], Any]:
    async def answered() -> FileResponse:
        return FileResponse(path)

    return answered


def _add_errors(app: FastAPI) -> None:
    """All mistakes have one form: a sentence, and a code."""

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:
        return JSONResponse(error.body, error.status, dict(error.headers))

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> JSONResponse:
        told = f"{request.method} {request.url.path}: {error.detail}; /openapi.json says what there is."
        return JSONResponse({"error": told, "reason": "no_such_path"}, error.status_code)

    @app.exception_handler(Exception)
    async def failed(*_: Any) -> JSONResponse:
        return JSONResponse({"error": "The server failed at this request; its log says why.", "reason": "failed"}, 500)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        told = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())
        return JSONResponse({"error": f"{told}.", "reason": "invalid"}, 422)
