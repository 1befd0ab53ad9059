import { makeSessionId, makeToken } from './ids.js'

// What this browser keeps: the visitor's token, the current session, and messages that the server has not accepted yet.
// First-party storage only. Where storage is forbidden, the same lasts as long as the page.
export class Store {
  #area
  #tokenKey
  #sessionKey
  #outboxPrefix

  // `site` and `agent` may be empty: each pair of them has its own current session, each site its own token.
  constructor({ site = '', agent = '', area = defaultArea() } = {}) {
    this.#area = area
    this.#tokenKey = `skein:${site}:token`
    this.#sessionKey = `skein:${site}:${agent}:session`
    this.#outboxPrefix = `skein:${site}:outbox:`
  }

  get token() {
    return this.#valid(this.#tokenKey, /^[\w-]{43,128}$/) ?? this.#put(this.#tokenKey, makeToken())
  }

  set token(token) {
    this.#put(this.#tokenKey, token)
  }

  get session() {
    return this.#valid(this.#sessionKey, /^[\w-]{16,64}$/) ?? this.#put(this.#sessionKey, makeSessionId())
  }

  set session(id) {
    this.#put(this.#sessionKey, id)
  }

  // Messages of `session` that wait to be accepted, oldest first. One entry each, so that tabs don't overwrite
  // each other's; sending one twice is harmless, since the server knows its id.
  unsent(session) {
    const prefix = this.#outboxPrefix + session + ':'
    const found = []
    for (const key of this.#area.keys()) {
      if (!key.startsWith(prefix)) continue
      try {
        const { content, at } = JSON.parse(this.#area.getItem(key))
        found.push({ id: key.slice(prefix.length), content, at })
      } catch {
        this.#area.removeItem(key)
      }
    }
    return found.sort((a, b) => a.at - b.at)
  }

  keepUnsent(session, { id, content, at }) {
    this.#put(this.#outboxPrefix + session + ':' + id, JSON.stringify({ content, at }))
  }

  dropUnsent(session, id) {
    this.#area.removeItem(this.#outboxPrefix + session + ':' + id)
  }

  // Forgets the visitor: its token, the sessions of all agents, and what was not sent yet. What is asked for next is new.
  clear() {
    const prefix = this.#tokenKey.slice(0, -'token'.length)
    for (const key of this.#area.keys()) if (key.startsWith(prefix)) this.#area.removeItem(key)
  }

  #valid(key, pattern) {
    const value = this.#area.getItem(key)
    return value !== null && pattern.test(value) ? value : null
  }

  #put(key, value) {
    try {
      this.#area.setItem(key, value)
    } catch {
      // Full: the page goes on without keeping this.
    }
    return value
  }
}

// The browser's storage, or memory where the browser refuses it.
function defaultArea() {
  try {
    const storage = globalThis.localStorage
    storage.getItem('skein')
    return {
      getItem: (key) => storage.getItem(key),
      setItem: (key, value) => storage.setItem(key, value),
      removeItem: (key) => storage.removeItem(key),
      keys: () => Object.keys(storage),
    }
  } catch {
    return new MemoryArea()
  }
}

// Storage that lasts as long as the page.
export class MemoryArea {
  #values = new Map()

  getItem(key) {
    return this.#values.get(key) ?? null
  }

  setItem(key, value) {
    this.#values.set(key, value)
  }

  removeItem(key) {
    this.#values.delete(key)
  }

  keys() {
    return [...this.#values.keys()]
  }
}
