// Random identifiers. `crypto.randomUUID` is missing on pages served over plain http from another machine, so these
// are made from `getRandomValues`, which is always there.

// A version 4 UUID in canonical lower case (RFC 9562, section 5.4).
export function makeUUID() {
  const bytes = randomBytes(16)
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

// A visitor's token: 256 random bits, 43 characters of base64url.
export function makeToken() {
  return base64url(randomBytes(32))
}

// A session id: 144 random bits after a readable prefix.
export function makeSessionId() {
  return 'session_' + base64url(randomBytes(18))
}

function randomBytes(count) {
  return crypto.getRandomValues(new Uint8Array(count))
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
