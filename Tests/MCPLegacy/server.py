"""A tool server by the package's first version, which knows the handshake alone: on standard streams, or with --http."""

import contextlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "MCP"))

import anyio
from behaviour import Behaviour, arguments, serve_http
from mcp import types
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

behaviour = Behaviour()


class Announcing(Server):
    def create_initialization_options(self, *rest, **named):
        return super().create_initialization_options(NotificationOptions(tools_changed=True))


server = Announcing("tests")


async def changed():
    await server.request_context.session.send_tool_list_changed()


behaviour.changed = changed


@server.list_tools()
async def list_tools(request: types.ListToolsRequest) -> types.ListToolsResult:
    names, cursor = behaviour.page(request.params.cursor if request.params else None)
    tools = [
        types.Tool(name=name, description=behaviour.tools[name][0], inputSchema=behaviour.tools[name][1])
        for name in names
    ]
    return types.ListToolsResult(tools=tools, nextCursor=cursor)


@server.call_tool()
async def call_tool(name, given):
    text = await behaviour.text(name, given)
    content = [types.TextContent(type="text", text=text)]
    return (content, {"rows": [[1]]}) if name == "table" else content


async def stdio():
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def application(is_json):
    manager = StreamableHTTPSessionManager(app=server, json_response=is_json)

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            async with contextlib.AsyncExitStack() as stack:
                await receive()
                await stack.enter_async_context(manager.run())
                await send({"type": "lifespan.startup.complete"})
                await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await manager.handle_request(scope, receive, send)

    return app


if __name__ == "__main__":
    given = arguments()
    if given.http is None:
        anyio.run(stdio)
    else:
        serve_http(application(given.json), given)
