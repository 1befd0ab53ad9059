import { afterBytes, firstBytes, utf8Length } from './utf8.js'
import { nextRun } from './run.js'

// What a client knows of one session, kept by the rules of docs/protocol.md: by id, version and UTF-8 byte offset.
// No I/O: frames go in, `apply` tells what changed or that something is missing.
//
// A message is the protocol's object, with `content` from byte 0 and, added, `bytes`: the UTF-8 length of `content`.
export class Transcript {
  // In the order of creation.
  messages = []
  // null until a `welcome`, and again where the position can't be trusted.
  version = null
  // The cursor for older messages; null where there are none.
  before = null
  title = null
  context = {}
  agent = null
  // What runs or waits, as in `welcome.run`, or null.
  run = null

  #byId = new Map()

  message(id) {
    return this.#byId.get(id)
  }

  // Where this client stands, for `hello`; null where only a fresh page will do.
  position() {
    if (this.version === null) return null
    let streaming = null
    for (const message of this.messages) {
      if (message.status === 'streaming') streaming = message
      else if (message.bytes !== message.length) return null
    }
    if (!streaming) return { version: this.version }
    return { version: this.version, message: streaming.id, offset: streaming.bytes }
  }

  // The next `hello` asks for a fresh page; what is shown stays until it comes.
  forgetPosition() {
    this.version = null
  }

  // Applies a server frame. Returns `{changed, order, hole}`: the ids of the messages that changed, whether messages
  // came or went, and, where something is missing, a sentence; the frame is then not applied at all, and the caller
  // reconnects with `position()`.
  apply(frame) {
    if (frame.type === 'welcome') return this.#welcome(frame)
    if (this.version === null) return nothing
    if (frame.type === 'message.delta') return this.#delta(frame)
    if (frame.type === 'history.page') return this.#page(frame)
    if (frame.version === undefined || frame.type === 'message.accepted') {
      this.run = nextRun(this.run, frame)
      return nothing
    }
    if (frame.version <= this.version) return nothing
    if (frame.version > this.version + 1) return hole(`version ${frame.version} came after ${this.version}`)
    const result = this.#change(frame)
    if (!result.hole) {
      this.version = frame.version
      this.run = nextRun(this.run, frame)
    }
    return result
  }

  #welcome(frame) {
    const resumes = frame.resumed && this.version !== null
    const known = resumes ? this.#byId : new Map()
    const placed = []
    for (const incoming of frame.messages) {
      if (resumes && this.#isBeyondWhatIsLoaded(incoming)) continue
      const message = place(incoming, known.get(incoming.id))
      if (!message) {
        this.forgetPosition()
        return hole(`message ${incoming.id} begins past what is known of it`)
      }
      placed.push(message)
    }
    if (!resumes) {
      this.#byId = new Map()
      this.before = frame.before ?? null
    }
    for (const message of placed) this.#byId.set(message.id, message)
    this.#sort()
    this.version = frame.version
    this.title = frame.title ?? null
    this.context = frame.context ?? {}
    this.agent = frame.agent ?? null
    this.run = nextRun(this.run, frame)
    return { changed: placed.map((message) => message.id), order: true, hole: null }
  }

  // A change to a message on a page that was never loaded: it comes with that page.
  #isBeyondWhatIsLoaded(incoming) {
    return this.before !== null && incoming.status !== 'streaming' && !this.#byId.has(incoming.id)
      && this.messages.length > 0 && incoming.created_version < this.messages[0].created_version
  }

  #delta(frame) {
    const message = this.#byId.get(frame.message)
    if (!message) return nothing
    if (frame.offset > message.bytes) {
      return hole(`bytes ${message.bytes} to ${frame.offset} of message ${message.id} are missing`)
    }
    const known = message.bytes - frame.offset
    const bytes = utf8Length(frame.text)
    if (known >= bytes) return nothing
    const text = afterBytes(frame.text, known)
    const end = frame.offset + bytes
    if (text === null) return hole(`a delta of message ${message.id} does not fit at byte ${message.bytes}`)
    if (message.status === 'streaming') message.length = Math.max(message.length, end)
    else if (end > message.length) return hole(`message ${message.id} grew past its length`)
    message.content += text
    message.bytes = end
    return { changed: [message.id], order: false, hole: null }
  }

  #page(frame) {
    const changed = []
    for (const incoming of frame.messages) {
      const known = this.#byId.get(incoming.id)
      // A page shows the moment it was read at, which may lie before or after what the live frames have told.
      if (known && known.version > incoming.version) continue
      const message = place(incoming, known)
      if (!message) return hole(`message ${incoming.id} begins past what is known of it`)
      if (known && known.version === message.version && known.bytes >= message.bytes) continue
      this.#byId.set(message.id, message)
      changed.push(message.id)
    }
    this.before = frame.before ?? null
    this.#sort()
    return { changed, order: true, hole: null }
  }

  #change(frame) {
    switch (frame.type) {
      case 'message.created': {
        const known = this.#byId.get(frame.message.id)
        if (known && known.version >= frame.message.version) return nothing
        const message = place(frame.message, known)
        if (!message) return hole(`message ${frame.message.id} begins past what is known of it`)
        this.#byId.set(message.id, message)
        this.#sort()
        return { changed: [message.id], order: true, hole: null }
      }
      case 'message.completed': {
        const message = this.#byId.get(frame.message)
        if (!message || message.version >= frame.version) return nothing
        if (message.bytes !== frame.length) {
          return hole(`message ${message.id} has ${message.bytes} bytes here, ${frame.length} there`)
        }
        const { type, ref, message: id, ...fields } = frame
        Object.assign(message, fields)
        return { changed: [message.id], order: false, hole: null }
      }
      case 'message.updated': {
        const known = this.#byId.get(frame.message.id)
        if (!known || known.version >= frame.version) return nothing
        const message = 'content' in frame.message
          ? place({ ...known, offset: 0, ...frame.message }, known)
          : { ...known, ...frame.message }
        if (!message) return hole(`message ${known.id} begins past what is known of it`)
        message.version = frame.version
        this.#byId.set(message.id, message)
        this.#sort()
        return { changed: [message.id], order: false, hole: null }
      }
      case 'message.tool': {
        const message = this.#byId.get(frame.message)
        if (!message || message.version >= frame.version) return nothing
        const index = message.tools.findIndex((tool) => tool.id === frame.tool.id)
        if (index < 0) message.tools.push(frame.tool)
        else message.tools[index] = frame.tool
        message.version = frame.version
        return { changed: [message.id], order: false, hole: null }
      }
      case 'message.reasoning': {
        const message = this.#byId.get(frame.message)
        if (!message || message.version >= frame.version) return nothing
        message.reasoning = [...(message.reasoning ?? []).filter(({ id }) => id !== frame.reasoning.id), frame.reasoning]
        message.version = frame.version
        return { changed: [message.id], order: false, hole: null }
      }
      case 'session.updated':
        this.title = frame.title ?? null
        this.context = frame.context ?? {}
        return nothing
      default:
        // A type of a later protocol: only its version counts.
        return nothing
    }
  }

  #sort() {
    this.messages = [...this.#byId.values()].sort((a, b) => a.created_version - b.created_version)
  }
}

const nothing = Object.freeze({ changed: Object.freeze([]), order: false, hole: null })

function hole(sentence) {
  return { changed: [], order: false, hole: sentence }
}

// `incoming` with its content from byte 0, the bytes before its `offset` taken from `known`; null where those are
// not there.
function place(incoming, known) {
  const { offset = 0, ...message } = incoming
  if (offset > 0) {
    const head = known ? firstBytes(known.content, offset) : null
    if (head === null) return null
    message.content = head + incoming.content
  }
  message.tools ??= []
  message.citations ??= []
  message.bytes = utf8Length(message.content)
  message.length ??= message.bytes
  return message
}
