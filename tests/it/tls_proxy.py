"""A TLS front for a unix socket: tls_proxy.py CERTIFICATE KEY SOCKET. Prints its port; ends when killed."""

import asyncio
import ssl
import sys

certificate, key, unix_socket = sys.argv[1:]


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def serve(reader, writer):
    inner_reader, inner_writer = await asyncio.open_unix_connection(unix_socket)
    await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
