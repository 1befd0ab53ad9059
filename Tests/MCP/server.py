"""A tool server by the package's second version, which speaks both eras: on standard streams, or with --http PORT."""

import anyio
import mcp_types as types
from behaviour import Behaviour, arguments, serve_http
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.stdio import stdio_server
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.subscriptions import ToolsListChanged

behaviour = Behaviour()
bus = InMemorySubscriptionBus()


async def changed():
    await bus.publish(ToolsListChanged())


behaviour.changed = changed


async def list_tools(context, params):
    names, cursor = behaviour.page(params.cursor if params else None)
    tools = [
        types.Tool(name=name, description=behaviour.tools[name][0], input_schema=behaviour.tools[name][1])
        for name in names
    ]
    # Fresh for a minute: what a client learns sooner it has been told.
    return types.ListToolsResult(tools=tools, next_cursor=cursor, ttl_ms=60_000)


async def call_tool(context, params):
    try:
        text = await behaviour.text(params.name, params.arguments or {})
    except ValueError as error:
        return types.CallToolResult(content=[types.TextContent(type="text", text=str(error))], is_error=True)
    structured = {"rows": [[1]]} if params.name == "table" else None
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)], structured_content=structured
    )


server = Server(
    "tests", on_list_tools=list_tools, on_call_tool=call_tool, on_subscriptions_listen=ListenHandler(bus)
)


async def stdio():
    options = server.create_initialization_options(NotificationOptions(tools_changed=True))
    async with stdio_server() as (read, write):
        await server.run(read, write, options)


if __name__ == "__main__":
    given = arguments()
    if given.http is None:
        anyio.run(stdio)
    else:
        serve_http(server.streamable_http_app(json_response=given.json), given)
