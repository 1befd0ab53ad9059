import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterBytes, firstBytes, utf8Length } from '../../Public/js/utf8.js'
import { boundaries, bytesOf, mixedText, textOf } from './support.mjs'

test('the length is that of the encoded text', () => {
  for (const text of ['', 'a', 'é', '日', '😀', 'e\u0301', mixedText, '\ud800', 'a\udc00b', '\ud83d\ud83d\ude00']) {
    assert.equal(utf8Length(text), bytesOf(text).length, JSON.stringify(text))
  }
})

test('a text is cut at every byte between characters, and nowhere else', () => {
  const bytes = bytesOf(mixedText)
  const cuts = new Set(boundaries(mixedText))
  for (let at = 0; at <= bytes.length; at++) {
    const head = cuts.has(at) ? textOf(bytes.slice(0, at)) : null
    const tail = cuts.has(at) ? textOf(bytes.slice(at)) : null
    assert.equal(firstBytes(mixedText, at), head, `first ${at}`)
    assert.equal(afterBytes(mixedText, at), tail, `after ${at}`)
  }
  assert.equal(firstBytes(mixedText, bytes.length + 1), null)
  assert.equal(afterBytes(mixedText, bytes.length + 1), null)
})
