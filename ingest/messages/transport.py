"""Sentences on how a body and its request came: compression, lengths, the request line."""

from __future__ import annotations

from ingest.messages.sentence import MessageTemplate

TRANSPORT: dict[str, MessageTemplate] = {
    "deflate-not-declared": MessageTemplate(
        "The body is deflate (zlib), but the request does not say so.{inside}",
        "Send the header “Content-Encoding: deflate”, or send plain text.",
        "78 9C AB 56 …   without Content-Encoding: deflate",
        {"inside": ""},
    ),
    "other-compression": MessageTemplate(
        "The body is compressed with {actual}, which the vendor does not support. It supports gzip "
        "and deflate.",
        "Compress it with gzip and send “Content-Encoding: gzip”, or send it uncompressed.",
        "28 B5 2F FD …   zstd",
        {"actual": "zstd"},
    ),
    "compressed-twice": MessageTemplate(
        "The body was compressed twice: what was inflated is {actual}.{inside}",
        "Compress it once, with gzip: proxies and HTTP libraries do it, too.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Encoding: gzip\n\n1F 8B 08 00 …   inflated: 78 9C …",
        {"actual": "deflate", "inside": ""},
    ),
    "compressed-in-layers": MessageTemplate(
        "The body was compressed twice ({actual}) and not inflated: Content-Encoding "
        "“{encoding}” is not read, as only a single coding is.{inside}",
        "Compress it once and send “Content-Encoding: gzip”.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Encoding: deflate, gzip\n\n1F 8B 08 00 …",
        {"actual": "gzip around deflate", "encoding": "deflate, gzip", "inside": ""},
    ),
    "encoding-not-read": MessageTemplate(
        "The body is {actual} and was not inflated, because Content-Encoding “{encoding}” is not "
        "read.{inside}",
        "Send “Content-Encoding: {actual}”, and nothing else in this header. Two values often come "
        "from a client and a proxy or library that both set it.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Encoding: gzip, gzip\n\n1F 8B 08 00 …",
        {"actual": "gzip", "encoding": "gzip, gzip", "inside": ""},
    ),
    "encoding-not-inflated": MessageTemplate(
        "The body is not text and was not inflated, because Content-Encoding “{encoding}” is not "
        "read.",
        "Compress it with gzip and send “Content-Encoding: gzip”, or send plain text.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Encoding: br\n\n0B 02 80 7B …",
        {"encoding": "br"},
    ),
    "compressed-as-text": MessageTemplate(
        "The body was {actual}, but its bytes were handled as text on the way: it begins {begins}, "
        "where {due} is due.{inside}",
        "Give the HTTP client the compressed bytes (a Buffer or byte array), not a string.",
        "1F C2 8B 08 00 …   gzip, decoded as Latin-1 and encoded as UTF-8",
        {"actual": "gzip", "begins": "1F C2 8B", "due": "1F 8B", "inside": ""},
    ),
    "compressed-as-base64": MessageTemplate(
        "The body is {actual} written as {form} text (it begins {begins}), not {actual} "
        "itself.{inside}",
        "Send the compressed bytes themselves with “Content-Encoding: {declare}”, or the JSON as "
        "it is, without Content-Encoding.",
        "H4sIAAAAAAAAA6tWSkxOzi…   base64 of gzip",
        {
            "actual": "gzip",
            "form": "base64",
            "begins": "H4sIAAAAAAAA",
            "declare": "gzip",
            "inside": "",
        },
    ),
    "binary-body": MessageTemplate(
        "The body is not text: it begins {begins} (hexadecimal). It may be compressed with brotli, "
        "which has no mark to know it by, or be Protobuf, MessagePack or encrypted data.",
        "Send the JSON as plain text, or compressed with gzip and “Content-Encoding: gzip”.",
        "8B 1F 00 F8 …   brotli, without Content-Encoding",
        {"begins": "8B 1F 00 F8"},
    ),
    "declared-but-other": MessageTemplate(
        "Content-Encoding says {encoding}, but the body is {actual}, which the vendor does not "
        "support.",
        "Compress it with {encoding} instead; the header can stay as it is.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Encoding: gzip\n\n28 B5 2F FD …",
        {"encoding": "gzip", "actual": "zstd"},
    ),
    "bytes-after-end": MessageTemplate(
        "The {encoding} data is whole, but more bytes follow after the end of it, at byte {at}: "
        "{what}.",
        "Send exactly the compressed bytes: printing adds a line break, and a buffer that is "
        "longer than its content adds zeros.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Encoding: gzip\n\n1F 8B 08 00 … 0A",
        {"encoding": "gzip", "at": "512", "what": "a line break"},
    ),
    "bytes-before-start": MessageTemplate(
        "The body is declared {encoding}, but {what} precedes the compressed data, which begins "
        "at byte {at}.",
        "Send exactly the compressed bytes.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Encoding: gzip\n\nEF BB BF 1F 8B 08 00 …",
        {"encoding": "gzip", "what": "a byte order mark", "at": "3"},
    ),
    "both-lengths": MessageTemplate(
        "The request has both Transfer-Encoding and Content-Length, so it is not certain where its "
        "body ends. The body was not read.",
        "Send one of them only: often a proxy or an HTTP library adds the other.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Length: 120\nTransfer-Encoding: chunked",
        {},
    ),
    "two-lengths": MessageTemplate(
        "Content-Length comes {count} times, so it is not certain where the body ends. The body "
        "was not read.",
        "Send it once, or leave it to the HTTP library.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Length: 120\nContent-Length: 118",
        {"count": "2"},
    ),
    "length-not-a-number": MessageTemplate(
        "Content-Length is not a number of bytes. The body was not read.",
        "Send the size of the encoded body in decimal digits, or leave it to the HTTP library.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Length: undefined",
        {},
    ),
    "transfer-encoding-not-read": MessageTemplate(
        "Transfer-Encoding names something else than chunked. The body was not read.",
        "Send “Transfer-Encoding: chunked”, or Content-Length instead. Compression belongs in "
        "Content-Encoding.",
        "POST /v1/AUTH_KEY/API_KEY\nTransfer-Encoding: gzip",
        {},
    ),
    "length-in-characters": MessageTemplate(
        "The body ends inside an event: Content-Length cut it off after {length} bytes. Some "
        "characters have several bytes, such as “{char}”: the sender probably counted characters.",
        "Take Content-Length from the encoded bytes (Buffer.byteLength(text), "
        "len(text.encode())), or let the HTTP library set it.",
        'POST /v1/AUTH_KEY/API_KEY\nContent-Length: 18\n\n{"action":"café"',
        {"length": "18", "char": "é"},
    ),
}
