"""Requests that are refused, each with its code and a phrase of the message to the sender.

Placeholders: `{api}` and `{auth}` are the two keys of a pair, `{other_api}` and `{other_auth}`
those of another pair of its dialect, `{foreign_api}` and `{foreign_auth}` those of a pair of
another vendor. A sign after a name changes the key: `~` removes the last character, `^` converts
it to capitals, `!` replaces a character, `+` adds one, `%` swaps two neighbours.
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    dialect: str
    target: str  # path with query
    code: str
    phrase: str
    whose: str = "own"  # page that shows it: own, foreign, other; unmatched if it has no owner
    headers: tuple[str, ...] = ()
    method: str = "POST"
    body: bytes = b"{}"
    state: str = ""  # earlier change to the pair: disabled, rotated


def natero(auth: str, api: str, code: str, phrase: str, whose: str = "own", **more) -> Case:
    return Case("natero", f"/v1/{auth}/{api}", code, phrase, whose, **more)


def usermaven(token: str, code: str, phrase: str, whose: str = "own", **more) -> Case:
    return Case("usermaven", f"/api/v1/s2s/event?token={token}", code, phrase, whose, **more)


def eventbunker(key: str, code: str, phrase: str, whose: str = "own", **more) -> Case:
    headers = (f"x-eventbunker-write-key: {key}",)
    return Case("eventbunker", "/post", code, phrase, whose, headers, **more)


UNKNOWN_KEY = "0123456789abcdef0123456789abcdef"
ELSE = "fedcba9876543210fedcba9876543210"

CASES = [
    # -- two wrong keys -----------------------------------------------------------------
    natero("{other_auth}", "{api}", "keys-of-two-pairs", "belong to different key pairs"),
    usermaven("{api}.{other_auth}", "keys-of-two-pairs", "belong to different key pairs"),
    natero("{api}", "{auth}", "keys-swapped", "are swapped"),
    usermaven("{auth}.{api}", "keys-swapped", "are swapped"),
    natero("{api}", "{api}", "same-key-twice", "as apiKey and as authKey"),
    usermaven("{auth}.{auth}", "same-key-twice", "as API key and as server token"),
    natero("{api}", UNKNOWN_KEY, "key-in-other-place", "apiKey was sent where the authKey is due"),
    natero(UNKNOWN_KEY, "{auth}", "key-in-other-place", "authKey was sent where the apiKey is due"),
    natero("{auth}", "", "missing-half", "apiKey is missing: only the authKey"),
    natero("", "{api}", "missing-half", "authKey is missing: only the apiKey"),
    usermaven("{api}.", "missing-half", "server token is missing"),
    usermaven("{auth}", "token-alone", "server token alone"),
    usermaven("{api}:{auth}", "wrong-joint", 'joined by ":"'),
    usermaven("{api}%20{auth}", "wrong-joint", "not by a dot"),
    eventbunker("{auth}", "query-key-used", "query key, which cannot write"),
    # -- near misses --------------------------------------------------------------------
    natero("{auth!}", "{api}", "one-character-off", "apiKey is known; the authKey"),
    natero("{auth~}", "{api}", "one-character-off", "the authKey sent with it is one character"),
    natero("{auth+}", "{api}", "one-character-off", "the authKey sent with it is one character"),
    natero("{auth%}", "{api}", "one-character-off", "the authKey sent with it is one character"),
    natero("{auth}", "{api!}", "one-character-off", "authKey is known; the apiKey"),
    natero("{auth}", "{api~}", "one-character-off", "the apiKey sent with it is one character"),
    natero("{auth^}", "{api}", "case-differs", "only in upper and lower case"),
    natero("{auth}", "{api^}", "case-differs", "authKey is known; the apiKey"),
    usermaven("{api}.{auth!}", "one-character-off", "API key is known; the server token"),
    usermaven("{api}.{auth~}", "one-character-off", "the server token sent with it"),
    usermaven("{api+}.{auth}", "one-character-off", "server token is known; the API key"),
    usermaven("{api}.{auth^}", "case-differs", "the server token sent with it differs only"),
    natero(UNKNOWN_KEY, "{api}", "wrong-auth-key", "the authKey does not belong to it"),
    usermaven(f"{UNKNOWN_KEY}.{{auth}}", "wrong-api-key", "the API key does not belong to it"),
    # -- no key is right: the reply gives no hint of a near miss ---------------------------
    natero(UNKNOWN_KEY, ELSE, "unknown-keys", "No key pair has these keys", "unmatched"),
    natero("{auth!}", "{api!}", "unknown-keys", "No key pair has these keys", "unmatched"),
    usermaven("{api!}", "unknown-keys", "No key pair has these keys", "unmatched"),
    usermaven("{api~}.{auth~}", "unknown-keys", "No key pair has these keys", "unmatched"),
    eventbunker("{api!}", "unknown-keys", "No key pair has these keys", "unmatched"),
    eventbunker("{api^}", "unknown-keys", "No key pair has these keys", "unmatched"),
    # -- white space, quotes, brackets, names ---------------------------------------------
    natero("%20{auth}", "{api}", "space-at-key", "There is white space before the authKey"),
    natero("{auth}", "{api}%0A", "space-at-key", "There is white space after the apiKey"),
    natero("%20{auth}%20", "{api}", "space-at-key", "There is white space around the authKey"),
    natero("{auth}%20", "{api}%20", "space-at-key", "apiKey and the authKey"),
    natero("{auth}%2520", "{api}", "space-at-key", "There is white space after the authKey"),
    natero("{auth}%E2%80%8B", "{api}", "invisible-in-key",
           "an invisible character after the authKey: U+200B"),
    natero("%22{auth}%22", "{api}", "marks-around-key", "Quotes were sent with the authKey"),
    natero("{auth}", "'{api}'", "marks-around-key", "Quotes were sent with the apiKey"),
    natero("<{auth}>", "{api}", "marks-around-key", "Brackets were sent with the authKey"),
    natero("authKey={auth}", "{api}", "name-before-key", '"authKey" stands before the authKey'),
    natero("%20" + UNKNOWN_KEY, ELSE, "space-at-key", "There is white space before", "unmatched"),
    usermaven("{api}.{auth}%0D%0A", "space-at-key", "There is white space after the server token"),
    usermaven("+{api}", "space-at-key", "There is white space before the API key"),
    usermaven("%22{api}.{auth}%22", "marks-around-key", "API key and the server token"),
    eventbunker('"{api}"', "marks-around-key", "Quotes were sent with the write key"),
    eventbunker("Bearer {api}", "name-before-key", '"Bearer" stands before the write key'),
    # -- placeholders ---------------------------------------------------------------------
    natero("%3Cauth_key%3E", "{api}", "placeholder", '"<auth_key>" was sent as the authKey'),
    natero("{auth}", "[yourApiKey]", "placeholder", '"[yourApiKey]" was sent as the apiKey'),
    natero("%7BauthKey%7D", "%7BapiKey%7D", "placeholder", '"{apiKey}" was sent', "unmatched"),
    natero(":authKey", ":apiKey", "placeholder", '":apiKey" was sent', "unmatched"),
    natero("{auth}", "YOUR_API_KEY", "placeholder", '"YOUR_API_KEY" was sent'),
    natero("0fe%E2%80%A6996", "{api}", "masked-key", '"0fe...996" was sent as the authKey'),
    usermaven("{api}.0fe%E2%80%A6996", "masked-key", "how the page shows it, masked"),
    eventbunker("0fe…996", "masked-key", "Press Copy on the key pair's page", "unmatched"),
    natero("$AUTH_KEY", "{api}", "placeholder", '"$AUTH_KEY" was sent as the authKey'),
    natero("undefined", "{api}", "empty-value", '"undefined" was sent as the authKey'),
    natero("{auth}", "null", "empty-value", '"null" was sent as the apiKey'),
    usermaven("undefined", "empty-value", "a variable that held nothing", "unmatched"),
    usermaven("{api}.None", "empty-value", '"None" was sent as the server token'),
    usermaven("API_KEY.SERVER_TOKEN", "placeholder", '"API_KEY" was sent as the API', "unmatched"),
    usermaven("$%7BAPI_KEY%7D.{auth}", "placeholder", '"${API_KEY}" was sent as the API key'),
    eventbunker("<write key>", "placeholder", '"<write key>" was sent', "unmatched"),
    eventbunker("null", "empty-value", '"null" was sent as the write key', "unmatched"),
    # -- wrong path, place, method or dialect ------------------------------------------------
    natero("{foreign_auth}", "{foreign_api}", "other-dialect", "were sent to a path of", "foreign"),
    Case("natero", "/v1/event?token={foreign_api}.{foreign_auth}", "other-dialect",
         "Keys of Usermaven were sent to a path of Natero", "foreign"),
    Case("natero", "/v1/s2s/event?token={foreign_api}.{foreign_auth}", "other-dialect",
         "POST /api/v1/s2s/event", "foreign"),
    Case("usermaven", "/api/v1/{foreign_auth}/{foreign_api}", "other-dialect",
         "were sent to a path of Usermaven", "foreign"),
    eventbunker("{foreign_api}", "other-dialect", "were sent to a path of EventBunker", "foreign"),
    Case("natero", "/api/submitEvents/{api}", "old-path", "old debug address"),
    Case("natero", "/v1/{auth}", "wrong-path", "POST /v1/<authKey>/<apiKey>"),
    Case("natero", "/v1/{auth}/{api}/", "wrong-path", "not part of the Natero protocol"),
    Case("natero", "//v1/{auth}/{api}", "wrong-path", "POST /v1/<authKey>/<apiKey>"),
    Case("natero", "/v1/{auth}//{api}", "wrong-path", "not part of the Natero protocol"),
    Case("usermaven", "//api/v1/event?token={api}", "wrong-path", "/api/v1/event"),
    Case("usermaven", "/api/v1/s2s/evnt?token={api}.{auth}", "wrong-path", "/api/v1/s2s/event"),
    Case("eventbunker", "/post?key={api}", "key-misplaced", "of EventBunker was sent in the query"),
    Case("eventbunker", "/post", "key-misplaced", "in the header Authorization", "own",
         ("Authorization: Bearer {api}",)),
    Case("natero", "/v1/x/y?k={api}", "key-misplaced", "key of Natero was sent in the query"),
    Case("natero", "/v1/{auth}/{api}", "wrong-method", "GET was used", method="GET"),
    Case("usermaven", "/api/v1/event?token={api}", "wrong-method", "GET was used", method="GET"),
    Case("eventbunker", "/post", "wrong-method", "GET was used", "own",
         ("x-eventbunker-write-key: {api}",), method="GET"),
    Case("usermaven", "/api/v1/event", "no-keys", "carries no keys", "unmatched"),
    Case("usermaven", "/api/v1/event", "empty-value", '"undefined" was sent', "unmatched",
         body=b'{"api_key":"undefined","event_type":"lead"}'),
    # -- keys not in force ------------------------------------------------------------------
    natero("{auth}", "{api}", "disabled", "is disabled since 20", state="disabled"),
    usermaven("{api}.{auth}", "disabled", "is disabled since 20", state="disabled"),
    eventbunker("{api}", "disabled", "is disabled since 20", state="disabled"),
    natero("{auth}", "{api}", "rotated", "were replaced on 20", state="rotated"),
    usermaven("{api}.{auth}", "rotated", "were replaced on 20", state="rotated"),
    eventbunker("{api}", "rotated", "were replaced on 20", state="rotated"),
    natero("{auth}", "{new_api}", "half-rotated", "authKey was replaced on 20", state="rotated"),
    usermaven("{api}.{new_auth}", "half-rotated", "API key was replaced on 20", state="rotated"),
]  # fmt: skip
