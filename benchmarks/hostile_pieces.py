"""The pieces of which `hostile.py` makes what it sends: texts, bodies, headers."""

HEADER = 8000  # bytes of a header, of which gunicorn takes 8190

# Texts, each repeated until it fills what is sent: its beginning, the piece, its end.
TEXTS = {
    "marks": ("a", "\u0345\u0334", ""),  # which Unicode puts into another order
    "marks that are two": ("a", "\u0344\u0334", ""),
    "letters that grow": ("", "\ufdfa", ""),  # to 18 under NFKC
    "letters that fold": ("", "\u0390\u1e9e", ""),
    "far letters": ("", "\U0001f600", ""),
    "digits": ("", "9", ""),
    "HTML": ("", "<\"'&", ""),
    "spaces": ("a", " ", "a"),
    "nearly an address": ("a", ".a", "@"),
    "nearly a domain": ("a@a", "-a", "_"),
    "domains": ("a@a", ".a", "\\"),
    "nearly a path": ("/", "/a", "\\"),
    "nearly a repetition": ("", "abcd", "e"),
    "secrets": ("", "password=", "\\"),
    "quotes": ('"', '\\"', ""),
    "words": ("", 'a "', ""),
    "stars": ("", "a* OR ", "("),
}
# JSON that is no object of texts: the same three.
NOTATIONS = {
    "lists in lists": ("", "[", ""),
    "lists in lists, closed": ("[" * 30, "[],", "1" + "]" * 30),
    "objects in objects": ("", '{"a":', ""),
    "objects": ("[", '{"a":{}},', "1]"),
    "a long number": ('{"name": ', "9", "}"),
    "numbers": ("[", "1e9,", "1]"),
    "escapes": ('{"name": "', "\\ud83d\\ude00", '"}'),
    "halves of escapes": ('{"name": "', "\\udfff", '"}'),
    "a key again": ("{", '"a":1,', '"a":1}'),
    "spaces": ("", " ", "{}"),
}
FORMS = {
    "fields": ("", "a=b&", ""),
    "fields without a value": ("", "a&", ""),
    "quoted": ("password=", "%ff", ""),
    "half quoted": ("password=", "%", ""),
    "signs": ("password=", "+=", ""),
}
PART = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
MULTIPART = {
    "parts": ("", PART, "--x--\r\n"),
    "files": ("", PART.replace('"a"', '"a"; filename="a"'), "--x--\r\n"),
    "nearly ends": (PART, "\r\n--", ""),
    "a part's headers": ("--x\r\n", "A: b\r\n", "\r\nb\r\n--x--\r\n"),
    "a part's parameters": (
        "--x\r\nContent-Disposition: form-data",
        '; a="\\"',
        "\r\n\r\nb\r\n--x--\r\n",
    ),
    "parts in a part": (
        PART.replace("\r\n\r\nb", "\r\nContent-Type: multipart/mixed; boundary=y"),
        "\r\n--y\r\n",
        "--x--\r\n",
    ),
}
# Headers, each sent once, and then again and again.
LISTS = {
    "Accept": ("", "a/b;q=0.1,", "a"),
    "Accept-Charset": ("", "a,", ""),
    "Accept-Encoding": ("", "a;q=0.1,", ""),
    "Accept-Language": ("", "a-b;q=0.1,", ""),
    "Authorization": ("Digest a=", '"\\",', ""),
    "Cache-Control": ("", 'a="b",', ""),
    "Cookie": ("", "a=b; ", ""),
    "Forwarded": ("", "for=a,", ""),
    "If-Match": ("", '"a",', ""),
    "If-Modified-Since": ("Mon, ", "1 ", ""),
    "If-None-Match": ("", 'W/"a",', ""),
    "If-Range": ("", '"a",', ""),
    "Origin": ("http://", "a.", ""),
    "Range": ("bytes=", "0-0,", "0-0"),
    "Referer": ("http://", "a.", ""),
    "Sec-Fetch-Site": ("", "a", ""),
    "User-Agent": ("", "(", ""),
    "X-Forwarded-For": ("", "1.1.1.1,", ""),
    "X-Forwarded-Host": ("", "a,", ""),
    "X-Request-ID": ("a", "a", "\x7f"),
    "X-Other": ("", "a", ""),
}
SINGLE = {
    "a token of digits": "Bearer " + "9" * HEADER,
    "a token of dots": "Bearer " + "." * HEADER,
    "a token that is deep": "Bearer " + "W1tb" * 490 + ".e30.AAAA",
    "a session of marks": "session=.eJw" + "A" * HEADER,
}


def fill(shape: tuple[str, str, str], size: int, width: int = 0) -> str:
    """Repeat a text's piece until it has so many bytes, or characters of a width."""
    begin, piece, end = shape

    def length(text: str) -> int:
        return width * len(text) if width else len(text.encode("utf-8"))

    room = size - length(begin) - length(end)
    return begin + piece * max(1, room // length(piece)) + end
