// Offsets in the protocol count UTF-8 bytes, strings here count UTF-16 units: these functions go between the two.

// The number of UTF-8 bytes of `text`.
export function utf8Length(text) {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const width = widthAt(text, i)
    if (width === 4) i++
    bytes += width
  }
  return bytes
}

// The first `count` bytes of `text`; null where that is inside a character or past the end.
export function firstBytes(text, count) {
  const index = indexOfByte(text, count)
  return index === null ? null : text.slice(0, index)
}

// What follows the first `count` bytes of `text`; null where that is inside a character or past the end.
export function afterBytes(text, count) {
  const index = indexOfByte(text, count)
  return index === null ? null : text.slice(index)
}

function indexOfByte(text, count) {
  let bytes = 0
  let i = 0
  while (bytes < count && i < text.length) {
    const width = widthAt(text, i)
    i += width === 4 ? 2 : 1
    bytes += width
  }
  return bytes === count ? i : null
}

// Bytes of the character that begins at unit `i`. A lone surrogate counts as U+FFFD, which is how it would be sent.
function widthAt(text, i) {
  const unit = text.charCodeAt(i)
  if (unit < 0x80) return 1
  if (unit < 0x800) return 2
  if (unit >= 0xd800 && unit < 0xdc00) {
    const next = text.charCodeAt(i + 1)
    if (next >= 0xdc00 && next < 0xe000) return 4
  }
  return 3
}
