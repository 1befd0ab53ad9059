// What several tests of the page's logic use: frames as a server sends them, and random numbers that can be replayed.

import { webcrypto } from 'node:crypto'

// Node 18 has it, but not as a global.
globalThis.crypto ??= webcrypto

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

export const bytesOf = (text) => encoder.encode(text)
export const textOf = (bytes) => decoder.decode(bytes)

export function message(fields) {
  const content = fields.content ?? ''
  return {
    version: 1, created_version: 1, role: 'assistant', status: 'complete', content,
    length: bytesOf(content).length,
    created_at: '2026-01-01T00:00:00.000Z', tools: [], citations: [], usage: null, processing_ms: null,
    feedback: null, metadata: {}, ...fields,
  }
}

export function welcome(fields = {}) {
  return {
    type: 'welcome', protocol: 1, session: 'session_0123456789', created: false, resumed: false, version: 0,
    title: null, context: {}, agent: { slug: 'a', name: 'A', greeting: '', suggestions: [] }, messages: [],
    ...(fields.resumed ? {} : { before: null }), run: null, heartbeat_ms: 25000,
    limits: { message_bytes: 32768, frame_bytes: 262144, messages_per_minute: null }, ...fields,
  }
}

export function delta(id, offset, text) {
  return { type: 'message.delta', message: id, offset, text }
}

export function completed(id, version, length, fields = {}) {
  return {
    type: 'message.completed', version, message: id, status: 'complete', length, usage: null, processing_ms: 1,
    citations: [], ...fields,
  }
}

// Byte offsets of `text` that fall between characters: from 0 to its end.
export function boundaries(text) {
  const offsets = [0]
  for (const character of text) offsets.push(offsets.at(-1) + bytesOf(character).length)
  return offsets
}

// Text with every width of UTF-8: emoji joined and with skin tones, combining marks, right-to-left, all planes.
export const mixedText = 'aé👩‍👩‍👧 e\u0301\u0323 مرحبا שלום 日本 👍🏽\u{10ffff}\n\u200fz ﷽ 🏳️‍🌈.'

// Random numbers from SKEIN_SEED, or from a new seed, which is printed.
export function seededRandom(name) {
  const seed = Number(process.env.SKEIN_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`${name}: SKEIN_SEED=${seed}`)
  let state = seed >>> 0
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { next, below: (bound) => Math.floor(next() * bound) }
}
