import { makeUUID } from './ids.js'
import { backoff } from './backoff.js'

// Errors after which the same message may be accepted later. After any other it never will be.
const passing = new Set(['unavailable', 'rate_limited', 'busy', 'internal'])

// Messages on their way to the server. Each is kept until it is accepted and sent again, with the same id, on every new
// connection, so that it arrives once, whatever breaks. One is sent at a time: their order stays.
//
// An item is `{id, content, at, state, error}`: `state` is `waiting`, `accepted` (the transcript will have it in a
// moment) or `refused`, with the server's sentence in `error`.
export class Outbox {
  items = []

  #store
  #session
  #send
  #changed
  #inFlight = null
  #attempt = 0
  #retry = 0

  // `send(frame)` says whether there was a connection; `changed()` is called after every change.
  constructor(store, { send, changed }) {
    this.#store = store
    this.#send = send
    this.#changed = changed
  }

  // Takes up the messages of `session` that an earlier page left.
  open(session) {
    this.disconnected()
    this.#session = session
    this.items = this.#store.unsent(session).map((item) => ({ ...item, state: 'waiting', error: null }))
    this.#changed()
  }

  // Everything that waits belongs to `session` from now on: nobody has it under the old one.
  move(session) {
    for (const item of this.items) {
      this.#store.dropUnsent(this.#session, item.id)
      if (item.state === 'waiting') this.#store.keepUnsent(session, item)
    }
    this.#session = session
  }

  add(content) {
    const item = { id: makeUUID(), content, at: Date.now(), state: 'waiting', error: null }
    this.items.push(item)
    this.#store.keepUnsent(this.#session, item)
    this.#changed()
    this.flush()
  }

  remove(id) {
    this.#store.dropUnsent(this.#session, id)
    this.items = this.items.filter((item) => item.id !== id)
    if (this.#inFlight === id) this.#inFlight = null
    this.#changed()
  }

  // Sends the next one, if none is on its way.
  flush() {
    if (this.#inFlight) return
    const item = this.items.find((item) => item.state === 'waiting')
    if (!item) return
    const { id, content } = item
    if (this.#send({ type: 'message.send', ref: id, id, content })) this.#inFlight = id
  }

  accepted(id, isInTranscript) {
    const item = this.items.find((item) => item.id === id)
    if (!item) return
    this.#settle(id)
    this.#store.dropUnsent(this.#session, id)
    this.#attempt = 0
    item.state = 'accepted'
    if (isInTranscript) this.remove(id)
    this.flush()
  }

  refused(error) {
    const item = this.items.find((item) => item.id === error.ref)
    if (!item || item.state !== 'waiting') return
    if (passing.has(error.code)) {
      clearTimeout(this.#retry)
      this.#retry = setTimeout(() => {
        this.#settle(item.id)
        this.flush()
      }, Math.max(error.retry_after_ms ?? 0, backoff(this.#attempt++)))
      return
    }
    this.#settle(item.id)
    this.#store.dropUnsent(this.#session, item.id)
    item.state = 'refused'
    item.error = error.message
    this.#changed()
    this.flush()
  }

  // The connection was closed because of what is on its way: sending it again would close the next one too.
  refuseInFlight(sentence) {
    if (this.#inFlight) this.refused({ ref: this.#inFlight, code: 'too_large', message: sentence })
  }

  // What the transcript has needs no sending. `all`: the transcript is fresh, and has whatever was accepted.
  prune(has, all = false) {
    const gone = this.items.filter((item) => has(item.id) || (all && item.state === 'accepted'))
    for (const item of gone) this.remove(item.id)
  }

  disconnected() {
    clearTimeout(this.#retry)
    this.#inFlight = null
  }

  #settle(id) {
    if (this.#inFlight === id) this.#inFlight = null
  }
}
