import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Anchors } from '../../Public/js/anchors.js'

test('anchors are named as the server names them', () => {
  const anchors = new Anchors()
  const cases = [
    ['How a client resumes', 'how-a-client-resumes'], ['Durable before visible.', 'durable-before-visible'],
    ['Settings', 'settings'], ['Settings', 'settings-1'], ['Settings', 'settings-2'], ['a_b & c', 'a_b--c'],
    ['Größe: 日本', 'größe-日本'],
  ]
  for (const [heading, anchor] of cases) assert.equal(anchors.next(heading), anchor)
})
