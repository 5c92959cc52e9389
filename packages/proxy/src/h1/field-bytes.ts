// Which bytes names and values consist of (RFC 9110, 5).

/** 1 for the bytes of a token (RFC 9110, 5.6.2). */
export const isToken: Uint8Array = new Uint8Array(256)
for (const byte of Buffer.from("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
  isToken[byte] = 1
/** 1 for the bytes of a value or a reason phrase: visible ones, space, tab, and those above 0x7f (RFC 9110, 5.5). */
export const isText: Uint8Array = new Uint8Array(256).fill(1, 32)
isText[9] = 1
isText[127] = 0
