// The anchors of a document's headings, as the server names them in citations: lower case, letters, digits, `-` and `_`
// kept, blanks become `-`; one that comes again gets `-1`, `-2` and so on.
export class Anchors {
  #seen = new Map()

  // `text` is the heading's plain text.
  next(text) {
    const slug = text.toLowerCase().replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-')
    let anchor = slug
    while (this.#seen.has(anchor)) {
      const count = this.#seen.get(slug) + 1
      this.#seen.set(slug, count)
      anchor = `${slug}-${count}`
    }
    this.#seen.set(anchor, 0)
    return anchor
  }
}
