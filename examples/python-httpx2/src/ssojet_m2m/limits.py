"""Every limit of this client, with its reason. Times are in seconds."""

#: One try to get a token, from its start to the last byte of the answer.
TRY_S = 10.0
#: A host that is up accepts a connection well within this.
CONNECT_S = 5.0
#: Getting a token, with all its tries and waits: nobody waits longer.
TOTAL_S = 30.0
#: The longest random wait after the first failed try and after the second.
BACKOFFS_S = (0.5, 1.0)

#: A token is renewed in the last minute of its life, or its last tenth if that is less.
EARLY_S = 60.0
#: After a failed early renewal, how long to go on with the held token.
PAUSE_S = 30.0
#: After a 401 of the API has cost a token, how long no other 401 costs one.
DROP_WINDOW_S = 30.0

#: The life of a token that comes without one, and the longest that is believed.
DEFAULT_LIFE_S = 300.0
LONGEST_LIFE_S = 24 * 60 * 60.0

#: A call of the API by Requests, which has no limit of its own. HTTPX has: 5 s.
API_S = 30.0

#: The token endpoint's answer, decompressed.
BODY_BYTES = 1024 * 1024
#: One text of the token endpoint in an error.
TEXT_CHARACTERS = 256
#: A shorter secret may stand in a text by chance, so it is not looked for there.
SECRET_CHARACTERS = 8
